/**
 * The data set's CSV as a stream of sales, cancellations and skipped rows. A damaged row is reported by its line and
 * costs no other row: a quote that is opened and never closed would otherwise swallow the rest of the file.
 */
import { createHash } from 'node:crypto';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { readLines, type NumberedLine } from './read-lines.ts';
import { RETAIL_COLUMNS, readRetailRow, type RetailFields, type RetailRecord } from './retail-row.ts';

/** A quoted field may hold line breaks; a row over more lines than this is a quote that was never closed. */
const MAX_LINES_IN_ROW = 20;

/** How a row of the data set begins. A line that begins so is never the continuation of the row before it. */
const ROW_START = /^"?[A-Za-z]?\d{6}"?,/;

export interface ParsedRetailFile {
  /** One for each row of data, readable or not; the header is not one. */
  readonly records: readonly RetailRecord[];
  /** SHA-256 of the file, hex. */
  readonly digest: string;
}

type Columns = readonly string[];

/** The fields of one row, or why it is not a row of CSV. */
function splitRow(text: string): { readonly fields: Columns } | { readonly problem: string } {
  try {
    const rows = parse(text, { relax_column_count: true, record_delimiter: ['\r\n', '\n'] });
    const [fields] = rows;
    return rows.length === 1 && fields !== undefined ? { fields } : { problem: 'is not one row of CSV' };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED')
      return { problem: 'a quotation mark is opened and never closed' };
    return { problem: 'a quotation mark stands where none can be' };
  }
}

const quoteCount = (text: string): number => text.split('"').length - 1;

/** A row that may be spread over several lines, as text with the number of its first line. */
interface RawRow {
  readonly line: number;
  /** Null when it is longer than any row can be. */
  readonly text: string | null;
  /** The file ends within this row, or at its end without a line end. */
  readonly endsFile: boolean;
}

/** Puts lines together while a quoted field is open, and takes them apart again when that makes no row. */
async function* joinQuotedLines(lines: AsyncIterable<NumberedLine>): AsyncGenerator<RawRow> {
  let open: NumberedLine[] = [];
  const releaseOpen = (): RawRow[] => {
    const released = open.map(({ number, text, terminated }) => ({
      line: number,
      text,
      endsFile: !terminated,
    }));
    open = [];
    return released;
  };
  for await (const line of lines) {
    const startsRow = line.text === null || ROW_START.test(line.text);
    if (open.length > 0 && (startsRow || open.length >= MAX_LINES_IN_ROW)) yield* releaseOpen();
    if (line.text === null) {
      yield { line: line.number, text: null, endsFile: !line.terminated };
      continue;
    }
    open.push(line);
    const text = open.map((part) => part.text ?? '').join('\n');
    if (quoteCount(text) % 2 === 1) continue;
    const row = splitRow(text);
    if (open.length === 1 || ('fields' in row && row.fields.length >= RETAIL_COLUMNS.length)) {
      yield { line: open[0]?.number ?? line.number, text, endsFile: !line.terminated };
      open = [];
    } else yield* releaseOpen();
  }
  yield* releaseOpen();
}

/** Where each column stands, or null when this is no header. */
function readHeader(fields: Columns): ReadonlyMap<string, number> | null {
  const positions = new Map(fields.map((name, index) => [name.trim().toLowerCase(), index]));
  return RETAIL_COLUMNS.every((column) => positions.has(column.toLowerCase())) ? positions : null;
}

const USUAL_HEADER = new Map(RETAIL_COLUMNS.map((column, index) => [column.toLowerCase(), index]));

function toFields(values: Columns, header: ReadonlyMap<string, number>): RetailFields {
  const value = (column: string): string => values[header.get(column.toLowerCase()) ?? -1] ?? '';
  return {
    InvoiceNo: value('InvoiceNo'),
    StockCode: value('StockCode'),
    Description: value('Description'),
    Quantity: value('Quantity'),
    InvoiceDate: value('InvoiceDate'),
    UnitPrice: value('UnitPrice'),
    CustomerID: value('CustomerID'),
    Country: value('Country'),
  };
}

/**
 * The rows of a stream of lines, one record each, in the order of the file; blank lines are no rows.
 *
 * A first line that is not the header is taken as data under the usual order of columns, so that a damaged header costs
 * one reported line and no row.
 */
export async function* parseRetailLines(lines: AsyncIterable<NumberedLine>): AsyncGenerator<RetailRecord> {
  let header: ReadonlyMap<string, number> = USUAL_HEADER;
  let isFirst = true;
  for await (const { line, text, endsFile } of joinQuotedLines(lines)) {
    const mayBeHeader = isFirst;
    isFirst = false;
    const skipped = (reason: string): RetailRecord => ({
      kind: 'skipped',
      line,
      invoice: null,
      reason: endsFile ? `${reason}; the file ends in this row` : reason,
    });
    if (text === null) {
      yield skipped('is longer than any row can be');
      continue;
    }
    if (text.trim() === '') continue;
    const row = splitRow(text);
    const named = mayBeHeader && 'fields' in row ? readHeader(row.fields) : null;
    if ('problem' in row) yield skipped(row.problem);
    else if (named !== null) header = named;
    else if (row.fields.length !== header.size) {
      yield skipped(`has ${row.fields.length} columns instead of ${header.size}: cut off or garbled`);
    } else yield readRetailRow(line, toFields(row.fields, header));
  }
}

/**
 * Reads a whole file.
 * @throws the error of the file system when the file cannot be read
 */
export async function parseRetailFile(path: string): Promise<ParsedRetailFile> {
  const hash = createHash('sha256');
  const records: RetailRecord[] = [];
  for await (const record of parseRetailLines(readLines(path, hash))) records.push(record);
  return { records, digest: hash.digest('hex') };
}
