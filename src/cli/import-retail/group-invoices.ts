/**
 * From rows to what is to be done: sales that become orders, cancellations, and the items and stock that they need.
 */
import { addMinor, multiplyMinor } from '../../domain/money.ts';
import type { RetailRecord, RetailRow, SkippedRow } from './retail-row.ts';

/** A sale or a cancellation: all rows with one invoice number, wherever they stand in the file. */
export interface RetailInvoice {
  readonly invoice: string;
  /** When its first row happened, by the file's clock; milliseconds since 1970. */
  readonly occurredAtMs: number;
  /** The first row's; null for a guest. */
  readonly customerNumber: string | null;
  readonly country: string;
  /** At least one, in the order of the file. The n-th row of a sale becomes the order's line n. */
  readonly rows: readonly RetailRow[];
}

/** An item that at least one sale needs. */
export interface RetailItem {
  readonly sku: string;
  /** The first description that is not empty; the sku when there is none. */
  readonly name: string;
  /** The first price seen, pence. Orders carry their own prices. */
  readonly priceMinor: number;
  /** Units over all sales of the file. */
  readonly demand: number;
}

export interface RetailPlan {
  /** In the order of the file's clock; those of the same minute in the order of the file. */
  readonly sales: readonly RetailInvoice[];
  readonly cancellations: readonly RetailInvoice[];
  readonly items: readonly RetailItem[];
  readonly skippedRows: readonly SkippedRow[];
  /** Rows of data, taken or not. */
  readonly rowsRead: number;
  /** Different invoice numbers, those of which no row is taken included. */
  readonly invoiceCount: number;
}

/** Longer names are cut; the service would refuse them. */
const MAX_NAME_LENGTH = 200;

/** What the rows of an invoice cost together, pence. @throws RangeError above what a number holds exactly */
export function invoiceTotalMinor(invoice: RetailInvoice): number {
  return addMinor(...invoice.rows.map((row) => multiplyMinor(row.unitPriceMinor, row.quantity)));
}

/** Whether what comes first in `a` happened before what comes first in `b`. */
export function compareByTime(a: RetailInvoice, b: RetailInvoice): number {
  return a.occurredAtMs - b.occurredAtMs || (a.rows[0]?.line ?? 0) - (b.rows[0]?.line ?? 0);
}

function toInvoices(rows: readonly RetailRow[]): RetailInvoice[] {
  const byNumber = Map.groupBy(rows, (row) => row.invoice);
  const invoices: RetailInvoice[] = [];
  for (const [invoice, own] of byNumber) {
    const [first] = own;
    if (first === undefined) continue;
    const { occurredAtMs, customerNumber, country } = first;
    invoices.push({ invoice, occurredAtMs, customerNumber, country, rows: own });
  }
  return invoices.sort(compareByTime);
}

function nameOf(rows: readonly RetailRow[]): string | undefined {
  const description = rows.find((row) => row.description !== '')?.description;
  // By code points, so that no character is cut in half.
  return description === undefined ? undefined : [...description].slice(0, MAX_NAME_LENGTH).join('');
}

function toItems(sales: readonly RetailRow[]): RetailItem[] {
  return [...Map.groupBy(sales, (row) => row.sku)].map(([sku, rows]) => ({
    sku,
    name: nameOf(rows) ?? sku,
    priceMinor: rows[0]?.unitPriceMinor ?? 0,
    demand: addMinor(...rows.map((row) => row.quantity)),
  }));
}

/** Sorts the records of a file into what is to be done. */
export function groupInvoices(records: readonly RetailRecord[]): RetailPlan {
  const rowsOf = (kind: 'sale' | 'cancellation'): RetailRow[] =>
    records.flatMap((record) => (record.kind === kind ? [record.row] : []));
  const sales = rowsOf('sale');
  return {
    sales: toInvoices(sales),
    cancellations: toInvoices(rowsOf('cancellation')),
    items: toItems(sales),
    skippedRows: records.filter((record) => record.kind === 'skipped'),
    rowsRead: records.length,
    invoiceCount: new Set(
      records.flatMap((record) => (record.kind === 'skipped' ? (record.invoice ?? []) : record.row.invoice)),
    ).size,
  };
}
