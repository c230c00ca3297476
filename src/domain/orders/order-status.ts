/**
 * The life of an order as data. Workflow and repositories change a status through this table only: the
 * repository puts `sourcesOf(event)` into the WHERE clause of the statement that makes the change, so a late or
 * repeated message changes nothing.
 */
export const ORDER_STATUSES = [
  'placed',
  'reserved',
  'in_review',
  'authorized',
  'confirmed',
  'fulfilling',
  'shipped',
  'delivered',
  'completed',
  'rejected',
  'cancelling',
  'cancelled',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const PAYMENT_STATUSES = [
  'none',
  'authorized',
  'captured',
  'partially_refunded',
  'refunded',
  'voided',
  'declined',
  'unknown',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

interface Transition {
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
}

/** Every change of status that exists. An event that is not legal in a status is a recorded no-op. */
export const ORDER_TRANSITIONS = {
  reserve: { from: ['placed'], to: 'reserved' },
  review: { from: ['reserved'], to: 'in_review' },
  authorize: { from: ['reserved', 'in_review'], to: 'authorized' },
  confirm: { from: ['authorized'], to: 'confirmed' },
  fulfil: { from: ['confirmed'], to: 'fulfilling' },
  ship: { from: ['fulfilling'], to: 'shipped' },
  deliver: { from: ['shipped'], to: 'delivered' },
  complete: { from: ['delivered'], to: 'completed' },
  reject: { from: ['placed', 'reserved', 'in_review', 'authorized'], to: 'rejected' },
  start_cancelling: {
    from: ['placed', 'reserved', 'in_review', 'authorized', 'confirmed', 'fulfilling'],
    to: 'cancelling',
  },
  cancel: { from: ['cancelling'], to: 'cancelled' },
} as const satisfies Record<string, Transition>;
export type OrderTransition = keyof typeof ORDER_TRANSITIONS;

/** Statuses in which nothing more happens to the order itself; refunds are still possible after `completed`. */
export const TERMINAL_STATUSES: readonly OrderStatus[] = ['completed', 'rejected', 'cancelled'];

/** The statuses from which `transition` is legal. */
export function sourcesOf(transition: OrderTransition): readonly OrderStatus[] {
  return ORDER_TRANSITIONS[transition].from;
}

/** The status after `transition`, or null when it is not legal in `status`. */
export function nextStatus(status: OrderStatus, transition: OrderTransition): OrderStatus | null {
  const row: Transition = ORDER_TRANSITIONS[transition];
  return row.from.includes(status) ? row.to : null;
}

/** Whether the order ends without anything more to do. */
export function isTerminal(status: OrderStatus): boolean {
  return TERMINAL_STATUSES.includes(status);
}

/** Whether an operator or customer may still cancel, as far as the status tells. */
export function isCancellable(status: OrderStatus): boolean {
  return nextStatus(status, 'start_cancelling') !== null;
}
