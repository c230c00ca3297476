/** Bulks as people read them, and what they ask for with. */
import type { Bulk, BulkActionName, BulkCommand, BulkMoney, BulkState } from '../api/bulk.ts';
import { moneyText } from '../format/money.ts';
import { words } from '../format/words.ts';

/** Each with what is chosen from, the most frequent first. */
export const BULK_TITLES: Readonly<Record<BulkActionName, string>> = {
  cancel: 'Cancel',
  refund: 'Refund all that is left',
  hold: 'Hold',
  release: 'Release',
  retry_now: 'Retry now',
  skip_step: 'Skip the mail that is being tried',
  resend_notification: 'Resend a mail',
};
export const BULK_ACTIONS = Object.keys(BULK_TITLES) as readonly BulkActionName[];

const VERBS: Readonly<Record<BulkActionName, string>> = {
  cancel: 'Cancel',
  refund: 'Refund',
  hold: 'Hold',
  release: 'Release',
  retry_now: 'Retry',
  skip_step: 'Skip the mail of',
  resend_notification: 'Resend a mail for',
};

/** `Cancel 12 orders`. */
export function bulkTitle(action: BulkActionName, orders: number): string {
  return `${VERBS[action]} ${ordersText(orders)}`;
}

export function ordersText(count: number): string {
  return count === 1 ? '1 order' : `${count.toLocaleString('en-GB')} orders`;
}

export const BULK_STATE_WORDS: Readonly<Record<BulkState, string>> = {
  asked: 'about to begin',
  pending_approval: 'waits for a second person',
  approved: 'agreed to, about to begin',
  running: 'under way',
  paused: 'paused',
  stopping: 'stopping',
  declined: 'declined',
  withdrawn: 'withdrawn',
  stopped: 'stopped',
  finished: 'finished',
};

/** Whether nothing more happens to it. */
export function hasEnded({ state }: Pick<Bulk, 'state'>): boolean {
  return state === 'declined' || state === 'withdrawn' || state === 'stopped' || state === 'finished';
}

/** How it can be steered where it stands. */
export function commandsOf({ state }: Pick<Bulk, 'state'>): readonly BulkCommand[] {
  switch (state) {
    case 'running':
      return ['pause', 'stop'];
    case 'paused':
      return ['resume', 'stop'];
    case 'asked':
    case 'approved':
    case 'pending_approval':
      return ['stop'];
    default:
      return [];
  }
}

const MONEY: Readonly<Record<BulkMoney['kind'], string>> = {
  refund: 'back to customers',
  void: 'no longer held',
  stated: 'counted by word, not moved',
};

/** `£30.00 back to customers`. */
export function bulkMoneyText({ kind, amount }: BulkMoney): string {
  return `${moneyText(amount)} ${MONEY[kind]}`;
}

/** What an order had to be like, in a line: `status confirmed, fulfilling · sku LAMP`. */
export function conditionsText(filter: Bulk['filter']): string {
  if (filter === null) return 'orders named one by one';
  const parts = Object.entries(filter).map(
    ([name, value]) =>
      `${CONDITIONS[name] ?? name} ${Array.isArray(value) ? value.map(words).join(', ') : String(value)}`,
  );
  return parts.join(' · ');
}

const CONDITIONS: Readonly<Record<string, string>> = {
  statuses: 'status',
  attentionCode: 'cause',
  createdAfter: 'placed from',
  createdBefore: 'placed before',
  customerId: 'customer',
  sku: 'item',
  minTotalMinor: 'total from, minor units',
  maxTotalMinor: 'total up to, minor units',
};
