import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Reconciliation } from '../../../src/cli/import-retail/reconcile.ts';
import { stack, waitFor } from '../../support/stack.ts';
import { fileText, type RetailTestRow } from './retail-file.ts';
import { runJson, runTool, startTool } from './run-tool.ts';

jest.setTimeout(180_000);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'import-retail-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

interface ImportRun {
  readonly exitCode: number | null;
  readonly result: Reconciliation;
  readonly stderr: string;
}

async function runImport(...words: readonly string[]): Promise<ImportRun> {
  const { exitCode, json, stderr } = await runJson('import-retail', ...words);
  return { exitCode, result: json as Reconciliation, stderr };
}

async function get<Body>(path: string): Promise<Body> {
  const { apiUrl, keys } = stack();
  const response = await fetch(`${apiUrl}${path}`, { headers: { authorization: `Bearer ${keys.operator}` } });
  expect(response.status).toBe(200);
  return (await response.json()) as Body;
}

interface OrderAnswer {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly totals: { readonly total: { readonly amountMinor: number } };
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: unknown }[];
  readonly refunds: readonly { readonly reason: string; readonly amount: { readonly amountMinor: number } }[];
}

async function ordersOf(customerId: string): Promise<readonly OrderAnswer[]> {
  const page = await get<{ items: readonly OrderAnswer[] }>(`/v1/orders?customerId=${customerId}&limit=100`);
  return page.items;
}

const onHand = async (sku: string): Promise<number> =>
  (await get<{ onHand: number }>(`/v1/inventory/${encodeURIComponent(sku)}`)).onHand;

describe('a file with everything that the data set has', () => {
  const PRICE = 255;
  const rows: readonly (RetailTestRow | string)[] = [
    // 2, 3: an order with postage, cancelled as a whole below
    { invoice: '710001', sku: 'RI1001a', quantity: 6, price: '2.55', customer: '71001' },
    { invoice: '710001', sku: 'POST', quantity: 1, price: '18', customer: '71001', country: 'France' },
    // 4 to 6: one item twice, at different prices, and in the other case
    {
      invoice: '710002',
      sku: 'RI1002',
      quantity: 2,
      price: '1.25',
      customer: '71002',
      description: 'A "B", C',
    },
    { invoice: '710002', sku: 'RI1002', quantity: 1, price: '1.45', customer: '71002' },
    { invoice: '710002', sku: 'ri1002', quantity: 3, price: '0.1', customer: '71002', country: 'Atlantis' },
    // 7, 8: guests
    { invoice: '710003', sku: 'RI1002', quantity: 1, price: '2.51' },
    { invoice: '710004', sku: 'BANK CHARGES', quantity: 1, price: '15', country: 'EIRE' },
    // 9 to 12: rows that are no sales
    { invoice: '710005', sku: 'RI1003', quantity: 1, price: '0' },
    { invoice: '710006', sku: 'RI1003', quantity: -10, price: '0' },
    { invoice: '710007', sku: 'RI1003', quantity: 1, price: '0.001' },
    { invoice: 'A710008', sku: 'B', quantity: 1, price: '-11062.06' },
    // 13, 14: a damaged row in the middle of an order
    '710002,RI1002,THING,1,01/12/20',
    '710002,RI1002,"THING,1,01/12/2010 08:02,1.25,71002,United Kingdom',
    // 15: a refund of part of 710002, 16: of an item bought nowhere, 17: of nobody, 18: a discount
    { invoice: 'C710009', sku: 'RI1002', quantity: -1, price: '1.25', customer: '71002', minute: 5 },
    { invoice: 'C710010', sku: 'RI1009', quantity: -1, price: '1.25', customer: '71002', minute: 6 },
    { invoice: 'C710011', sku: 'RI1002', quantity: -1, price: '2.51', minute: 6 },
    { invoice: 'C710012', sku: 'D', quantity: -1, price: '27.50', customer: '71002', minute: 6 },
    // 19, 20: the whole of 710001
    { invoice: 'C710013', sku: 'RI1001A', quantity: -6, price: '2.55', customer: '71001', minute: 7 },
    { invoice: 'C710013', sku: 'POST', quantity: -1, price: '18.00', customer: '71001', minute: 7 },
    // 21 to 695: the longest order of the data set has 675 lines
    ...Array.from({ length: 675 }, (_, index) => ({
      invoice: '710014',
      sku: `RI2${index % 300}`,
      quantity: 1 + (index % 7),
      price: `${1 + (index % 9)}.0${index % 10}`,
      customer: '71003',
      minute: 8,
    })),
  ];
  const bigTotal = Array.from({ length: 675 }, (_, i) => (1 + (i % 7)) * ((1 + (i % 9)) * 100 + (i % 10)));
  const fileTotalMinor =
    6 * PRICE +
    1800 +
    (2 * 125 + 145 + 3 * 10) +
    251 +
    1500 +
    bigTotal.reduce((sum, amount) => sum + amount, 0);

  let path: string;
  let first: ImportRun;
  beforeAll(async () => {
    path = await write('everything.csv', fileText(rows));
    first = await runImport(path);
  });

  test('reconciles to the penny', () => {
    expect(first.result).toMatchObject({
      rowsRead: 694,
      invoices: 13,
      orders: { confirmed: 5, rejected: 0, pending: 0 },
      cancellations: { applied: 2, unmatched: 3, open: 0, fileTotalMinor: 3455, differenceMinor: 0 },
      fileTotalMinor,
      ordersTotalMinor: fileTotalMinor,
      differenceMinor: 0,
      refusedItems: [],
      stopped: null,
    });
    expect(first.exitCode).toBe(0);
  });

  test('names every row that it does not take by line and reason', () => {
    expect(first.result.skippedRows).toEqual([
      { line: 9, reason: expect.stringMatching(/UnitPrice is zero/) },
      { line: 10, reason: expect.stringMatching(/Quantity is negative/) },
      { line: 11, reason: expect.stringMatching(/part of a penny/) },
      { line: 12, reason: expect.stringMatching(/InvoiceNo "A710008"/) },
      { line: 13, reason: expect.stringMatching(/5 columns instead of 8/) },
      { line: 14, reason: expect.stringMatching(/never closed/) },
    ]);
    expect(first.result.unmatchedCancellationRows.map(({ line }) => line)).toEqual([16, 17, 18]);
  });

  test('places each invoice as one order, with a line for each row at the price of the row', async () => {
    const [order, ...others] = await ordersOf('cus_71002');
    expect(others).toEqual([]);
    const gbp = (amountMinor: number): unknown => ({ amountMinor, currency: 'GBP' });
    expect(order?.lines).toMatchObject([
      { sku: 'RI1002', quantity: 2, unitPrice: gbp(125) },
      { sku: 'RI1002', quantity: 1, unitPrice: gbp(145) },
      { sku: 'ri1002', quantity: 3, unitPrice: gbp(10) },
    ]);
    expect((await ordersOf('cus_71003')).map(({ lines }) => lines.length)).toEqual([675]);
  });

  test('places the orders of guests for customers of their own', async () => {
    const guests = [await ordersOf('cus_guest_710003'), await ordersOf('cus_guest_710004')];
    expect(guests.map((orders) => orders.map(({ totals }) => totals.total.amountMinor))).toEqual([
      [251],
      [1500],
    ]);
  });

  test('gives back what was cancelled in part, and all of what was cancelled as a whole', async () => {
    const [partly] = await ordersOf('cus_71002');
    expect(partly?.refunds).toMatchObject([{ reason: 'retail C710009', amount: { amountMinor: 125 } }]);
    const [wholly] = await ordersOf('cus_71001');
    const isCancelled = wholly?.status === 'cancelled';
    const isRefunded = wholly?.refunds.some(({ amount }) => amount.amountMinor === 6 * PRICE + 1800);
    // Whether it had left the house by then is the carrier's matter; either way nothing of it is kept.
    expect(isCancelled || isRefunded).toBe(true);
    expect(first.result.cancellations).toMatchObject({
      ordersCancelled: isCancelled ? 1 : 0,
      refunds: isCancelled ? 1 : 2,
    });
  });

  test('says on stderr how far it is, and nothing on stdout but the document', () => {
    expect(first.stderr).toMatch(/Items and stock[\s\S]*Orders and cancellations[\s\S]*Reconciliation/);
    expect(first.stderr).toMatch(/7 of 7, [\d.]+ per second/);
  });

  test('changes nothing when it is run again', async () => {
    const customers = ['cus_71001', 'cus_71002', 'cus_71003', 'cus_guest_710003', 'cus_guest_710004'];
    const settled = async (): Promise<readonly (readonly OrderAnswer[])[] | false> => {
      const orders = await Promise.all(customers.map(ordersOf));
      return orders.flat().every(({ status }) => status === 'completed' || status === 'cancelled') && orders;
    };
    const before = await waitFor(settled, { what: 'the orders to come to rest', timeoutMs: 60_000 });
    const stockBefore = await Promise.all(['RI1002', 'RI1001a', 'POST', 'RI20'].map(onHand));

    const second = await runImport(path);

    expect(second.result).toEqual(first.result);
    expect(second.exitCode).toBe(0);
    expect(await Promise.all(customers.map(ordersOf))).toEqual(before);
    expect(await Promise.all(['RI1002', 'RI1001a', 'POST', 'RI20'].map(onHand))).toEqual(stockBefore);
  });

  test('is told to a person with sums in pounds', async () => {
    const { exitCode, stdout } = await runTool('import-retail', path);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/5 confirmed, 0 rejected, 0 pending[\s\S]*£0\.00[\s\S]*Everything reconciles\./);
  });
});

/** Many small orders of one item, from invoice `first` on. */
function manyOrders(first: number, count: number, sku: string): RetailTestRow[] {
  return Array.from({ length: count }, (_, index) => ({
    invoice: String(first + index),
    sku,
    quantity: 1,
    price: '1.10',
    customer: String(first),
    minute: index,
  }));
}

describe('an import that does not come to its end', () => {
  const hasPlaced =
    (customerId: string, count: number): (() => Promise<boolean>) =>
    async () =>
      (await ordersOf(customerId)).length >= count;

  test('is completed by running it again after kill -9', async () => {
    const rows = manyOrders(720_000, 40, 'RI3001');
    const back = {
      invoice: 'C720100',
      sku: 'RI3001',
      quantity: -1,
      price: '1.10',
      customer: '720000',
      minute: 50,
    };
    const path = await write('killed.csv', fileText([...rows, back]));

    const killed = startTool(['import-retail', path, '--json', '--concurrency', '2']);
    await waitFor(hasPlaced('cus_720000', 5), { what: 'some orders', timeoutMs: 60_000 });
    killed.process.kill('SIGKILL');
    expect((await killed.ended).stdout).toBe('');

    const { exitCode, result } = await runImport(path);
    expect(result).toMatchObject({
      orders: { confirmed: 40, rejected: 0, pending: 0 },
      cancellations: { applied: 1, unmatched: 0, open: 0, appliedTotalMinor: 110 },
      fileTotalMinor: 4400,
      differenceMinor: 0,
    });
    expect(exitCode).toBe(0);
    expect(await ordersOf('cus_720000')).toHaveLength(40);
  });

  test('ends with a report of what was done when it is stopped, and goes on from there', async () => {
    const path = await write('stopped.csv', fileText(manyOrders(730_000, 40, 'RI3002')));

    // The file's 40 minutes take 40 seconds, so it is under way for long enough to be stopped.
    const stopped = startTool(['import-retail', path, '--json', '--speed', '60']);
    await waitFor(hasPlaced('cus_730000', 2), { what: 'some orders', timeoutMs: 60_000 });
    stopped.process.kill('SIGINT');
    const { exitCode, stdout } = await stopped.ended;
    const result = JSON.parse(stdout) as Reconciliation;
    expect(exitCode).toBe(1);
    expect(result.stopped).toBe('Stopped by Ctrl+C.');
    expect(result.orders.confirmed).toBeGreaterThan(0);
    expect(result.orders.pending).toBe(40 - result.orders.confirmed);
    expect(result.differenceMinor).toBe(0);

    const second = await runImport(path);
    expect(second.result.orders).toEqual({ confirmed: 40, rejected: 0, pending: 0 });
    expect(second.exitCode).toBe(0);
  });
});

describe('stock', () => {
  test('of a fixed number rejects the orders that it is not enough for, and counts them on neither side', async () => {
    const path = await write('short.csv', fileText(manyOrders(740_000, 5, 'RI4001')));
    const { exitCode, result } = await runImport(path, '--stock', '3');
    expect(result).toMatchObject({
      orders: { confirmed: 3, rejected: 2, pending: 0 },
      fileTotalMinor: 330,
      ordersTotalMinor: 330,
      differenceMinor: 0,
    });
    expect(result.rejectedOrders.map(({ code, isDecision }) => [code, isDecision])).toEqual([
      ['OUT_OF_STOCK', true],
      ['OUT_OF_STOCK', true],
    ]);
    expect(exitCode).toBe(0);
  });

  test('is added to an item that is there without replacing its name and prices', async () => {
    const put = await runTool(
      'items',
      'put',
      'RI4002',
      '--name',
      'Ours',
      '--price',
      'GBP=999',
      '--price',
      'EUR=5',
    );
    expect(put.exitCode).toBe(0);
    const path = await write('known-item.csv', fileText(manyOrders(750_000, 2, 'RI4002')));
    const { result } = await runImport(path);
    expect(result).toMatchObject({ fileTotalMinor: 220, ordersTotalMinor: 220 });
    const item = await get<{ name: string; prices: unknown }>('/v1/items/RI4002');
    expect(item).toMatchObject({ name: 'Ours' });
    expect(item.prices).toHaveLength(2);
  });
});

describe('an invoice that the service knows with other lines', () => {
  test('is listed and fails the run, and the others are placed', async () => {
    const rows = manyOrders(760_000, 3, 'RI5001');
    const cutOff = await write('cut-off.csv', fileText(rows.slice(0, 1)));
    expect((await runImport(cutOff)).exitCode).toBe(0);

    const more = { ...rows[0], sku: 'RI5002' } as RetailTestRow;
    const whole = await write('whole.csv', fileText([...rows, more]));
    const { exitCode, result } = await runImport(whole);
    expect(result.orders).toEqual({ confirmed: 2, rejected: 1, pending: 0 });
    expect(result.rejectedOrders).toMatchObject([
      { invoice: '760000', line: 2, code: 'IDEMPOTENCY_KEY_REUSED', isDecision: false },
    ]);
    expect(result.differenceMinor).toBe(0);
    expect(exitCode).toBe(1);
  });
});
