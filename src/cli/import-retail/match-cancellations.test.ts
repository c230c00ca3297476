import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { RetailInvoice } from './group-invoices.ts';
import { matchCancellations } from './match-cancellations.ts';
import type { RetailRow } from './retail-row.ts';

type ShortRow = readonly [sku: string, quantity: number, unitPriceMinor: number];

let nextLine = 2;

/** An invoice at a minute of the clock; lines are numbered on. */
function invoice(
  number: string,
  minute: number,
  rows: readonly ShortRow[],
  customerNumber: string | null = '90001',
): RetailInvoice {
  const occurredAtMs = minute * 60_000;
  return {
    invoice: number,
    occurredAtMs,
    customerNumber,
    country: 'France',
    rows: rows.map(([sku, quantity, unitPriceMinor]): RetailRow => {
      nextLine += 1;
      return {
        line: nextLine,
        invoice: number,
        sku,
        description: sku,
        quantity,
        occurredAtMs,
        unitPriceMinor,
        customerNumber,
        country: 'France',
      };
    }),
  };
}

/** Which sale each part takes what from. */
function taken(sales: readonly RetailInvoice[], cancellations: readonly RetailInvoice[]) {
  const plan = matchCancellations(sales, cancellations);
  return {
    parts: plan.parts.map(({ cancellation, sale, lines, coversOrder }) => ({
      cancellation,
      sale,
      lines: lines.map(({ rowIndex, quantity }) => [rowIndex, quantity]),
      coversOrder,
    })),
    reasons: plan.unmatched.map(({ reason }) => reason),
  };
}

describe('a cancellation', () => {
  test('of all units of all lines covers the order', () => {
    const sales = [
      invoice('700001', 1, [
        ['A', 6, 255],
        ['POST', 1, 1800],
      ]),
    ];
    const cancellation = invoice('C700002', 2, [
      ['A', 6, 255],
      ['POST', 1, 1800],
    ]);
    expect(taken(sales, [cancellation])).toEqual({
      parts: [
        {
          cancellation: 'C700002',
          sale: '700001',
          lines: [
            [0, 6],
            [1, 1],
          ],
          coversOrder: true,
        },
      ],
      reasons: [],
    });
  });

  test('of some units takes those back and covers nothing', () => {
    const sales = [invoice('700001', 1, [['A', 6, 255]])];
    const plan = matchCancellations(sales, [invoice('C700002', 2, [['A', 4, 255]])]);
    expect(plan.parts).toMatchObject([
      { lines: [{ rowIndex: 0, quantity: 4 }], amountMinor: 1020, coversOrder: false },
    ]);
  });

  test('of the rest does not cover an order from which another one took before', () => {
    const sales = [invoice('700001', 1, [['A', 6, 255]])];
    const cancellations = [invoice('C700002', 2, [['A', 4, 255]]), invoice('C700003', 3, [['A', 2, 255]])];
    expect(taken(sales, cancellations).parts.map(({ lines, coversOrder }) => [lines, coversOrder])).toEqual([
      [[[0, 4]], false],
      [[[0, 2]], false],
    ]);
  });

  test('goes to the latest earlier invoice that has enough', () => {
    const sales = [
      invoice('700001', 1, [['A', 6, 255]]),
      invoice('700002', 2, [['A', 6, 255]]),
      invoice('700003', 3, [['A', 1, 255]]),
      invoice('700005', 5, [['A', 6, 255]]),
    ];
    expect(taken(sales, [invoice('C700004', 4, [['A', 5, 255]])]).parts).toMatchObject([
      { sale: '700002', lines: [[0, 5]] },
    ]);
  });

  test('spreads over several orders when no single line has enough, the latest first', () => {
    const sales = [invoice('700001', 1, [['A', 6, 255]]), invoice('700002', 2, [['A', 4, 255]])];
    expect(taken(sales, [invoice('C700003', 3, [['A', 9, 255]])]).parts).toEqual([
      { cancellation: 'C700003', sale: '700002', lines: [[0, 4]], coversOrder: true },
      { cancellation: 'C700003', sale: '700001', lines: [[0, 5]], coversOrder: false },
    ]);
  });

  test('with rows of two orders has a part for each', () => {
    const sales = [
      invoice('700001', 1, [['A', 6, 255]]),
      invoice('700002', 2, [
        ['B', 2, 100],
        ['C', 1, 5],
      ]),
    ];
    expect(
      taken(sales, [
        invoice('C700003', 3, [
          ['B', 2, 100],
          ['A', 6, 255],
        ]),
      ]).parts,
    ).toMatchObject([
      { sale: '700002', coversOrder: false },
      { sale: '700001', coversOrder: true },
    ]);
  });

  test('finds an item whose code is typed in the other case', () => {
    const sales = [invoice('700001', 1, [['A1001g', 6, 255]])];
    expect(taken(sales, [invoice('C700002', 2, [['A1001G', 6, 255]])]).parts).toHaveLength(1);
  });

  test('takes two rows of one item from the two lines that it was sold on', () => {
    const sales = [
      invoice('700001', 1, [
        ['A', 2, 255],
        ['A', 3, 255],
      ]),
    ];
    expect(
      taken(sales, [
        invoice('C700002', 2, [
          ['A', 3, 255],
          ['A', 2, 255],
        ]),
      ]).parts,
    ).toEqual([
      {
        cancellation: 'C700002',
        sale: '700001',
        lines: [
          [0, 2],
          [1, 3],
        ],
        coversOrder: true,
      },
    ]);
  });
});

describe('a cancelled row without a sale', () => {
  const sales = [invoice('700001', 1, [['A', 6, 255]]), invoice('700002', 1, [['A', 6, 255]], null)];
  const cases: readonly (readonly [string, RetailInvoice, RegExp])[] = [
    ['because it names no customer', invoice('C700003', 2, [['A', 6, 255]], null), /names no customer/],
    [
      'because another customer bought it',
      invoice('C700003', 2, [['A', 6, 255]], '90002'),
      /no earlier sale/,
    ],
    ['because it was sold later', invoice('C700003', 0, [['A', 6, 255]]), /no earlier sale/],
    ['because it is a discount', invoice('C700003', 2, [['D', 1, 2750]]), /no earlier sale/],
    ['because the price differs', invoice('C700003', 2, [['A', 6, 254]]), /another price/],
    ['because fewer were sold', invoice('C700003', 2, [['A', 7, 255]]), /7 units .* 6 of those/],
  ];

  test.each(cases)('is listed with its line %s', (_why, cancellation, reason) => {
    const plan = matchCancellations(sales, [cancellation]);
    expect(plan.parts).toEqual([]);
    expect(plan.unmatched).toEqual([
      {
        line: cancellation.rows[0]?.line,
        invoice: 'C700003',
        sku: cancellation.rows[0]?.sku,
        reason: expect.stringMatching(reason),
      },
    ]);
  });

  test('takes nothing from what later cancellations need', () => {
    const own = [invoice('700001', 1, [['A', 6, 255]])];
    const { parts, reasons } = taken(own, [
      invoice('C700002', 2, [['A', 7, 255]]),
      invoice('C700003', 3, [['A', 6, 255]]),
    ]);
    expect(reasons).toHaveLength(1);
    expect(parts).toMatchObject([{ cancellation: 'C700003', coversOrder: true }]);
  });
});

test('no line ever gives back more than it sold, and every row is matched as a whole or not at all', () => {
  const row = fc.tuple(
    fc.constantFrom('A', 'a', 'B'),
    fc.integer({ min: 1, max: 6 }),
    fc.constantFrom(100, 200),
  );
  const rows = fc.array(row, { minLength: 1, maxLength: 4 });
  const entry = fc.record({ rows, customer: fc.constantFrom('1', '2', null), isSale: fc.boolean() });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
      const invoices = entries.map((each, index) => ({
        isSale: each.isSale,
        invoice: invoice(`${each.isSale ? '' : 'C'}${700_000 + index}`, index, each.rows, each.customer),
      }));
      const sales = invoices.filter(({ isSale }) => isSale).map((each) => each.invoice);
      const cancellations = invoices.filter(({ isSale }) => !isSale).map((each) => each.invoice);
      const { parts, unmatched } = matchCancellations(sales, cancellations);

      const back = new Map<string, number>();
      for (const { sale, lines } of parts) {
        for (const { rowIndex, quantity } of lines) {
          const key = `${sale} ${rowIndex}`;
          back.set(key, (back.get(key) ?? 0) + quantity);
        }
      }
      for (const sale of sales) {
        for (const [index, sold] of sale.rows.entries()) {
          expect(back.get(`${sale.invoice} ${index}`) ?? 0).toBeLessThanOrEqual(sold.quantity);
        }
      }
      const missed = new Set(unmatched.map(({ line }) => line));
      const matchedUnits = cancellations
        .flatMap((each) => each.rows)
        .filter(({ line }) => !missed.has(line))
        .reduce((sum, { quantity }) => sum + quantity, 0);
      expect([...back.values()].reduce((sum, quantity) => sum + quantity, 0)).toBe(matchedUnits);
    }),
  );
});
