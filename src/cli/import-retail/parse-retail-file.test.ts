import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseRetailFile } from './parse-retail-file.ts';
import { MAX_LINE_BYTES } from './read-lines.ts';
import type { RetailRecord, RetailRow } from './retail-row.ts';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const GOOD = '700001,A1001,PAPER LANTERN,6,01/12/2010 08:26,2.55,90001,United Kingdom';

let directory: string;
let fileCount = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'retail-parse-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function parseBytes(content: string | Buffer): Promise<readonly RetailRecord[]> {
  fileCount += 1;
  const path = join(directory, `${fileCount}.csv`);
  await writeFile(path, content);
  return (await parseRetailFile(path)).records;
}

const parseRows = (...rows: readonly string[]): Promise<readonly RetailRecord[]> =>
  parseBytes([HEADER, ...rows, ''].join('\r\n'));

function rowsOf(records: readonly RetailRecord[]): RetailRow[] {
  return records.flatMap((record) => (record.kind === 'skipped' ? [] : [record.row]));
}

function skippedOf(records: readonly RetailRecord[]): [line: number, reason: string][] {
  return records.flatMap((record) => (record.kind === 'skipped' ? [[record.line, record.reason]] : []));
}

describe('a file as it should be', () => {
  test('reads a sale with its line, time and pence', async () => {
    expect(await parseRows(GOOD)).toEqual([
      {
        kind: 'sale',
        row: {
          line: 2,
          invoice: '700001',
          sku: 'A1001',
          description: 'PAPER LANTERN',
          quantity: 6,
          occurredAtMs: Date.UTC(2010, 11, 1, 8, 26),
          unitPriceMinor: 255,
          customerNumber: '90001',
          country: 'United Kingdom',
        },
      },
    ]);
  });

  test('reads a cancellation with its units counted above zero', async () => {
    const [record] = await parseRows('C700002,A1001,PAPER LANTERN,-2,01/12/2010 09:00,2.55,90001,EIRE');
    expect(record).toMatchObject({ kind: 'cancellation', row: { invoice: 'C700002', quantity: 2 } });
  });

  test('takes a missing customer for a guest', async () => {
    const [record] = await parseRows('700001,A1001,PAPER LANTERN,6,01/12/2010 08:26,2.55,,United Kingdom');
    expect(record).toMatchObject({ kind: 'sale', row: { customerNumber: null } });
  });

  test('keeps stock codes that differ in case, in blanks or in kind as they stand', async () => {
    const codes = ['A1001g', 'A1001G', 'POST', 'BANK CHARGES', 'gift_0001_20', 'C2'];
    const records = await parseRows(
      ...codes.map((code) => `700001,${code},THING,1,01/12/2010 08:26,1,90001,France`),
    );
    expect(rowsOf(records).map(({ sku }) => sku)).toEqual(codes);
  });

  test('reads quoted commas, doubled quotes and blanks around text', async () => {
    const records = await parseRows(
      '700001,A1001," FRAME 7"" SIZE, RED ",6,01/12/2010 08:26,2.55,90001,United Kingdom',
    );
    expect(rowsOf(records)[0]?.description).toBe('FRAME 7" SIZE, RED');
  });

  test('reads LF as well as CRLF, a byte order mark, blank lines and a last line without an end', async () => {
    const records = await parseBytes(`\uFEFF${HEADER}\n${GOOD}\n\n${GOOD}`);
    expect(rowsOf(records).map(({ line }) => line)).toEqual([2, 4]);
    expect(records).toHaveLength(2);
  });

  test('follows the header when columns stand in another order', async () => {
    const records = await parseBytes(
      'Country,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo\n' +
        'France,90001,2.55,01/12/2010 08:26,6,PAPER LANTERN,A1001,700001\n',
    );
    expect(rowsOf(records)).toMatchObject([{ invoice: '700001', country: 'France', unitPriceMinor: 255 }]);
  });

  test('counts lines on behind a quoted line break', async () => {
    const records = await parseRows(
      '700001,A1001,"PAPER\r\nLANTERN",6,01/12/2010 08:26,2.55,90001,United Kingdom',
      GOOD,
    );
    expect(rowsOf(records).map(({ line, description }) => [line, description])).toEqual([
      [2, 'PAPER LANTERN'],
      [4, 'PAPER LANTERN'],
    ]);
  });

  test('gives the same digest for the same bytes only', async () => {
    const paths = ['a', 'b', 'c'].map((name) => join(directory, `digest-${name}.csv`));
    const contents = [`${HEADER}\n${GOOD}\n`, `${HEADER}\n${GOOD}\n`, `${HEADER}\n${GOOD}`];
    await Promise.all(paths.map((path, index) => writeFile(path, contents[index] ?? '')));
    const [first, same, other] = await Promise.all(
      paths.map(async (path) => (await parseRetailFile(path)).digest),
    );
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(same).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('rows that are not taken', () => {
  const cases: readonly (readonly [what: string, row: string, reason: RegExp])[] = [
    ['a price of zero', '700001,A1,THING,6,01/12/2010 08:26,0,90001,France', /UnitPrice is zero/],
    ['a price below zero', '700001,A1,THING,6,01/12/2010 08:26,-5.00,90001,France', /UnitPrice is negative/],
    ['a part of a penny', '700001,A1,THING,6,01/12/2010 08:26,0.001,90001,France', /part of a penny/],
    ['a price that is no number', '700001,A1,THING,6,01/12/2010 08:26,2;55,90001,France', /not a decimal/],
    ['a price with an exponent', '700001,A1,THING,6,01/12/2010 08:26,1e2,90001,France', /not a decimal/],
    ['a price without end', `700001,A1,THING,6,01/12/2010 08:26,${'9'.repeat(30)},1,France`, /too large/],
    [
      'units below zero on a sale',
      '700001,A1,THING,-6,01/12/2010 08:26,2.55,,France',
      /Quantity is negative/,
    ],
    ['no units', '700001,A1,THING,0,01/12/2010 08:26,2.55,90001,France', /Quantity is zero/],
    [
      'units above zero on a cancellation',
      'C700001,A1,THING,6,01/12/2010 08:26,2.55,1,France',
      /positive on a/,
    ],
    [
      'half a unit',
      '700001,A1,THING,1.5,01/12/2010 08:26,2.55,90001,France',
      /Quantity "1.5" is not a whole/,
    ],
    [
      'more units than a line holds',
      '700001,A1,X,1000001,01/12/2010 08:26,2.55,90001,France',
      /at most 1000000/,
    ],
    [
      'more money than a line holds',
      '700001,A1,X,1,01/12/2010 08:26,1000000000.01,1,France',
      /UnitPrice .* at most/,
    ],
    [
      'more money than a row holds',
      '700001,A1,X,1000000,01/12/2010 08:26,1000000,1,France',
      /Quantity times/,
    ],
    ['a day that does not exist', '700001,A1,THING,6,31/02/2010 08:26,2.55,90001,France', /InvoiceDate/],
    ['an hour that does not exist', '700001,A1,THING,6,01/12/2010 24:00,2.55,90001,France', /InvoiceDate/],
    [
      'month and day the other way round',
      '700001,A1,THING,6,12/31/2010 08:26,2.55,90001,France',
      /InvoiceDate/,
    ],
    ['a date without leading zeros', '700001,A1,THING,6,1/12/2010 8:26,2.55,90001,France', /InvoiceDate/],
    ['an adjustment', 'A700001,B,Adjust bad debt,1,01/12/2010 08:26,11062.06,,France', /InvoiceNo "A700001"/],
    ['an invoice number that is none', '70001,A1,THING,6,01/12/2010 08:26,2.55,90001,France', /InvoiceNo/],
    ['no stock code', '700001,,THING,6,01/12/2010 08:26,2.55,90001,France', /StockCode is empty/],
    ['a stock code in no letters', '700001,\u0001\u0002,X,6,01/12/2010 08:26,2.55,90001,France', /StockCode/],
    ['a customer that is no number', '700001,A1,THING,6,01/12/2010 08:26,2.55,9000x,France', /CustomerID/],
    ['a column too few', '700001,A1,THING,6,01/12/2010 08:26,2.55,90001', /has 7 columns instead of 8/],
    ['a column too many', `${GOOD},more`, /has 9 columns instead of 8/],
    ['nothing like a row', '\u0000\u0007%PDF', /has 1 columns instead of 8/],
    [
      'a quote within a field',
      '700001,A1,FRAME 7" SIZE,6,01/12/2010 08:26,2.55,90001,France',
      /quotation mark/,
    ],
    [
      'text behind a closing quote',
      '700001,A1,"FRAME" SIZE,6,01/12/2010 08:26,2.55,1,France',
      /quotation mark/,
    ],
  ];

  test.each(cases)('reports %s and takes the rows around it', async (_what, row, reason) => {
    const records = await parseRows(GOOD, row, GOOD);
    expect(skippedOf(records)).toEqual([[3, expect.stringMatching(reason)]]);
    expect(rowsOf(records).map(({ line }) => line)).toEqual([2, 4]);
  });

  test('names everything that is wrong with a row', async () => {
    const records = await parseRows('7,,THING,x,yesterday,free,somebody,France');
    const [, reason] = skippedOf(records)[0] ?? [];
    for (const column of ['InvoiceNo', 'StockCode', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID']) {
      expect(reason).toContain(column);
    }
  });

  test('keeps the invoice number of a row that is not taken, when it has one', async () => {
    const records = await parseRows(
      '700001,A1,THING,6,01/12/2010 08:26,0,90001,France',
      '7,A1,THING,6,01/12/2010 08:26,0,90001,France',
    );
    expect(records).toMatchObject([{ invoice: '700001' }, { invoice: null }]);
  });
});

describe('damaged files', () => {
  test('loses one row to a quote that is never closed, not the rest of the file', async () => {
    const open = '700002,A1001,"PAPER LANTERN,6,01/12/2010 08:26,2.55,90001,United Kingdom';
    const quoted = '700003,A1001,"LANTERN, RED",6,01/12/2010 08:26,2.55,90001,United Kingdom';
    const records = await parseRows(GOOD, open, GOOD, quoted, GOOD);
    expect(skippedOf(records)).toEqual([[3, expect.stringMatching(/opened and never closed/)]]);
    expect(rowsOf(records).map(({ line }) => line)).toEqual([2, 4, 5, 6]);
  });

  test('takes lines apart again when an open quote joined what are no rows', async () => {
    const records = await parseRows('x,"y', 'half a line', 'another "half', GOOD);
    expect(skippedOf(records).map(([line]) => line)).toEqual([2, 3, 4]);
    expect(rowsOf(records).map(({ line }) => line)).toEqual([5]);
  });

  test('gives up on a quoted field that runs over too many lines', async () => {
    const records = await parseRows('x,"y', ...Array.from({ length: 30 }, () => 'more'), GOOD);
    expect(skippedOf(records)).toHaveLength(31);
    expect(rowsOf(records).map(({ line }) => line)).toEqual([33]);
  });

  test.each([
    ['in the middle of a column', GOOD.slice(0, 40)],
    ['within quotes', '700001,A1001,"PAPER LAN'],
  ])('reports a last line that is cut off %s', async (_where, last) => {
    const records = await parseBytes(`${HEADER}\r\n${GOOD}\r\n${last}`);
    expect(skippedOf(records)).toEqual([[3, expect.stringMatching(/the file ends in this row$/)]]);
    expect(rowsOf(records)).toHaveLength(1);
  });

  test('reads bytes that are not UTF-8 without losing the row', async () => {
    const latin1 = Buffer.from(GOOD.replace('PAPER', 'CAF\u00c9 \u00a35'), 'latin1');
    const records = await parseBytes(
      Buffer.concat([Buffer.from(`${HEADER}\n`), latin1, Buffer.from(`\n${GOOD}\n`)]),
    );
    expect(rowsOf(records).map(({ description }) => description)).toEqual([
      'CAFÉ £5 LANTERN',
      'PAPER LANTERN',
    ]);
  });

  test('takes control characters and direction marks out of names', async () => {
    const records = await parseRows(GOOD.replace('PAPER', 'PA\u0000PER\u001b[31m \u202eTIED'));
    expect(rowsOf(records)[0]?.description).toBe('PA PER [31m TIED LANTERN');
  });

  test('reports random bytes line by line and takes the rows around them', async () => {
    const garbage = Buffer.from(Array.from({ length: 300 }, (_, index) => 128 + ((index * 37) % 128)));
    const records = await parseBytes(
      Buffer.concat([Buffer.from(`${HEADER}\n${GOOD}\n`), garbage, Buffer.from(`\n${GOOD}\n`)]),
    );
    expect(skippedOf(records)).toHaveLength(1);
    expect(rowsOf(records).map(({ line }) => line)).toEqual([2, 4]);
  });

  test('reports a line that no row can be as long as, without keeping it', async () => {
    const records = await parseRows(
      GOOD,
      'x'.repeat(MAX_LINE_BYTES + 1),
      'y'.repeat(5 * MAX_LINE_BYTES),
      GOOD,
    );
    expect(skippedOf(records)).toEqual([
      [3, expect.stringMatching(/longer/)],
      [4, expect.stringMatching(/longer/)],
    ]);
    expect(rowsOf(records)).toHaveLength(2);
  });

  test('loses one line to a damaged header and reads the rest in the usual order of columns', async () => {
    const records = await parseBytes(`Invo#ceNo;StockC\n${GOOD}\n`);
    expect(skippedOf(records).map(([line]) => line)).toEqual([1]);
    expect(rowsOf(records).map(({ line }) => line)).toEqual([2]);
  });

  test('takes a first line that is a row for a row', async () => {
    expect(rowsOf(await parseBytes(`${GOOD}\n${GOOD}\n`)).map(({ line }) => line)).toEqual([1, 2]);
  });

  test('finds nothing in an empty file', async () => {
    expect(await parseBytes('')).toEqual([]);
  });

  test('fails for a file that is not there', async () => {
    await expect(parseRetailFile(join(directory, 'missing.csv'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
