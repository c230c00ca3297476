/** What each event means to the read model. */
import type { OrderSummary } from '../messages.repository.ts';
import type { EventType, OrderEvent } from '../../../src/domain/events/event.ts';
import {
  ORDER_TRANSITIONS,
  type OrderStatus,
  type PaymentStatus,
} from '../../../src/domain/orders/order-status.ts';

/** Fields that an event changes; amounts are added to what is there. A change of what was refunded decides the payment's status. */
interface SummaryChange {
  readonly placed?: {
    readonly customerId: string;
    readonly currency: string;
    readonly totalMinor: number;
    readonly status: OrderStatus;
    readonly paymentStatus: PaymentStatus;
  };
  readonly status?: OrderStatus;
  readonly paymentStatus?: PaymentStatus;
  readonly capturedMinor?: number;
  readonly refundedMinor?: number;
  readonly attentionCode?: string | null;
}

const T = ORDER_TRANSITIONS;

const CHANGES: { readonly [Type in EventType]: (data: OrderEvent<Type>['data']) => SummaryChange } = {
  'commerce.order.placed.v1': ({ customerId, total }) => ({
    placed: {
      customerId,
      currency: total.currency,
      totalMinor: total.amountMinor,
      status: 'placed',
      paymentStatus: 'none',
    },
  }),
  'commerce.inventory.reserved.v1': () => ({ status: T.reserve.to }),
  'commerce.inventory.released.v1': () => ({}),
  'commerce.order.review_started.v1': () => ({ status: T.review.to }),
  'commerce.inventory.rerouted.v1': () => ({}),
  'commerce.payment.authorized.v1': () => ({ paymentStatus: 'authorized' }),
  'commerce.payment.declined.v1': () => ({ paymentStatus: 'declined' }),
  'commerce.payment.voided.v1': () => ({ paymentStatus: 'voided' }),
  'commerce.payment.captured.v1': ({ amount }) => ({
    paymentStatus: 'captured',
    capturedMinor: amount.amountMinor,
  }),
  'commerce.payment.refund_requested.v1': () => ({}),
  'commerce.payment.refunded.v1': ({ amount }) => ({ refundedMinor: amount.amountMinor }),
  'commerce.payment.refund_failed.v1': ({ amount, afterSuccess }) =>
    afterSuccess ? { refundedMinor: -amount.amountMinor } : {},
  'commerce.order.confirmed.v1': () => ({ status: T.confirm.to }),
  'commerce.order.rejected.v1': () => ({ status: T.reject.to }),
  'commerce.fulfilment.started.v1': () => ({ status: T.fulfil.to }),
  'commerce.shipment.label_created.v1': () => ({}),
  'commerce.order.partially_shipped.v1': () => ({}),
  'commerce.order.shipped.v1': () => ({ status: T.ship.to }),
  'commerce.delivery.partially_confirmed.v1': () => ({}),
  'commerce.delivery.confirmed.v1': () => ({ status: T.deliver.to }),
  'commerce.order.completed.v1': () => ({ status: T.complete.to }),
  'commerce.order.cancellation_started.v1': () => ({ status: T.start_cancelling.to }),
  'commerce.order.cancelled.v1': () => ({ status: T.cancel.to }),
  'commerce.order.attention_raised.v1': ({ code }) => ({ attentionCode: code }),
  'commerce.order.attention_cleared.v1': ({ remaining = null }) => ({ attentionCode: remaining }),
};

/** @throws Error for a type that this version does not know */
function summaryChangeOf<Type extends EventType>(event: OrderEvent<Type>): SummaryChange {
  if (!Object.hasOwn(CHANGES, event.type)) throw new Error(`Event ${event.id} is of an unknown type`);
  return CHANGES[event.type](event.data);
}

/** A row of the read model. */
export type SummaryRow = OrderSummary & { readonly placedAt: string; readonly updatedAt: string };

/**
 * The read model's row after one more event of its order.
 * @param row null before the first event
 * @throws Error when the event is not the next one of its order, or of an unknown type
 */
export function foldSummary(row: SummaryRow | null, event: OrderEvent): SummaryRow {
  const { placed, ...change } = summaryChangeOf(event);
  const before =
    row ??
    (placed && {
      orderId: event.subject,
      lastSequence: 0,
      ...placed,
      capturedMinor: 0,
      refundedMinor: 0,
      attentionCode: null,
      placedAt: event.time,
    });
  if (!before || before.lastSequence !== event.sequence - 1)
    throw new Error(`Event ${event.id} does not follow upon ${before?.lastSequence ?? 'nothing'}`);
  const capturedMinor = before.capturedMinor + (change.capturedMinor ?? 0);
  const refundedMinor = before.refundedMinor + (change.refundedMinor ?? 0);
  return {
    ...before,
    lastSequence: event.sequence,
    status: change.status ?? before.status,
    paymentStatus:
      change.refundedMinor === undefined
        ? (change.paymentStatus ?? before.paymentStatus)
        : afterRefunds(refundedMinor, capturedMinor),
    capturedMinor,
    refundedMinor,
    attentionCode: change.attentionCode === undefined ? before.attentionCode : change.attentionCode,
    updatedAt: event.time,
  };
}

function afterRefunds(refundedMinor: number, capturedMinor: number): PaymentStatus {
  if (refundedMinor === 0) return 'captured';
  return refundedMinor === capturedMinor ? 'refunded' : 'partially_refunded';
}
