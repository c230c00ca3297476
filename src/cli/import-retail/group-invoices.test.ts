import { expect, test } from '@jest/globals';
import { groupInvoices, invoiceTotalMinor } from './group-invoices.ts';
import type { RetailRecord, RetailRow } from './retail-row.ts';

function sale(line: number, part: Partial<RetailRow> = {}): RetailRecord {
  return {
    kind: 'sale',
    row: {
      line,
      invoice: '700001',
      sku: 'A1001',
      description: 'PAPER LANTERN',
      quantity: 6,
      occurredAtMs: 0,
      unitPriceMinor: 255,
      customerNumber: '90001',
      country: 'France',
      ...part,
    },
  };
}

test('puts all rows of an invoice together wherever they stand, in the order of the file', () => {
  const { sales } = groupInvoices([sale(2), sale(3, { invoice: '700002' }), sale(4, { sku: 'B2' })]);
  expect(sales.map(({ invoice, rows }) => [invoice, rows.map(({ line }) => line)])).toEqual([
    ['700001', [2, 4]],
    ['700002', [3]],
  ]);
});

test('keeps an item that is sold twice on one invoice as two lines, each at its price', () => {
  const { sales } = groupInvoices([sale(2), sale(3, { quantity: 1, unitPriceMinor: 300 })]);
  expect(sales[0]?.rows).toHaveLength(2);
  expect(sales.map(invoiceTotalMinor)).toEqual([6 * 255 + 300]);
});

test('puts invoices in the order of the clock, and of the file within a minute', () => {
  const { sales } = groupInvoices([
    sale(2, { invoice: '700003', occurredAtMs: 60_000 }),
    sale(3, { invoice: '700002', occurredAtMs: 60_000 }),
    sale(4, { invoice: '700001', occurredAtMs: 0 }),
  ]);
  expect(sales.map(({ invoice }) => invoice)).toEqual(['700001', '700003', '700002']);
});

test('takes customer, country and time from the first row of an invoice', () => {
  const { sales } = groupInvoices([
    sale(2, { occurredAtMs: 60_000 }),
    sale(3, { occurredAtMs: 120_000, customerNumber: null, country: 'EIRE' }),
  ]);
  expect(sales).toMatchObject([{ occurredAtMs: 60_000, customerNumber: '90001', country: 'France' }]);
});

test('needs of each item what all sales of it take together, and names it by its first description', () => {
  const { items } = groupInvoices([
    sale(2, { description: '' }),
    sale(3, { invoice: '700002', quantity: 4, unitPriceMinor: 300 }),
    sale(4, { sku: 'POST', description: '', quantity: 1, unitPriceMinor: 1800 }),
    sale(5, { sku: 'a1001', description: 'lantern', quantity: 1 }),
  ]);
  expect(items).toEqual([
    { sku: 'A1001', name: 'PAPER LANTERN', priceMinor: 255, demand: 10 },
    { sku: 'POST', name: 'POST', priceMinor: 1800, demand: 1 },
    { sku: 'a1001', name: 'lantern', priceMinor: 255, demand: 1 },
  ]);
});

test('needs nothing for what is cancelled or skipped', () => {
  const { row } = sale(2, { invoice: 'C700002', sku: 'B2' }) as { row: RetailRow };
  const plan = groupInvoices([
    { kind: 'cancellation', row },
    { kind: 'skipped', line: 3, invoice: '700009', reason: 'UnitPrice is zero' },
  ]);
  expect(plan.items).toEqual([]);
  expect(plan.cancellations.map(({ invoice }) => invoice)).toEqual(['C700002']);
});

test('counts every row, and every invoice number that can be read', () => {
  const plan = groupInvoices([
    sale(2),
    sale(3),
    { kind: 'skipped', line: 4, invoice: '700001', reason: 'UnitPrice is zero' },
    { kind: 'skipped', line: 5, invoice: '700009', reason: 'UnitPrice is zero' },
    { kind: 'skipped', line: 6, invoice: null, reason: 'has 1 columns instead of 8' },
  ]);
  expect(plan).toMatchObject({ rowsRead: 5, invoiceCount: 2 });
  expect(plan.skippedRows.map(({ line }) => line)).toEqual([4, 5, 6]);
});
