/**
 * What an order waits for while it is not at its end: who has to move, and until when. Every change of an order writes it
 * down together with the change, so that whoever looks sees at once what is holding the order up, and so that an order that
 * is held up for too long can be found. When the time is up the order goes on or a person is told (`attention`).
 */
import type { OrderStatus } from './order-status.ts';

/** How long an order may wait where it waits, milliseconds. Chosen by configuration when the order is placed. */
export interface OrderDeadlines {
  /** From the capture until the carrier has the parcels; then attention is raised. */
  readonly shipWithinMs: number;
  /** From handing over until arrival; then attention is raised. */
  readonly deliverWithinMs: number;
  /** From arrival until the order is completed. */
  readonly returnWindowMs: number;
  /** How long before a hold on the money ends it is taken anew, or half its time when that is shorter. */
  readonly renewHoldBeforeMs: number;
  /** How long a review may take; then the default decides. @default a day, also of orders that were placed without saying */
  readonly reviewWithinMs?: number | undefined;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** @default of the configuration, and of orders that were placed without saying */
export const DEFAULT_DEADLINES: OrderDeadlines & { readonly reviewWithinMs: number } = {
  shipWithinMs: 7 * DAY_MS,
  deliverWithinMs: 21 * DAY_MS,
  returnWindowMs: 30 * DAY_MS,
  renewHoldBeforeMs: DAY_MS / 2,
  reviewWithinMs: DAY_MS,
};

export type WaitingOwner = 'workflow' | 'payment_provider' | 'carrier' | 'warehouse' | 'operator';

interface WaitingState {
  readonly owner: WaitingOwner;
  /** Milliseconds, or which of the order's own deadlines. */
  readonly within: number | 'shipWithinMs' | 'deliverWithinMs' | 'returnWindowMs' | 'reviewWithinMs';
}

/** A step that does not come to an end is tried for some minutes before a person is told. */
const STEP_MS = 15 * MINUTE_MS;
/** A cancellation is several such steps. */
const UNDO_MS = 30 * MINUTE_MS;
const OPERATOR_HOLD_MS = DAY_MS;
/** The customer has to be asked, and waits. As long as the catalogue of attention gives an operator for it. */
const CORRECTION_MS = 8 * 60 * MINUTE_MS;

/**
 * Every state in which an order can wait. `…_outcome`: an answer of another company was lost, and it is being asked what
 * became of the operation before anything else is done. `held`: an operator lets no further step begin. `correction`: the
 * carrier has refused the parcels, and an operator has to say where else they go, or where else they come from.
 */
export const WAITING_STATES = {
  placement: { owner: 'workflow', within: STEP_MS },
  authorization: { owner: 'payment_provider', within: STEP_MS },
  review: { owner: 'operator', within: 'reviewWithinMs' },
  confirmation: { owner: 'workflow', within: STEP_MS },
  booking: { owner: 'carrier', within: STEP_MS },
  capture: { owner: 'payment_provider', within: STEP_MS },
  hand_over: { owner: 'warehouse', within: 'shipWithinMs' },
  delivery: { owner: 'carrier', within: 'deliverWithinMs' },
  return_window: { owner: 'workflow', within: 'returnWindowMs' },
  undo: { owner: 'workflow', within: UNDO_MS },
  held: { owner: 'operator', within: OPERATOR_HOLD_MS },
  correction: { owner: 'operator', within: CORRECTION_MS },
  authorize_outcome: { owner: 'payment_provider', within: STEP_MS },
  capture_outcome: { owner: 'payment_provider', within: STEP_MS },
  void_outcome: { owner: 'payment_provider', within: STEP_MS },
  refund_outcome: { owner: 'payment_provider', within: STEP_MS },
  book_outcome: { owner: 'carrier', within: STEP_MS },
  cancel_booking_outcome: { owner: 'carrier', within: STEP_MS },
} as const satisfies Record<string, WaitingState>;
export type WaitingFor = keyof typeof WAITING_STATES;

/** What an order waits for from the moment that it gets a status; null where nothing more happens to it. */
export const WAITS_FOR: Readonly<Record<OrderStatus, WaitingFor | null>> = {
  placed: 'placement',
  reserved: 'authorization',
  in_review: 'review',
  authorized: 'confirmation',
  confirmed: 'booking',
  fulfilling: 'capture',
  shipped: 'delivery',
  delivered: 'return_window',
  completed: null,
  rejected: null,
  cancelling: 'undo',
  cancelled: null,
};

/** What others set the pace of. */
export const LONG_WAITS = ['hand_over', 'delivery', 'return_window'] as const satisfies readonly WaitingFor[];
/** What a lost answer about something else does not hide. */
export const PLAIN_WAITS = [...LONG_WAITS, 'held', 'correction'] as const satisfies readonly WaitingFor[];

/** How long an order with these deadlines may wait there, milliseconds. */
export function waitsAtMostMs(waitingFor: WaitingFor, deadlines: OrderDeadlines): number {
  const { within }: WaitingState = WAITING_STATES[waitingFor];
  return typeof within === 'number' ? within : (deadlines[within] ?? DEFAULT_DEADLINES[within]);
}

/** Who has to move. */
export function ownerOf(waitingFor: WaitingFor): WaitingOwner {
  return WAITING_STATES[waitingFor].owner;
}
