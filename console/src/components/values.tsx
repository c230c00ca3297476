/** Single values: an amount, a time, a status, an id. */
import type { Money } from '../api/types.ts';
import { moneyText } from '../format/money.ts';
import { agoText, instantText } from '../format/time.ts';
import { words } from '../format/words.ts';
import { linkTo } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';

export function Amount({ money }: { readonly money: Money }) {
  return <span class="amount">{moneyText(money)}</span>;
}

export function Ago({ instant }: { readonly instant: string }) {
  const now = useNow();
  return (
    <time dateTime={instant} title={instant}>
      {agoText(instant, now)}
    </time>
  );
}

export function Instant({ instant }: { readonly instant: string }) {
  const now = useNow(60_000);
  return (
    <time dateTime={instant} title={instant}>
      {instantText(instant, now)}
    </time>
  );
}

/** A time by which something should have happened; one that was missed stands out. */
export function Deadline({ instant, isOverdue }: { readonly instant: string; readonly isOverdue: boolean }) {
  return (
    <span class={isOverdue ? 'overdue' : ''}>
      {isOverdue ? 'overdue, ' : ''}
      <Ago instant={instant} />
    </span>
  );
}

/** What a status means for a person who looks over a list: under way, good, ended otherwise, or in need of somebody. */
const TONES: Readonly<Record<string, string>> = {
  completed: 'good',
  delivered: 'good',
  captured: 'good',
  succeeded: 'good',
  COMPLETED: 'good',
  settled: 'good',
  done: 'good',
  finished: 'good',
  rejected: 'quiet',
  cancelled: 'quiet',
  voided: 'quiet',
  none: 'quiet',
  refunded: 'quiet',
  explained: 'quiet',
  stopped: 'quiet',
  withdrawn: 'quiet',
  low: 'quiet',
  in_review: 'warn',
  pending_approval: 'warn',
  approved: 'warn',
  paused: 'warn',
  stopping: 'warn',
  cancelling: 'warn',
  unknown: 'warn',
  medium: 'warn',
  open: 'warn',
  high: 'bad',
  critical: 'bad',
  failed: 'bad',
  declined: 'bad',
  refused: 'bad',
  FAILED: 'bad',
  TIMED_OUT: 'bad',
};

export interface StatusProps {
  readonly status: string;
  /** @default the status in words */
  readonly text?: string;
}

export function Status({ status, text = words(status).toLowerCase() }: StatusProps) {
  return <span class={`status status-${TONES[status] ?? 'busy'}`}>{text}</span>;
}

/** An id shortened in the middle; the whole of it is its title, and what a screen reader says. */
export function OrderLink({
  orderId,
  isRow = false,
}: {
  readonly orderId: string;
  readonly isRow?: boolean;
}) {
  return (
    <a
      class="id"
      href={linkTo('orders', orderId)}
      title={orderId}
      aria-label={`Order ${orderId}`}
      {...(isRow ? { 'data-row': '' } : {})}
    >
      {orderId.length > 16 ? `${orderId.slice(0, 9)}…${orderId.slice(-5)}` : orderId}
    </a>
  );
}
