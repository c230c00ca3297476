import type { OrderRow } from '../../../../db/repositories/console.repository.ts';

const COLUMNS = [
  'id',
  'createdAt',
  'status',
  'paymentStatus',
  'attentionCode',
  'customerId',
  'currency',
  'totalMinor',
  'capturedMinor',
  'refundedMinor',
] as const satisfies readonly (keyof OrderRow)[];

const LINE_END = '\r\n';

export const CSV_HEADER = `${COLUMNS.join(',')}${LINE_END}`;

export function toCsvLine(row: OrderRow): string {
  return `${COLUMNS.map((column) => toField(row[column])).join(',')}${LINE_END}`;
}

/** Spreadsheets take what begins with one of these for a formula; as text it does no harm. */
const FORMULA = /^[=+\-@\t]/;

function toField(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
