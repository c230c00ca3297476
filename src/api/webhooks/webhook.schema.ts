/**
 * What the providers send (simulators/README.md). Unknown fields are left out and unknown types let through, because a
 * provider adds both without asking; what is needed to find the order must be there.
 */
import { z } from 'zod';

const id = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, 'must be an id');
const word = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_.]*$/, 'must be a lower-case word');
const time = z.iso.datetime({ offset: true });

export const paymentWebhook = z
  .object({
    id,
    type: word,
    createdAt: time,
    data: z.object({
      operationKey: id,
      kind: word,
      orderId: id,
      amountMinor: z.int(),
      currency: z.string().regex(/^[A-Z]{3}$/),
      status: word,
    }),
  })
  .meta({ id: 'PaymentWebhook' });

export const shippingWebhook = z
  .object({
    id,
    type: word,
    createdAt: time,
    data: z.object({
      shipmentId: id,
      orderId: id,
      trackingNumber: id,
      bookingKey: id,
      status: word,
      at: time,
    }),
  })
  .meta({ id: 'ShippingWebhook' });
