/**
 * Holds what the service says against what the file says. Sums of the file come from the file alone, sums of the orders from
 * the service alone.
 */
import { addMinor } from '../../domain/money.ts';
import type { CancellationOutcome } from './apply-cancellations.ts';
import { invoiceTotalMinor, type RetailInvoice, type RetailPlan } from './group-invoices.ts';
import type { CancellationPart, UnmatchedRow } from './match-cancellations.ts';
import type { SaleOutcome } from './place-invoices.ts';
import type { RefusedItem } from './prepare-items.ts';

/** Everything that is known when an import ends, complete or not. */
export interface ImportState {
  readonly plan: RetailPlan;
  readonly parts: readonly CancellationPart[];
  readonly unmatched: readonly UnmatchedRow[];
  readonly refusedItems: readonly RefusedItem[];
  /** By invoice number; a sale that is missing was not begun. */
  readonly sales: ReadonlyMap<string, SaleOutcome>;
  /** A part that is missing was not begun. */
  readonly cancellations: ReadonlyMap<CancellationPart, CancellationOutcome>;
  /** Why the import ended early; null when it came to its end. */
  readonly stopped: string | null;
}

/** The document that `import-retail --json` prints. All sums are pence. */
export interface Reconciliation {
  readonly rowsRead: number;
  readonly invoices: number;
  readonly orders: {
    readonly confirmed: number;
    /** Decided against by the shop, and requests that the API did not take. */
    readonly rejected: number;
    /** Undecided, or not begun before the import was stopped. */
    readonly pending: number;
  };
  /** Counted by cancellation invoice: applied when at least one of its rows was. */
  readonly cancellations: {
    readonly applied: number;
    readonly unmatched: number;
    /** Of an order or refund that is still undecided, refused, or not begun before the import was stopped. */
    readonly open: number;
    readonly ordersCancelled: number;
    readonly refunds: number;
    /** What the applied rows come to in the file, and what the service says of the cancelled orders and refunds. */
    readonly fileTotalMinor: number;
    readonly appliedTotalMinor: number;
    readonly differenceMinor: number;
  };
  readonly skippedRows: readonly { readonly line: number; readonly reason: string }[];
  readonly fileTotalMinor: number;
  readonly ordersTotalMinor: number;
  readonly differenceMinor: number;
  readonly currency: 'GBP';
  readonly unmatchedCancellationRows: readonly UnmatchedRow[];
  readonly rejectedOrders: readonly RejectedOrder[];
  readonly pendingOrders: readonly PendingOrder[];
  readonly openCancellations: readonly OpenCancellation[];
  /** Orders whose total is not their invoice's. */
  readonly differences: readonly Difference[];
  readonly refusedItems: readonly RefusedItem[];
  readonly stopped: string | null;
}

export interface RejectedOrder {
  readonly invoice: string;
  /** Of the invoice's first row. */
  readonly line: number;
  readonly code: string;
  readonly detail: string;
  /** False when the API did not take the request, which a correct file and service never lead to. */
  readonly isDecision: boolean;
}

export interface PendingOrder {
  readonly invoice: string;
  /** Null when no answer was seen, so that it is not known whether there is an order. */
  readonly orderId: string | null;
  /** `unanswered`: asked for without an answer; `not_begun`: not asked for before the import was stopped. */
  readonly state: 'undecided' | 'unanswered' | 'not_begun';
}

export interface OpenCancellation {
  readonly cancellation: string;
  readonly sale: string;
  readonly code: string;
  readonly detail: string;
}

export interface Difference {
  readonly invoice: string;
  readonly orderId: string;
  readonly fileMinor: number;
  readonly orderMinor: number;
}

const sum = (amounts: readonly number[]): number =>
  amounts.reduce((total, amount) => addMinor(total, amount), 0);

interface PlacedOrder {
  readonly sale: RetailInvoice;
  readonly orderId: string;
  readonly fileMinor: number;
  readonly orderMinor: number;
}

/** Sales that have an order, with what both sides say it costs. */
function placedOrders(state: ImportState): PlacedOrder[] {
  return state.plan.sales.flatMap((sale) => {
    const outcome = state.sales.get(sale.invoice);
    if (outcome?.kind !== 'confirmed' && outcome?.kind !== 'pending') return [];
    if (outcome.order === null) return [];
    const { id, totals } = outcome.order;
    return [{ sale, orderId: id, fileMinor: invoiceTotalMinor(sale), orderMinor: totals.total.amountMinor }];
  });
}

function rejectedOrders(state: ImportState): RejectedOrder[] {
  return state.plan.sales.flatMap((sale) => {
    const outcome = state.sales.get(sale.invoice);
    if (outcome?.kind !== 'rejected' && outcome?.kind !== 'refused') return [];
    const { code, detail, kind } = outcome;
    const line = sale.rows[0]?.line ?? 0;
    return [{ invoice: sale.invoice, line, code, detail, isDecision: kind === 'rejected' }];
  });
}

function pendingOrders(state: ImportState): PendingOrder[] {
  return state.plan.sales.flatMap(({ invoice }): PendingOrder[] => {
    const outcome = state.sales.get(invoice);
    if (outcome === undefined) return [{ invoice, orderId: null, state: 'not_begun' }];
    if (outcome.kind !== 'pending') return [];
    if (outcome.order === null) return [{ invoice, orderId: null, state: 'unanswered' }];
    return [{ invoice, orderId: outcome.order.id, state: 'undecided' }];
  });
}

/** Rows whose sale the shop did not take have nothing to take back, just as rows without a sale. */
function rowsWithoutOrder(state: ImportState): UnmatchedRow[] {
  const rows = new Map(
    state.plan.cancellations.flatMap((invoice) => invoice.rows).map((row) => [row.line, row]),
  );
  return state.parts.flatMap((part) => {
    const outcome = state.cancellations.get(part);
    if (outcome?.kind !== 'no_order') return [];
    return part.fileLines.map((line) => ({
      line,
      invoice: part.cancellation,
      sku: rows.get(line)?.sku ?? '',
      reason: outcome.reason,
    }));
  });
}

function openCancellations(state: ImportState): OpenCancellation[] {
  return state.parts.flatMap((part) => {
    const outcome = state.cancellations.get(part);
    const { cancellation, sale } = part;
    if (outcome === undefined)
      return [{ cancellation, sale, code: 'NOT_BEGUN', detail: 'the import was stopped' }];
    if (outcome.kind === 'pending') return [{ cancellation, sale, code: 'PENDING', detail: outcome.reason }];
    if (outcome.kind === 'refused')
      return [{ cancellation, sale, code: outcome.code, detail: outcome.detail }];
    return [];
  });
}

function reconcileCancellations(state: ImportState, open: readonly OpenCancellation[]) {
  const done = state.parts.flatMap((part) => {
    const outcome = state.cancellations.get(part);
    return outcome?.kind === 'cancelled' || outcome?.kind === 'refunded' ? [{ part, outcome }] : [];
  });
  const openNumbers = new Set(open.map(({ cancellation }) => cancellation));
  const applied = new Set(
    done.map(({ part }) => part.cancellation).filter((cancellation) => !openNumbers.has(cancellation)),
  );
  const fileTotalMinor = sum(done.map(({ part }) => part.amountMinor));
  const appliedTotalMinor = sum(done.map(({ outcome }) => outcome.amountMinor));
  return {
    applied: applied.size,
    unmatched: state.plan.cancellations.length - applied.size - openNumbers.size,
    open: openNumbers.size,
    ordersCancelled: done.filter(({ outcome }) => outcome.kind === 'cancelled').length,
    refunds: done.filter(({ outcome }) => outcome.kind === 'refunded').length,
    fileTotalMinor,
    appliedTotalMinor,
    differenceMinor: fileTotalMinor - appliedTotalMinor,
  };
}

/** The final document of an import. */
export function reconcile(state: ImportState): Reconciliation {
  const placed = placedOrders(state);
  const rejected = rejectedOrders(state);
  const open = openCancellations(state);
  const confirmed = [...state.sales.values()].filter(({ kind }) => kind === 'confirmed').length;
  const fileTotalMinor = sum(placed.map(({ fileMinor }) => fileMinor));
  const ordersTotalMinor = sum(placed.map(({ orderMinor }) => orderMinor));
  return {
    rowsRead: state.plan.rowsRead,
    invoices: state.plan.invoiceCount,
    orders: {
      confirmed,
      rejected: rejected.length,
      pending: state.plan.sales.length - confirmed - rejected.length,
    },
    cancellations: reconcileCancellations(state, open),
    skippedRows: state.plan.skippedRows.map(({ line, reason }) => ({ line, reason })),
    fileTotalMinor,
    ordersTotalMinor,
    differenceMinor: fileTotalMinor - ordersTotalMinor,
    currency: 'GBP',
    unmatchedCancellationRows: [...state.unmatched, ...rowsWithoutOrder(state)].sort(
      (a, b) => a.line - b.line,
    ),
    rejectedOrders: rejected,
    pendingOrders: pendingOrders(state),
    openCancellations: open,
    differences: placed
      .filter(({ fileMinor, orderMinor }) => fileMinor !== orderMinor)
      .map(({ sale, orderId, fileMinor, orderMinor }) => ({
        invoice: sale.invoice,
        orderId,
        fileMinor,
        orderMinor,
      })),
    refusedItems: state.refusedItems,
    stopped: state.stopped,
  };
}

/** Whether everything that the file asks for was done or decided, to the penny. */
export function isReconciled(result: Reconciliation): boolean {
  return (
    result.stopped === null &&
    result.differenceMinor === 0 &&
    result.differences.length === 0 &&
    result.orders.pending === 0 &&
    result.rejectedOrders.every(({ isDecision }) => isDecision) &&
    result.cancellations.open === 0 &&
    result.cancellations.differenceMinor === 0 &&
    result.refusedItems.length === 0
  );
}
