/**
 * What a stored webhook says to the order's workflow. The API checked the body before it stored it; it is checked again
 * here because the row may be older than this version of the program.
 */
import { z } from 'zod';
import type { InboxMessage } from '../../db/repositories/messages.repository.ts';
import {
  PAYMENT_SETTLED_SIGNAL,
  REFUND_FAILED_SIGNAL,
  SHIPMENT_MOVED_SIGNAL,
  type PaymentSettled,
  type RefundFailed,
  type ShipmentMoved,
} from '../workflows/orders/process-order.contract.ts';

const text = z.string().min(1).max(255);

/** Only what is used: what a provider adds or changes elsewhere in its messages is none of our business. */
const paymentWebhook = z.object({
  data: z.object({ operationKey: text, orderId: text, kind: text.optional(), status: text.optional() }),
});
const carrierWebhook = z.object({
  data: z.object({ shipmentId: text, orderId: text, status: z.string().min(1).max(64) }),
});

export type OrderSignal =
  | { readonly name: typeof REFUND_FAILED_SIGNAL; readonly payload: RefundFailed }
  | { readonly name: typeof PAYMENT_SETTLED_SIGNAL; readonly payload: PaymentSettled }
  | { readonly name: typeof SHIPMENT_MOVED_SIGNAL; readonly payload: ShipmentMoved };

/** `nothing_to_say`: a valid message that changes nothing for the order, with the reason. */
export type InboxReading =
  | { readonly kind: 'signal'; readonly signal: OrderSignal }
  | { readonly kind: 'nothing_to_say'; readonly reason: string };

/** The payload can never be understood: the message needs a person. The text repeats nothing that the payload holds. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError';
}

/** @throws PoisonMessageError naming every field that is wrong */
export function readInboxMessage(message: InboxMessage): InboxReading {
  if (message.provider === 'payments') {
    const { data } = parse(paymentWebhook, message);
    return {
      kind: 'signal',
      signal: {
        name:
          data.kind === 'refund' && data.status === 'failed' ? REFUND_FAILED_SIGNAL : PAYMENT_SETTLED_SIGNAL,
        payload: { operationKey: data.operationKey, messageId: message.messageId },
      },
    };
  }
  const { data } = parse(carrierWebhook, message);
  if (data.status !== 'shipped' && data.status !== 'delivered') {
    return { kind: 'nothing_to_say', reason: 'the parcel was neither handed over nor delivered' };
  }
  return {
    kind: 'signal',
    signal: {
      name: SHIPMENT_MOVED_SIGNAL,
      payload: { shipmentId: data.shipmentId, status: data.status, messageId: message.messageId },
    },
  };
}

function parse<Data extends { readonly orderId: string }>(
  schema: z.ZodType<{ readonly data: Data }>,
  message: InboxMessage,
): { readonly data: Data } {
  const parsed = schema.safeParse(message.payload);
  if (!parsed.success) {
    throw new PoisonMessageError(
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`).join('; '),
    );
  }
  if (parsed.data.data.orderId !== message.orderId) {
    throw new PoisonMessageError('data.orderId: is not the order of the row');
  }
  return parsed.data;
}
