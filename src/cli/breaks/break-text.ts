import { moneyText } from '../output/money-text.ts';
import { pairs, table } from '../output/table.ts';
import type { BreakReply } from './break-replies.ts';

/** A list for people. */
export function breakListText(breaks: readonly BreakReply[]): string {
  if (breaks.length === 0) return 'No differences.';
  return table(
    ['Break', 'State', 'Kind', 'Provider', 'Operation', 'Ours', 'Theirs'].map((title) => ({ title })),
    breaks.map((one) => [
      one.id,
      one.state,
      one.kind,
      one.provider,
      one.operationKey,
      sideText(one.ours),
      sideText(one.theirs),
    ]),
  );
}

/** One difference for people. */
export function breakText(one: BreakReply): string {
  return pairs([
    ['Break', one.id],
    ['State', one.state],
    ['Kind', one.kind],
    ['Provider', one.provider],
    ['Operation', one.operationKey],
    ['Order', one.orderId ?? '–'],
    ['Ours', sideText(one.ours)],
    ['Theirs', sideText(one.theirs)],
    ['Note', one.note ?? '–'],
    ['Since', one.firstSeen],
  ]);
}

function sideText(side: BreakReply['ours']): string {
  if (side === null) return '–';
  const { operation, status, amountMinor, currency } = side;
  const amount =
    amountMinor === undefined || currency === undefined ? '' : ` ${moneyText({ amountMinor, currency })}`;
  return `${operation} ${status}${amount}`;
}
