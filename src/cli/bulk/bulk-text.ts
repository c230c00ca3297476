/** Bulks as people read them. */
import { moneyText } from '../output/money-text.ts';
import { pairs, table } from '../output/table.ts';
import type { BulkReply, BulkWithOrdersReply, NotDoneReply, PlannedBulkReply } from './bulk-replies.ts';

const ENDS: readonly string[] = ['declined', 'withdrawn', 'stopped', 'finished'];

/** Whether nothing more happens to it. */
export function hasEnded({ state }: BulkReply): boolean {
  return ENDS.includes(state);
}

const titled = (...titles: readonly string[]) => titles.map((title) => ({ title }));

/** What would happen. */
export function plannedBulkText(plan: PlannedBulkReply): string {
  const { orders, possible, refused, money, unitsFreed, mails, first } = plan;
  const lines = [
    `Nothing was done. ${plan.action} of ${ordersText(orders)} would mean:`,
    `  possible for ${ordersText(possible)}`,
    ...refused.map(({ detail, orders: count }) => `  not for ${ordersText(count)}: ${detail}`),
    ...moneyLines(money),
    ...(unitsFreed > 0 ? [`  stock: ${unitsFreed} units are free again`] : []),
    ...(mails > 0 ? [`  mails: ${mails}`] : []),
    `  time: ${timeText(plan.takesSeconds)} at the least, ${plan.perSecond} orders a second`,
    ...(plan.needsSecondPerson ? ['  It waits for a second person before it begins.'] : []),
  ];
  const shown = table(
    titled('Order', 'Status', 'Total', 'Possible'),
    first.map(({ orderId, status, total, possible: isPossible, why }) => [
      orderId,
      status,
      total === null ? '' : moneyText(total),
      isPossible ? 'yes' : `no: ${why ?? ''}`,
    ]),
  );
  const more = orders > first.length ? `\nThe first ${first.length} of ${orders}.` : '';
  return `${lines.join('\n')}\n${shown}${more}\nTo start these orders and no others: --expect ${plan.set}`;
}

/** One bulk a row. */
export function bulkListText(bulks: readonly BulkReply[]): string {
  if (bulks.length === 0) return 'No bulks.';
  return table(
    titled('Bulk', 'Asked', 'What', 'State', 'Orders', 'Done', 'Refused', 'Failed', 'Left', 'By', 'Reason'),
    bulks.map((one) => [
      one.id,
      one.askedAt,
      one.action,
      one.state,
      ...[one.orders, one.progress.done, one.progress.refused, one.progress.failed, one.progress.left].map(
        String,
      ),
      one.actor,
      one.reason,
    ]),
  );
}

/** One bulk with what happened to it. */
export function bulkText(bulk: BulkReply): string {
  const { progress } = bulk;
  return pairs([
    ['Bulk', bulk.id],
    ['What', bulk.action],
    ['State', bulk.state],
    ['Asked', `${bulk.askedAt} by ${bulk.actor}: ${bulk.reason}`],
    ['Which', bulk.filter === null ? 'orders named one by one' : JSON.stringify(bulk.filter)],
    ['Orders', String(bulk.orders)],
    ...bulk.money.map(({ kind, amount }) => [`Money: ${kind}`, moneyText(amount)] as const),
    ['Done', String(progress.done)],
    ['Refused', String(progress.refused)],
    ...progress.refusedBy.map(({ why, detail, orders }) => [`  ${why}`, `${orders}: ${detail}`] as const),
    ['Failed', String(progress.failed)],
    ['Left', String(progress.left)],
    ...(progress.ratePerSecond > 0 ? [['Rate', `${progress.ratePerSecond} orders a second`] as const] : []),
    ...(progress.expectedEndAt === null ? [] : [['Expected end', progress.expectedEndAt] as const]),
    ...bulk.steps.map(({ step, at, actor, detail }) => [step, `${at} by ${actor}: ${detail}`] as const),
  ]);
}

/** One bulk, and its orders that were not done. */
export function bulkWithOrdersText(
  bulk: BulkWithOrdersReply,
  notDone: readonly NotDoneReply[],
  hasMore: boolean,
): string {
  if (notDone.length === 0) return bulkText(bulk);
  const orders = table(
    titled('Order', 'Outcome', 'Why'),
    notDone.map(({ orderId, outcome, why, detail }) => [orderId, outcome, `${why ?? ''} ${detail}`.trim()]),
  );
  return `${bulkText(bulk)}\n${orders}${hasMore ? '\nThere are more: --limit takes a higher number.' : ''}`;
}

/** How far it is, in one line. */
export function progressLine({ state, orders, progress }: BulkReply): string {
  const { done, refused, failed, left, ratePerSecond, expectedEndAt } = progress;
  const ended = orders - left;
  const rate = ratePerSecond > 0 ? `, ${ratePerSecond} a second` : '';
  const end = expectedEndAt === null ? '' : `, expected to end ${expectedEndAt}`;
  return `${state}: ${ended} of ${orders} (${done} done, ${refused} refused, ${failed} failed)${rate}${end}`;
}

function moneyLines(money: PlannedBulkReply['money']): readonly string[] {
  return money.map(({ kind, amount }) => `  money: ${kind} ${moneyText(amount)}`);
}

function ordersText(count: number): string {
  return count === 1 ? '1 order' : `${count} orders`;
}

function timeText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
