/**
 * Which order a cancellation takes back. Decided from the file alone, so that a second run comes to the same answer.
 */
import { addMinor, multiplyMinor } from '../../domain/money.ts';
import { compareByTime, type RetailInvoice } from './group-invoices.ts';
import type { RetailRow } from './retail-row.ts';

/** What one cancellation takes back of one order. */
export interface CancellationPart {
  /** The cancellation's number, `C536379`. */
  readonly cancellation: string;
  /** The invoice number of the sale. */
  readonly sale: string;
  readonly occurredAtMs: number;
  /** Each line of the sale at most once. */
  readonly lines: readonly {
    /** Position in the sale's rows, from 0. */
    readonly rowIndex: number;
    readonly quantity: number;
  }[];
  readonly amountMinor: number;
  /** Nothing of the order is left, and nothing was taken back before: the order is cancelled, not refunded. */
  readonly coversOrder: boolean;
  /** The rows of the cancellation that this part stands for. */
  readonly fileLines: readonly number[];
}

/** A row of a cancellation whose sale is not known. */
export interface UnmatchedRow {
  readonly line: number;
  readonly invoice: string;
  readonly sku: string;
  readonly reason: string;
}

export interface CancellationPlan {
  /** In the order of the file's clock. */
  readonly parts: readonly CancellationPart[];
  readonly unmatched: readonly UnmatchedRow[];
}

/** A sold line with what is not taken back yet. */
interface SoldLine {
  readonly sale: RetailInvoice;
  readonly rowIndex: number;
  readonly row: RetailRow;
  left: number;
}

interface Claim {
  readonly sold: SoldLine;
  readonly quantity: number;
  readonly fileLine: number;
}

/** One product is typed in either case, so `84029g` takes back what was sold as `84029G`. */
const shelfKey = (customerNumber: string, sku: string): string => `${customerNumber} ${sku.toUpperCase()}`;

/**
 * Claims the units of one row: from the latest sale line that has enough of them left, else from several lines, the latest
 * first. All of them or none.
 */
function claimRow(row: RetailRow, candidates: readonly SoldLine[]): readonly Claim[] {
  const latestFirst = candidates.filter((sold) => sold.left > 0).toReversed();
  const whole = latestFirst.find((sold) => sold.left >= row.quantity);
  const from = whole === undefined ? latestFirst : [whole];
  if (addMinor(...from.map((sold) => sold.left)) < row.quantity) return [];
  const claims: Claim[] = [];
  let missing = row.quantity;
  for (const sold of from) {
    const quantity = Math.min(sold.left, missing);
    if (quantity === 0) break;
    sold.left -= quantity;
    missing -= quantity;
    claims.push({ sold, quantity, fileLine: row.line });
  }
  return claims;
}

/** Why nothing was claimed, from the nearest miss. */
function reasonOf(row: RetailRow, sameSku: readonly SoldLine[], samePrice: readonly SoldLine[]): string {
  if (sameSku.length === 0) {
    return 'no earlier sale of this item to this customer is in the file';
  }
  if (samePrice.length === 0) return 'the customer bought this item at another price only';
  const left = addMinor(...samePrice.map((sold) => sold.left));
  return `${row.quantity} units are taken back, and ${left} of those bought in this file are left`;
}

function toParts(
  cancellation: RetailInvoice,
  claims: readonly Claim[],
  soldBefore: ReadonlySet<string>,
): CancellationPart[] {
  return [...Map.groupBy(claims, (claim) => claim.sold.sale)].map(([sale, own]) => {
    const lines = [...Map.groupBy(own, (claim) => claim.sold.rowIndex)]
      .map(([rowIndex, ofLine]) => ({
        rowIndex,
        quantity: addMinor(...ofLine.map((claim) => claim.quantity)),
      }))
      .sort((a, b) => a.rowIndex - b.rowIndex);
    return {
      cancellation: cancellation.invoice,
      sale: sale.invoice,
      occurredAtMs: cancellation.occurredAtMs,
      lines,
      amountMinor: addMinor(
        ...own.map((claim) => multiplyMinor(claim.sold.row.unitPriceMinor, claim.quantity)),
      ),
      coversOrder:
        !soldBefore.has(sale.invoice) &&
        sale.rows.every((row, index) =>
          lines.some((line) => line.rowIndex === index && line.quantity === row.quantity),
        ),
      fileLines: [...new Set(own.map((claim) => claim.fileLine))],
    };
  });
}

/**
 * Finds the sale of every cancelled row: same customer, same item, same unit price, an earlier invoice with enough units
 * that no other cancellation has taken back; the latest such invoice first.
 *
 * @param sales in any order
 * @param cancellations in any order; the earlier one claims first
 */
export function matchCancellations(
  sales: readonly RetailInvoice[],
  cancellations: readonly RetailInvoice[],
): CancellationPlan {
  const sold = new Map<string, SoldLine[]>();
  for (const sale of [...sales].sort(compareByTime)) {
    if (sale.customerNumber === null) continue;
    for (const [rowIndex, row] of sale.rows.entries()) {
      const key = shelfKey(sale.customerNumber, row.sku);
      const lines = sold.get(key) ?? [];
      lines.push({ sale, rowIndex, row, left: row.quantity });
      sold.set(key, lines);
    }
  }
  const parts: CancellationPart[] = [];
  const unmatched: UnmatchedRow[] = [];
  const takenBackFrom = new Set<string>();
  for (const cancellation of [...cancellations].sort(compareByTime)) {
    const { customerNumber, invoice } = cancellation;
    const claims: Claim[] = [];
    for (const row of cancellation.rows) {
      const miss = (reason: string): number =>
        unmatched.push({ line: row.line, invoice, sku: row.sku, reason });
      if (customerNumber === null) {
        miss('the cancellation names no customer');
        continue;
      }
      const sameSku = (sold.get(shelfKey(customerNumber, row.sku)) ?? []).filter(
        (line) => compareByTime(line.sale, cancellation) < 0,
      );
      const samePrice = sameSku.filter((line) => line.row.unitPriceMinor === row.unitPriceMinor);
      const claimed = claimRow(row, samePrice);
      if (claimed.length === 0) miss(reasonOf(row, sameSku, samePrice));
      claims.push(...claimed);
    }
    const own = toParts(cancellation, claims, takenBackFrom);
    for (const part of own) takenBackFrom.add(part.sale);
    parts.push(...own);
  }
  return { parts, unmatched };
}
