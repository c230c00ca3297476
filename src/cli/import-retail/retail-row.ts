/**
 * One row of the data set, checked field by field. Every row ends as a sale, as a cancellation, or skipped with the reason
 * that a person needs to find and judge it.
 */

/** The columns of the file, in their usual order. */
export const RETAIL_COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;
export type RetailColumn = (typeof RETAIL_COLUMNS)[number];
export type RetailFields = Readonly<Record<RetailColumn, string>>;

/** What a row of either kind says. */
export interface RetailRow {
  /** Where the row begins in the file; the header is line 1. */
  readonly line: number;
  /** `536365`, or `C536379` for a cancellation. */
  readonly invoice: string;
  /** The stock code as it stands in the file; codes that differ in case only are different items. */
  readonly sku: string;
  readonly description: string;
  /** Always above zero: a cancellation's units are counted, not signed. */
  readonly quantity: number;
  /** The file's clock without a zone, read as UTC; milliseconds since 1970. */
  readonly occurredAtMs: number;
  /** Pence, above zero. */
  readonly unitPriceMinor: number;
  /** Digits, or null for a guest. */
  readonly customerNumber: string | null;
  readonly country: string;
}

export type RetailRecord = { readonly kind: 'sale' | 'cancellation'; readonly row: RetailRow } | SkippedRow;

/** A row that is not taken. */
export interface SkippedRow {
  readonly kind: 'skipped';
  readonly line: number;
  /** Null when the row has no invoice number that can be read. */
  readonly invoice: string | null;
  readonly reason: string;
}

/** What a line of an order holds at most; a row above it would cost its whole order. */
const MAX_QUANTITY = 1_000_000;
const MAX_UNIT_PRICE_MINOR = 100_000_000_000;
/** Keeps the sum of every invoice within what a number holds exactly. */
const MAX_ROW_TOTAL_MINOR = 1_000_000_000_000;

const DATE_PATTERN = /^(\d{2})\/(\d{2})\/(\d{4}) (\d{2}):(\d{2})$/;
const PRICE_PATTERN = /^(-?)(\d+)(?:\.(\d+))?$/;

/** What a field cannot be read as; collected, so that a row names all that is wrong with it. */
class FieldProblem extends Error {}

/** The offending text as a reader can see it, control characters escaped, long text cut. */
function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/**
 * A decimal price in pounds as pence, by integer arithmetic on its digits.
 *
 * @throws FieldProblem when it is no decimal number, or has a part of a penny
 */
export function priceToMinor(text: string): number {
  const match = PRICE_PATTERN.exec(text);
  if (!match) throw new FieldProblem(`UnitPrice ${shown(text)} is not a decimal number`);
  const [, sign, whole = '', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(2))) {
    throw new FieldProblem(`UnitPrice ${shown(text)} has a part of a penny, which money here cannot hold`);
  }
  const pence = Number(whole + fraction.slice(0, 2).padEnd(2, '0'));
  if (!Number.isSafeInteger(pence)) throw new FieldProblem(`UnitPrice ${shown(text)} is too large`);
  return sign === '-' && pence !== 0 ? -pence : pence;
}

function quantityOf(text: string): number {
  const quantity = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(quantity))
    throw new FieldProblem(`Quantity ${shown(text)} is not a whole number`);
  return quantity;
}

function timeOf(text: string): number {
  const match = DATE_PATTERN.exec(text);
  const [day, month, year, hour, minute] = (match ?? []).slice(1).map(Number);
  const time = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day ?? 0, hour ?? 0, minute ?? 0));
  // A date that does not exist, such as 31/02, comes back as another one.
  const exists =
    match !== null &&
    time.getUTCDate() === day &&
    time.getUTCMonth() + 1 === month &&
    time.getUTCHours() === hour &&
    time.getUTCMinutes() === minute;
  if (!exists)
    throw new FieldProblem(`InvoiceDate ${shown(text)} is not a date of the form dd/mm/yyyy hh:mm`);
  return time.getTime();
}

function invoiceOf(text: string): string {
  if (!/^C?\d{6}$/.test(text)) {
    throw new FieldProblem(
      `InvoiceNo ${shown(text)} is neither a sale (6 digits) nor a cancellation (C and 6 digits)`,
    );
  }
  return text;
}

/** What the service takes as a sku; a row with another one would cost its whole order. */
function skuOf(text: string): string {
  if (text === '') throw new FieldProblem('StockCode is empty');
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9 _.-]{0,62}[A-Za-z0-9_.-])?$/.test(text)) {
    throw new FieldProblem(`StockCode ${shown(text)} is not 1 to 64 letters, digits, blanks and _ . -`);
  }
  return text;
}

function customerOf(text: string): string | null {
  if (text === '') return null;
  if (!/^\d{1,12}$/.test(text)) throw new FieldProblem(`CustomerID ${shown(text)} is not a number`);
  return text;
}

/** Text for people only: marks that no store or terminal should meet (control, direction, lone surrogates) become blanks. */
function plainText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Why a row that can be read is nevertheless not taken; null when it is. */
function refusalOf(isCancellation: boolean, quantity: number, unitPriceMinor: number): string | null {
  if (quantity === 0) return 'Quantity is zero';
  if (isCancellation && quantity > 0) return 'Quantity is positive on a cancellation';
  if (!isCancellation && quantity < 0) {
    return 'Quantity is negative outside a cancellation: a correction of stock, not a sale';
  }
  if (unitPriceMinor < 0) return 'UnitPrice is negative';
  if (unitPriceMinor === 0) return 'UnitPrice is zero: nothing was sold for money';
  if (Math.abs(quantity) > MAX_QUANTITY) return `Quantity may be at most ${MAX_QUANTITY}`;
  if (unitPriceMinor > MAX_UNIT_PRICE_MINOR) return `UnitPrice may be at most ${MAX_UNIT_PRICE_MINOR} pence`;
  if (Math.abs(quantity) * unitPriceMinor > MAX_ROW_TOTAL_MINOR)
    return `Quantity times UnitPrice may be at most ${MAX_ROW_TOTAL_MINOR} pence`;
  return null;
}

/**
 * Checks one row. A field that cannot be read, and a row that is neither sale nor cancellation, is answered as skipped.
 */
export function readRetailRow(line: number, fields: RetailFields): RetailRecord {
  const problems: string[] = [];
  const read = <Value>(reader: (text: string) => Value, column: RetailColumn): Value | undefined => {
    try {
      return reader(fields[column].trim());
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const invoice = read(invoiceOf, 'InvoiceNo');
  const sku = read(skuOf, 'StockCode');
  const quantity = read(quantityOf, 'Quantity');
  const occurredAtMs = read(timeOf, 'InvoiceDate');
  const unitPriceMinor = read(priceToMinor, 'UnitPrice');
  const customerNumber = read(customerOf, 'CustomerID');
  if (
    invoice === undefined ||
    sku === undefined ||
    quantity === undefined ||
    occurredAtMs === undefined ||
    unitPriceMinor === undefined ||
    customerNumber === undefined
  ) {
    return { kind: 'skipped', line, invoice: invoice ?? null, reason: problems.join('; ') };
  }
  const isCancellation = invoice.startsWith('C');
  const refusal = refusalOf(isCancellation, quantity, unitPriceMinor);
  if (refusal !== null) return { kind: 'skipped', line, invoice, reason: refusal };
  return {
    kind: isCancellation ? 'cancellation' : 'sale',
    row: {
      line,
      invoice,
      sku,
      description: plainText(fields.Description),
      quantity: Math.abs(quantity),
      occurredAtMs,
      unitPriceMinor,
      customerNumber,
      country: plainText(fields.Country),
    },
  };
}
