/** The outcome of an import as people read it. */
import { moneyText } from '../output/money-text.ts';
import { pairs } from '../output/table.ts';
import { isReconciled, type Reconciliation } from './reconcile.ts';

/** Longer lists end with how many more there are; `--json` has them all. */
const MAX_LISTED = 20;

const PENDING_WORDS = {
  undecided: 'undecided',
  unanswered: 'no answer was seen',
  not_begun: 'not begun',
} as const;

function list(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more =
    lines.length > MAX_LISTED ? [`  … and ${lines.length - MAX_LISTED} more, which --json lists`] : [];
  return ['', `${title}:`, ...lines.slice(0, MAX_LISTED).map((line) => `  ${line}`), ...more];
}

/** Skipped rows by reason, because thousands of rows have one of a few. */
function skippedText(result: Reconciliation): string[] {
  const byReason = Map.groupBy(result.skippedRows, ({ reason }) => reason);
  const lines = [...byReason].map(([reason, rows]) => {
    const named = rows
      .slice(0, 5)
      .map(({ line }) => line)
      .join(', ');
    return `${reason}: ${rows.length === 1 ? `line ${named}` : `${rows.length} rows, lines ${named}${rows.length > 5 ? ' …' : ''}`}`;
  });
  return list('Rows that were not taken', lines);
}

/** The reconciliation, and everything in it that a person should look at. */
export function reportText(result: Reconciliation): string {
  const money = (amountMinor: number): string => moneyText({ amountMinor, currency: result.currency });
  const { orders, cancellations } = result;
  const head = pairs([
    ['Rows read', String(result.rowsRead)],
    ['Invoices', String(result.invoices)],
    ['Orders', `${orders.confirmed} confirmed, ${orders.rejected} rejected, ${orders.pending} pending`],
    [
      'Cancellations',
      `${cancellations.applied} applied, ${cancellations.unmatched} unmatched, ${cancellations.open} open ` +
        `(${cancellations.ordersCancelled} orders cancelled, ${cancellations.refunds} refunds, ${money(cancellations.appliedTotalMinor)})`,
    ],
    ['Rows not taken', String(result.skippedRows.length)],
    ['Total of the file', money(result.fileTotalMinor)],
    ['Total of the orders', money(result.ordersTotalMinor)],
    ['Difference', money(result.differenceMinor)],
  ]);
  const verdict =
    result.stopped === null
      ? isReconciled(result)
        ? 'Everything reconciles.'
        : 'It does not reconcile; see above.'
      : `Stopped before the end: ${result.stopped} Run it again: what is done is not done twice.`;
  return [
    head,
    ...skippedText(result),
    ...list(
      'Cancelled rows without an order',
      result.unmatchedCancellationRows.map(
        ({ line, invoice, sku, reason }) => `line ${line}, ${invoice}, ${sku}: ${reason}`,
      ),
    ),
    ...list(
      'Rejected orders',
      result.rejectedOrders.map(
        ({ invoice, line, code, detail }) => `${invoice} (line ${line}): ${code}, ${detail}`,
      ),
    ),
    ...list(
      'Orders not decided',
      result.pendingOrders.map(
        ({ invoice, orderId, state }) => `${invoice}: ${orderId ?? PENDING_WORDS[state]}`,
      ),
    ),
    ...list(
      'Cancellations not done',
      result.openCancellations.map(
        ({ cancellation, sale, code, detail }) => `${cancellation} of ${sale}: ${code}, ${detail}`,
      ),
    ),
    ...list(
      'Items that were refused',
      result.refusedItems.map(({ sku, code, detail }) => `${sku}: ${code}, ${detail}`),
    ),
    ...list(
      'Orders whose total is not their invoice’s',
      result.differences.map(
        ({ invoice, orderId, fileMinor, orderMinor }) =>
          `${invoice}: ${money(fileMinor)} in the file, ${money(orderMinor)} in ${orderId}`,
      ),
    ),
    '',
    verdict,
  ].join('\n');
}
