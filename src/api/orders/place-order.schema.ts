import { z } from 'zod';
import {
  amountMinor,
  country,
  currency,
  customerId,
  MAX_LINES,
  quantity,
  sku,
  text,
} from '../http/fields.ts';

const line = z.strictObject({
  sku,
  quantity,
  unitPriceMinor: amountMinor
    .optional()
    .meta({ description: 'Only from a key with the permission orders:price-override.' }),
});

export const shippingAddress = z.strictObject({
  name: text(200),
  line1: text(200),
  line2: text(200).optional(),
  city: text(100),
  region: text(100).optional(),
  postalCode: text(20),
  country,
});

export const placeOrderBody = z
  .strictObject({
    customerId,
    currency,
    lines: z.array(line).min(1).max(MAX_LINES),
    payment: z.strictObject({
      method: z.enum(['card']),
      token: z
        .string()
        .max(255)
        .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, 'must be a token of the payment provider')
        .meta({ description: 'From the payment provider; never a card number.', example: 'tok_visa' }),
    }),
    shipTo: shippingAddress,
    contact: z.strictObject({
      email: z.email('must be an e-mail address').max(254),
      phone: z
        .string()
        .max(32)
        .regex(/^\+?[0-9][0-9 ()./-]{2,}$/, 'must be a telephone number')
        .optional(),
    }),
    expectedTotalMinor: amountMinor
      .optional()
      .meta({ description: 'What the customer saw; when it is no longer so, nothing is placed.' }),
  })
  .meta({ id: 'PlaceOrder' });
export type PlaceOrderBody = z.output<typeof placeOrderBody>;
