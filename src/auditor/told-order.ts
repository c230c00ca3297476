/**
 * What the events of an order tell, from the first to the last. The auditor's own reading of docs/events and of the table
 * of statuses: it shares no code with the read model or with the statements that write events.
 */
import type { EventType } from '../domain/events/event.ts';

/** An event as it is stored. */
export interface StoredEvent {
  readonly sequence: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where an order stands according to its events. */
export interface ToldOrder {
  readonly customerId: string | null;
  readonly status: string;
  readonly paymentStatus: string;
  readonly totalMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly attentionCode: string | null;
}

interface Meaning {
  /** The status that begins with it, and those from which it may. */
  readonly status?: { readonly from: readonly string[]; readonly to: string };
  readonly paymentStatus?: string;
  readonly amount?: 'captured' | 'refunded' | 'refund_failed';
}

const BEFORE_CONFIRMATION = ['placed', 'reserved', 'in_review', 'authorized'];

/** An entry for each type; what says nothing about status or money is empty. */
const MEANINGS: { readonly [Type in EventType]: Meaning } = {
  'commerce.order.placed.v1': { status: { from: ['none'], to: 'placed' }, paymentStatus: 'none' },
  'commerce.inventory.reserved.v1': { status: { from: ['placed'], to: 'reserved' } },
  'commerce.inventory.released.v1': {},
  'commerce.order.review_started.v1': { status: { from: ['reserved'], to: 'in_review' } },
  'commerce.inventory.rerouted.v1': {},
  'commerce.payment.authorized.v1': { paymentStatus: 'authorized' },
  'commerce.payment.declined.v1': { paymentStatus: 'declined' },
  'commerce.payment.voided.v1': { paymentStatus: 'voided' },
  'commerce.payment.captured.v1': { paymentStatus: 'captured', amount: 'captured' },
  'commerce.payment.refund_requested.v1': {},
  'commerce.payment.refunded.v1': { amount: 'refunded' },
  'commerce.payment.refund_failed.v1': { amount: 'refund_failed' },
  'commerce.order.confirmed.v1': {
    status: { from: ['reserved', 'in_review', 'authorized'], to: 'confirmed' },
  },
  'commerce.order.rejected.v1': { status: { from: BEFORE_CONFIRMATION, to: 'rejected' } },
  'commerce.fulfilment.started.v1': { status: { from: ['confirmed'], to: 'fulfilling' } },
  'commerce.shipment.label_created.v1': {},
  'commerce.order.partially_shipped.v1': {},
  'commerce.order.shipped.v1': { status: { from: ['fulfilling'], to: 'shipped' } },
  'commerce.delivery.partially_confirmed.v1': {},
  'commerce.delivery.confirmed.v1': { status: { from: ['shipped'], to: 'delivered' } },
  'commerce.order.completed.v1': { status: { from: ['delivered'], to: 'completed' } },
  'commerce.order.cancellation_started.v1': {
    status: { from: [...BEFORE_CONFIRMATION, 'confirmed', 'fulfilling'], to: 'cancelling' },
  },
  'commerce.order.cancelled.v1': { status: { from: ['cancelling'], to: 'cancelled' } },
  'commerce.order.attention_raised.v1': {},
  'commerce.order.attention_cleared.v1': {},
};

const NOTHING_TOLD: ToldOrder = {
  customerId: null,
  status: 'none',
  paymentStatus: 'none',
  totalMinor: 0,
  capturedMinor: 0,
  refundedMinor: 0,
  attentionCode: null,
};

/**
 * @param events of one order, by their sequence
 * @returns where the order stood after the last one, and each step that the table of statuses does not have
 */
export function tellOrder(events: readonly StoredEvent[]): {
  readonly order: ToldOrder;
  readonly illegalSteps: readonly string[];
} {
  const illegalSteps: string[] = [];
  let order = NOTHING_TOLD;
  for (const event of events) {
    const { status } = meaningOf(event);
    if (status !== undefined && !status.from.includes(order.status))
      illegalSteps.push(`event ${event.sequence}: ${order.status} to ${status.to}`);
    order = after(order, event);
  }
  return { order, illegalSteps };
}

function meaningOf({ type }: StoredEvent): Meaning {
  // A type that is not known here still counts for the sequence, and says nothing of the rest.
  return Object.hasOwn(MEANINGS, type) ? MEANINGS[type as EventType] : {};
}

function after(order: ToldOrder, event: StoredEvent): ToldOrder {
  const { status, paymentStatus, amount } = meaningOf(event);
  const next = {
    ...order,
    ...(status === undefined ? {} : { status: status.to }),
    ...(paymentStatus === undefined ? {} : { paymentStatus }),
    ...whatElse(event),
  };
  // A refund that failed before it was told as done took nothing back.
  const isMoved = amount !== 'refund_failed' || event.data['afterSuccess'] === true;
  if (amount === undefined || !isMoved) return next;
  const minor = minorOf(event.data['amount']);
  if (amount === 'captured') return { ...next, capturedMinor: next.capturedMinor + minor };
  const refundedMinor = next.refundedMinor + (amount === 'refunded' ? minor : -minor);
  return { ...next, refundedMinor, paymentStatus: refundStatus(next.capturedMinor, refundedMinor) };
}

function whatElse({ type, data }: StoredEvent): Partial<ToldOrder> {
  switch (type) {
    case 'commerce.order.placed.v1':
      return { customerId: textOf(data['customerId']), totalMinor: minorOf(data['total']) };
    case 'commerce.order.attention_raised.v1':
      return { attentionCode: textOf(data['code']) };
    case 'commerce.order.attention_cleared.v1':
      return { attentionCode: textOf(data['remaining']) };
    default:
      return {};
  }
}

function refundStatus(capturedMinor: number, refundedMinor: number): string {
  if (refundedMinor === 0) return 'captured';
  return refundedMinor === capturedMinor ? 'refunded' : 'partially_refunded';
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function minorOf(money: unknown): number {
  const amount =
    typeof money === 'object' && money !== null && 'amountMinor' in money ? money.amountMinor : 0;
  return typeof amount === 'number' ? amount : 0;
}
