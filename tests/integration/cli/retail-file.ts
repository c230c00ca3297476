/** Files in the format of the data set with made-up rows. */

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

export interface RetailTestRow {
  readonly invoice: string;
  readonly sku: string;
  readonly quantity: number;
  /** As it stands in the file. */
  readonly price: string;
  readonly description?: string;
  /** Empty for a guest. */
  readonly customer?: string;
  readonly country?: string;
  /** Minutes after the first invoice. */
  readonly minute?: number;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** One row as the file has it; a description with a comma or a quote is quoted. */
export function rowText(row: RetailTestRow): string {
  const minutes = 8 * 60 + (row.minute ?? 0);
  const time = `01/12/2010 ${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
  const description = row.description ?? `THING ${row.sku}`;
  const quoted = /[",\n]/.test(description) ? `"${description.replaceAll('"', '""')}"` : description;
  const { invoice, sku, quantity, price, customer = '', country = 'United Kingdom' } = row;
  return [invoice, sku, quoted, quantity, time, price, customer, country].join(',');
}

/** A whole file with CRLF, as the published one has. */
export function fileText(rows: readonly (RetailTestRow | string)[]): string {
  return [HEADER, ...rows.map((row) => (typeof row === 'string' ? row : rowText(row))), ''].join('\r\n');
}
