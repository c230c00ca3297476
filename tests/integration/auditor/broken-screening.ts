import type { BrokenPromise } from './broken-promises.ts';

/** I8, I14 and I15 of orders that are screened. */
export const BROKEN_SCREENING: readonly BrokenPromise[] = [
  {
    check: 'an order that has come past screening was screened',
    what: 'an order that slipped past',
    statements: ({ orders }) => [`DELETE FROM fraud_assessments WHERE order_id = '${orders.completed}'`],
  },
  {
    check: 'an order that waits for a review has an open one',
    what: 'an order that no person will ever find',
    statements: ({ orders }) => [
      `UPDATE reviews SET state = 'withdrawn', decided_at = now() WHERE order_id = '${orders.held}'`,
    ],
  },
  {
    check: 'no money is asked for that screening has not let pass',
    what: 'a hold on the money of an order that a person has not looked at',
    payments:
      ({ orders: { held } }) =>
      (items) => [
        ...items,
        {
          key: `${held}:authorize:1`,
          kind: 'authorize',
          orderId: held,
          amountMinor: 1110,
          currency: 'GBP',
          status: 'succeeded',
          at: '2026-01-01T00:00:00.000Z',
        },
      ],
  },
];
