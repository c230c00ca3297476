/** What operators do to many orders at once: which actions, for whom it is counted what they would mean, and where one stands. */
import type { Money } from '../money.ts';
import type { MailTemplate } from '../orders/mail-template.ts';
import type { OrderView } from '../orders/order.ts';
import type { OrderStatus } from '../orders/order-status.ts';
import { needsSecondPerson, refundableMinor } from './action-money.ts';
import { type ActionFacts, type ActionPlan } from './action-plan.ts';
import type { ActionName, ActionRefusal, ActionRequest } from './actions.ts';

/** Those that need nothing which differs from order to order. */
export const BULK_ACTIONS = [
  'cancel',
  'refund',
  'hold',
  'release',
  'retry_now',
  'skip_step',
  'resend_notification',
] as const satisfies readonly ActionName[];
export type BulkActionName = (typeof BULK_ACTIONS)[number];

/** The same for every order. A refund gives back all that is left. */
export type BulkRequest =
  | { readonly action: 'cancel' | 'refund' | 'hold' | 'release' | 'retry_now' }
  | { readonly action: 'skip_step'; readonly step: 'notification' }
  | { readonly action: 'resend_notification'; readonly template: MailTemplate };

/** Which orders. What is given has to hold, all of it. */
export interface OrderSelection {
  /** One of these. */
  readonly statuses?: readonly OrderStatus[] | undefined;
  /** A cause that it carries now. */
  readonly attentionCode?: string | undefined;
  /** RFC 3339, inclusive. */
  readonly createdAfter?: string | undefined;
  /** RFC 3339, exclusive. */
  readonly createdBefore?: string | undefined;
  readonly customerId?: string | undefined;
  /** Of one of its lines. */
  readonly sku?: string | undefined;
  /** Of its total, inclusive, in its own currency. */
  readonly minTotalMinor?: number | undefined;
  readonly maxTotalMinor?: number | undefined;
}

/**
 * What is asked of one order of a bulk.
 * @param amountMinor of a refund: what was left when the bulk was asked for, so that no more leaves than was counted
 * @returns null when nothing was counted
 */
export function requestOfBulk(request: BulkRequest, amountMinor: number | null): ActionRequest | null {
  switch (request.action) {
    case 'refund':
      return amountMinor === null ? null : { action: 'refund', by: { amountMinor }, restock: false };
    case 'resend_notification':
      return { action: 'resend_notification', template: request.template, subjectId: '1' };
    case 'skip_step':
      return { action: 'skip_step', step: request.step };
    default:
      return { action: request.action };
  }
}

/** The amount that a bulk fixes for an order; null where its action moves none, or where none is left. */
export function countedMinor(request: BulkRequest, order: OrderView): number | null {
  if (request.action !== 'refund') return null;
  const left = refundableMinor(order);
  return left > 0 ? left : null;
}

/** What a bulk would mean, summed over its orders. */
export interface BulkTally {
  readonly orders: number;
  readonly possible: number;
  readonly refused: Readonly<Partial<Record<ActionRefusal, number>>>;
  /** By kind and currency, in the order in which they came. */
  readonly money: readonly { readonly kind: 'refund' | 'void' | 'stated'; readonly amount: Money }[];
  /** That are held now, and would be free. */
  readonly unitsFreed: number;
  readonly mails: number;
  /** Whether one of its orders alone would need a second person. */
  readonly hasLargeOrder: boolean;
}

export const EMPTY_TALLY: BulkTally = {
  orders: 0,
  possible: 0,
  refused: {},
  money: [],
  unitsFreed: 0,
  mails: 0,
  hasLargeOrder: false,
};

/** Counts one more order. */
export function addToTally(tally: BulkTally, plan: ActionPlan, isLarge: boolean): BulkTally {
  const orders = tally.orders + 1;
  if (plan.kind === 'refused') {
    const refused = { ...tally.refused, [plan.why]: (tally.refused[plan.why] ?? 0) + 1 };
    return { ...tally, orders, refused };
  }
  return {
    orders,
    possible: tally.possible + 1,
    refused: tally.refused,
    money: plan.money.reduce(addMoney, tally.money),
    unitsFreed: plan.stock.reduce((sum, { reserved }) => sum + Math.max(0, -reserved), tally.unitsFreed),
    mails: tally.mails + plan.mails.length,
    hasLargeOrder: tally.hasLargeOrder || isLarge,
  };
}

function addMoney(
  sums: BulkTally['money'],
  { kind, amount }: BulkTally['money'][number],
): BulkTally['money'] {
  const isSame = (sum: BulkTally['money'][number]): boolean =>
    sum.kind === kind && sum.amount.currency === amount.currency;
  if (!sums.some(isSame)) return [...sums, { kind, amount }];
  return sums.map((sum) =>
    isSame(sum)
      ? { kind, amount: { ...amount, amountMinor: sum.amount.amountMinor + amount.amountMinor } }
      : sum,
  );
}

/** Whether an order of a bulk would need a second person by itself. */
export function isLargeOrder(
  request: ActionRequest | null,
  order: OrderView,
  facts: ActionFacts,
  limitMinor: number,
): boolean {
  return request !== null && needsSecondPerson(request, order, facts, limitMinor);
}

/**
 * Whether a second person has to agree: the money of all orders counts together, also what a cancellation lets go, for one slip
 * would undo a day's trade. The limit is the same number in every currency, so currencies count together too.
 *
 * @param limitMinor 0 when nobody has to
 */
export function bulkNeedsSecondPerson({ money, hasLargeOrder }: BulkTally, limitMinor: number): boolean {
  if (limitMinor === 0) return false;
  return hasLargeOrder || money.reduce((sum, { amount }) => sum + amount.amountMinor, 0) > limitMinor;
}

/** What happens to a bulk as a whole, as it is written down. */
export const BULK_STEPS = [
  'pending_approval',
  'approved',
  'declined',
  'withdrawn',
  'running',
  'paused',
  'resumed',
  'stopping',
  'stopped',
  'finished',
] as const;
export type BulkStep = (typeof BULK_STEPS)[number];
/** After these nothing more happens to it. */
export const BULK_ENDS = ['declined', 'withdrawn', 'stopped', 'finished'] as const satisfies BulkStep[];

/** Where a bulk stands; `asked` while nothing is recorded but that it was asked for. */
export const BULK_STATES = [
  'asked',
  'pending_approval',
  'approved',
  'running',
  'paused',
  'stopping',
  'declined',
  'withdrawn',
  'stopped',
  'finished',
] as const;
export type BulkState = (typeof BULK_STATES)[number];

/** Where a bulk stands by its steps, the oldest first. */
export function stateOfBulk(steps: readonly BulkStep[]): BulkState {
  const end = BULK_ENDS.find((step) => steps.includes(step));
  if (end !== undefined) return end;
  if (steps.includes('stopping')) return 'stopping';
  const last = steps.at(-1) ?? 'asked';
  return last === 'resumed' ? 'running' : last;
}

export function hasEnded(state: BulkState): boolean {
  return BULK_ENDS.some((end) => end === state);
}

/** How many orders of a bulk have come to what. */
export interface BulkCounts {
  readonly done: number;
  readonly refused: number;
  /** Tried, and another company refused. */
  readonly failed: number;
  /** By the codes of {@link ActionRefusal}, and those of a refund. */
  readonly refusedBy: Readonly<Record<string, number>>;
}

export interface BulkProgress extends BulkCounts {
  readonly left: number;
  /** Orders a second, over the last minute; while nothing has come yet, what was asked for. 0 while nothing is begun. */
  readonly ratePerSecond: number;
  /** RFC 3339; null while nobody can say. */
  readonly expectedEndAt: string | null;
}

/**
 * @param recent how many orders have come to an end over which time, milliseconds
 * @param now RFC 3339
 */
export function progressOf(
  {
    orders,
    perSecond,
    state,
  }: { readonly orders: number; readonly perSecond: number; readonly state: BulkState },
  counts: BulkCounts,
  recent: { readonly orders: number; readonly overMs: number },
  now: string,
): BulkProgress {
  const left = Math.max(0, orders - counts.done - counts.refused - counts.failed);
  const isMoving = state === 'running';
  const measured = recent.overMs > 0 ? (recent.orders * 1_000) / recent.overMs : 0;
  const rate = isMoving ? (measured > 0 ? Math.min(measured, perSecond) : perSecond) : 0;
  return {
    ...counts,
    left,
    ratePerSecond: Math.round(rate * 100) / 100,
    expectedEndAt:
      isMoving && rate > 0 ? new Date(Date.parse(now) + (left / rate) * 1_000).toISOString() : null,
  };
}

/** Why a bulk cannot be paused, resumed or stopped. */
export const BULK_REFUSALS = {
  paused_already: 'It is paused already.',
  not_paused: 'It is not paused.',
  stopping: 'It is being stopped.',
  ended: 'It has come to its end.',
  not_begun: 'It has not begun yet.',
  not_pending: 'It does not wait for a second person.',
  decided_already: 'It was decided before.',
  set_changed: 'Other orders are meant now than the preview showed. Preview it again.',
  nothing_selected: 'No order is meant by that. Widen the filter.',
} as const satisfies Record<string, string>;
export type BulkRefusal = keyof typeof BULK_REFUSALS;
