import { describe, expect, test } from '@jest/globals';
import type { OrderReply } from '../api/api-replies.ts';
import { groupInvoices } from './group-invoices.ts';
import { matchCancellations } from './match-cancellations.ts';
import type { SaleOutcome } from './place-invoices.ts';
import { isReconciled, reconcile, type ImportState } from './reconcile.ts';
import { reportText } from './report-text.ts';
import { readRetailRow, RETAIL_COLUMNS, type RetailFields } from './retail-row.ts';

const FILE = `700001,A,LANTERN,6,01/12/2010 08:26,2.55,90001,France
700001,POST,POSTAGE,1,01/12/2010 08:26,18,90001,France
700002,A,LANTERN,2,01/12/2010 08:30,2.55,,France
700003,B,CANDLE,1,01/12/2010 08:31,0,90001,France
C700004,A,LANTERN,-6,01/12/2010 09:00,2.55,90001,France
C700005,D,Discount,-1,01/12/2010 09:01,27.5,90001,France`;

const records = FILE.split('\n').map((text, index) => {
  const values = text.split(',');
  const fields = Object.fromEntries(RETAIL_COLUMNS.map((column, at) => [column, values[at]]));
  return readRetailRow(index + 2, fields as RetailFields);
});
const plan = groupInvoices(records);
const matched = matchCancellations(plan.sales, plan.cancellations);
const [part] = matched.parts;
if (part === undefined) throw new Error('the file has a cancellation that matches');

function order(id: string, totalMinor: number, status = 'confirmed'): OrderReply {
  const money = { amountMinor: totalMinor, currency: 'GBP' };
  return {
    id,
    version: 3,
    status,
    paymentStatus: 'authorized',
    attention: null,
    attentions: [],
    customerId: 'cus_90001',
    currency: 'GBP',
    lines: [],
    totals: { total: money, captured: money, refunded: money, outstanding: money, refundDue: money },
    shipments: [],
    refunds: [],
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
  };
}

const COMPLETE: ImportState = {
  ...matched,
  plan,
  refusedItems: [],
  sales: new Map<string, SaleOutcome>([
    ['700001', { kind: 'confirmed', order: order('ord_1', 3330) }],
    ['700002', { kind: 'confirmed', order: order('ord_2', 510) }],
  ]),
  cancellations: new Map([[part, { kind: 'refunded', amountMinor: 1530, refundId: 'ref_1' }]]),
  stopped: null,
};

function withSale(invoice: string, outcome: SaleOutcome): ImportState {
  return { ...COMPLETE, sales: new Map([...COMPLETE.sales, [invoice, outcome]]) };
}

describe('a complete import', () => {
  const result = reconcile(COMPLETE);

  test('reconciles to the penny', () => {
    expect(result).toMatchObject({
      rowsRead: 6,
      invoices: 5,
      orders: { confirmed: 2, rejected: 0, pending: 0 },
      cancellations: {
        applied: 1,
        unmatched: 1,
        open: 0,
        refunds: 1,
        fileTotalMinor: 1530,
        differenceMinor: 0,
      },
      skippedRows: [{ line: 5, reason: expect.stringMatching(/zero/) }],
      fileTotalMinor: 3840,
      ordersTotalMinor: 3840,
      differenceMinor: 0,
      stopped: null,
    });
    expect(isReconciled(result)).toBe(true);
  });

  test('lists the cancelled row that has no sale', () => {
    expect(result.unmatchedCancellationRows).toMatchObject([{ line: 7, invoice: 'C700005', sku: 'D' }]);
  });

  test('is told to a person with its sums', () => {
    expect(reportText(result)).toMatch(/£38\.40[\s\S]*£0\.00[\s\S]*Everything reconciles/);
  });
});

describe('what is not as the file says', () => {
  test('an order with another total is a difference, and no sum hides it', () => {
    const state = {
      ...COMPLETE,
      sales: new Map<string, SaleOutcome>([
        ['700001', { kind: 'confirmed', order: order('ord_1', 3331) }],
        ['700002', { kind: 'confirmed', order: order('ord_2', 509) }],
      ]),
    };
    const result = reconcile(state);
    expect(result.differenceMinor).toBe(0);
    expect(result.differences).toEqual([
      { invoice: '700001', orderId: 'ord_1', fileMinor: 3330, orderMinor: 3331 },
      { invoice: '700002', orderId: 'ord_2', fileMinor: 510, orderMinor: 509 },
    ]);
    expect(isReconciled(result)).toBe(false);
  });

  test('an order that the shop rejected counts on neither side and is no failure', () => {
    const result = reconcile(
      withSale('700002', { kind: 'rejected', code: 'OUT_OF_STOCK', detail: 'B: 0 left' }),
    );
    expect(result).toMatchObject({
      orders: { confirmed: 1, rejected: 1, pending: 0 },
      fileTotalMinor: 3330,
      ordersTotalMinor: 3330,
    });
    expect(isReconciled(result)).toBe(true);
  });

  test('a request that the API did not take counts as rejected and is a failure', () => {
    const result = reconcile(
      withSale('700002', { kind: 'refused', code: 'IDEMPOTENCY_KEY_REUSED', detail: '' }),
    );
    expect(result.orders).toEqual({ confirmed: 1, rejected: 1, pending: 0 });
    expect(result.rejectedOrders).toMatchObject([{ invoice: '700002', line: 4, isDecision: false }]);
    expect(isReconciled(result)).toBe(false);
  });

  test('an order whose answer was not seen is pending', () => {
    const result = reconcile(withSale('700002', { kind: 'pending', order: null }));
    expect(result.orders.pending).toBe(1);
    expect(result.pendingOrders).toEqual([{ invoice: '700002', orderId: null, state: 'unanswered' }]);
    expect(isReconciled(result)).toBe(false);
  });

  test('a cancellation of an order that was not taken is unmatched', () => {
    const state: ImportState = {
      ...withSale('700001', { kind: 'rejected', code: 'OUT_OF_STOCK', detail: '' }),
      cancellations: new Map([[part, { kind: 'no_order', reason: 'its order was not taken: OUT_OF_STOCK' }]]),
    };
    const result = reconcile(state);
    expect(result.cancellations).toMatchObject({ applied: 0, unmatched: 2, open: 0 });
    expect(result.unmatchedCancellationRows.map(({ line }) => line)).toEqual([6, 7]);
    expect(isReconciled(result)).toBe(true);
  });

  test.each([
    [{ kind: 'pending', reason: 'still authorized' } as const],
    [{ kind: 'refused', code: 'NOT_REFUNDABLE', detail: '' } as const],
    [undefined],
  ])('a cancellation that is not done is open: %j', (outcome) => {
    const state = { ...COMPLETE, cancellations: new Map(outcome ? [[part, outcome]] : []) };
    const result = reconcile(state);
    expect(result.cancellations).toMatchObject({ applied: 0, unmatched: 1, open: 1 });
    expect(isReconciled(result)).toBe(false);
  });

  test('a refund of another amount is a difference', () => {
    const state: ImportState = {
      ...COMPLETE,
      cancellations: new Map([[part, { kind: 'refunded', amountMinor: 1529, refundId: 'ref_1' }]]),
    };
    const result = reconcile(state);
    expect(result.cancellations.differenceMinor).toBe(1);
    expect(isReconciled(result)).toBe(false);
  });

  test('an import that was stopped tells what it did not begin', () => {
    const state = { ...COMPLETE, sales: new Map(), cancellations: new Map(), stopped: 'Stopped by Ctrl+C.' };
    const result = reconcile(state);
    expect(result).toMatchObject({
      orders: { confirmed: 0, rejected: 0, pending: 2 },
      pendingOrders: [{ state: 'not_begun' }, { state: 'not_begun' }],
      cancellations: { open: 1 },
      differenceMinor: 0,
    });
    expect(isReconciled(result)).toBe(false);
    expect(reportText(result)).toMatch(/Stopped before the end: Stopped by Ctrl\+C\./);
  });
});
