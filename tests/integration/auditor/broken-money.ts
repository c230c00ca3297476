import type { BrokenPromise } from './broken-promises.ts';
import { silence, unguarded } from './rewriting.ts';

const operation = (key: string, kind: string, orderId: string, amountMinor: number) => ({
  key,
  kind,
  orderId,
  amountMinor,
  currency: 'GBP',
  status: 'succeeded',
  at: '2026-01-01T00:00:00.000Z',
});

const bookingKey = (orderId: string): string => `${orderId.replace('ord_', 'shp_')}_1:book:1`;

/** As if the parcel of an order had been booked anew, and the booking before it were being cancelled, or had been. */
const bookedAnew = (orderId: string, status: 'pending' | 'succeeded'): string[] => [
  `UPDATE shipments SET booking_attempt = 2 WHERE order_id = '${orderId}'`,
  `INSERT INTO provider_operations (key, order_id, kind, subject_id, status, settled_at)
    SELECT id || ':cancel_booking:1', order_id, 'cancel_booking', id, '${status}', CASE '${status}' WHEN 'succeeded' THEN now() END
    FROM shipments WHERE order_id = '${orderId}'`,
];

/** What the carrier lists of it. */
const cancellation = (orderId: string, parentKey: string) => ({
  key: bookingKey(orderId).replace('book', 'cancel_booking'),
  operation: 'cancel',
  orderId,
  status: 'succeeded',
  parentKey,
  at: '2026-01-01T00:00:00.000Z',
});

/** As if an order had never been charged, in our records. */
const neverCharged = (orderId: string): string[] => [
  `DELETE FROM provider_operations WHERE order_id = '${orderId}' AND kind = 'capture'`,
  `UPDATE payment_intents SET captured_minor = 0 WHERE order_id = '${orderId}'`,
  `UPDATE orders SET payment_status = 'authorized' WHERE id = '${orderId}'`,
  `UPDATE projections.order_summaries SET payment_status = 'authorized', captured_minor = 0 WHERE order_id = '${orderId}'`,
  ...silence(orderId, 'commerce.payment.captured.v1'),
  ...unguarded(
    'ledger_entries',
    `DELETE FROM ledger_entries WHERE journal_id IN (SELECT id FROM ledger_journals WHERE order_id = '${orderId}' AND kind = 'capture')`,
  ),
  ...unguarded(
    'ledger_journals',
    `DELETE FROM ledger_journals WHERE order_id = '${orderId}' AND kind = 'capture'`,
  ),
];

/** As if nothing had been given back, in our records. */
const neverRefunded = (orderId: string): string[] => [
  `DELETE FROM provider_operations WHERE order_id = '${orderId}' AND kind = 'refund'`,
  `DELETE FROM refunds WHERE order_id = '${orderId}'`,
  `DELETE FROM notifications WHERE order_id = '${orderId}' AND template = 'refunded'`,
  `UPDATE payment_intents SET refunded_minor = 0 WHERE order_id = '${orderId}'`,
  `UPDATE orders SET payment_status = 'captured' WHERE id = '${orderId}'`,
  `UPDATE projections.order_summaries SET payment_status = 'captured', refunded_minor = 0 WHERE order_id = '${orderId}'`,
  ...silence(orderId, 'commerce.payment.refunded.v1'),
  ...unguarded(
    'ledger_entries',
    `DELETE FROM ledger_entries WHERE journal_id IN (SELECT id FROM ledger_journals WHERE order_id = '${orderId}' AND kind LIKE 'refund%')`,
  ),
  ...unguarded(
    'ledger_journals',
    `DELETE FROM ledger_journals WHERE order_id = '${orderId}' AND kind LIKE 'refund%'`,
  ),
];

/** I6–I13, and I16 as far as it is about money. */
export const BROKEN_MONEY: readonly BrokenPromise[] = [
  {
    check: 'amounts are the sums of their operations',
    what: 'a hold of another amount than was asked for',
    statements: ({ orders }) => [
      `UPDATE payment_intents SET authorized_minor = authorized_minor - 1 WHERE order_id = '${orders.voided}'`,
    ],
  },
  {
    check: 'refunded is the sum of refunds, and within captured',
    what: 'a promise to give back that no refund explains',
    statements: ({ orders }) => [
      `UPDATE payment_intents SET refund_pending_minor = 1 WHERE order_id = '${orders.refunded}'`,
    ],
  },
  {
    check: 'one hold on the money at a time',
    what: 'a second hold',
    statements: ({ orders: { completed } }) => [
      'DROP INDEX provider_operations_one_hold',
      `INSERT INTO provider_operations (key, order_id, kind, amount_minor, currency, status, settled_at)
        VALUES ('${completed}:authorize:2', '${completed}', 'authorize', 0, 'GBP', 'succeeded', now())`,
    ],
    payments:
      ({ orders: { completed } }) =>
      (items) => [...items, operation(`${completed}:authorize:2`, 'authorize', completed, 0)],
  },
  {
    check: 'no authorization is forgotten',
    what: 'money that is held for a cancelled order',
    statements: ({ orders }) => [
      `UPDATE payment_intents SET voided_at = NULL WHERE order_id = '${orders.voided}'`,
    ],
  },
  {
    check: 'no order left unpaid',
    what: 'goods that left without being paid for',
    statements: ({ orders }) => neverCharged(orders.shipped),
    payments:
      ({ orders }) =>
      (items) =>
        items.filter(({ key }) => key !== `${orders.shipped}:capture:1`),
  },
  {
    check: 'no money is taken for an order that is not fulfilled',
    what: 'a charge for an order that nobody fulfils',
    statements: ({ orders }) => [
      `UPDATE orders SET status = 'confirmed' WHERE id = '${orders.fulfilling}'`,
      `UPDATE projections.order_summaries SET status = 'confirmed' WHERE order_id = '${orders.fulfilling}'`,
      ...silence(orders.fulfilling, 'commerce.fulfilment.started.v1'),
    ],
  },
  {
    check: 'no money is taken for an order that does not exist',
    what: 'a charge without an order',
    payments: () => (items) => [...items, operation('ord_nobody:capture:1', 'capture', 'ord_nobody', 500)],
  },
  {
    check: 'nobody let the money of a successful order go',
    what: 'the hold of a successful order let go',
    statements: ({ orders }) => [
      'ALTER TABLE payment_intents DROP CONSTRAINT payment_voided_is_not_captured',
      `UPDATE payment_intents SET voided_at = now() WHERE order_id = '${orders.completed}'`,
    ],
  },
  {
    check: 'no operation is left open by an order that ended',
    what: 'a charge without its answer',
    statements: ({ orders }) => [
      `UPDATE provider_operations SET status = 'pending', settled_at = NULL WHERE order_id = '${orders.completed}' AND kind = 'book'`,
    ],
  },
  {
    check: 'what the payment provider did is recorded',
    what: 'a hold that we know nothing of',
    payments:
      ({ orders: { completed } }) =>
      (items) => [...items, operation(`${completed}:authorize:9`, 'authorize', completed, 500)],
  },
  {
    check: 'what the payment provider did is recorded',
    what: 'a charge of another amount',
    payments:
      ({ orders }) =>
      (items) =>
        items.map((item) =>
          item.key === `${orders.completed}:capture:1` ? { ...item, amountMinor: 1 } : item,
        ),
  },
  {
    check: 'what is recorded the payment provider did',
    what: 'a charge that never was',
    payments:
      ({ orders }) =>
      (items) =>
        items.filter(({ key }) => key !== `${orders.completed}:capture:1`),
  },
  {
    check: 'what the carrier did is recorded',
    what: 'a parcel that we know nothing of',
    carrier:
      ({ orders: { completed } }) =>
      (items) => [
        ...items,
        {
          key: 'shp_another:book:1',
          operation: 'book',
          orderId: completed,
          status: 'succeeded',
          at: '2026-01-01T00:00:00.000Z',
        },
      ],
  },
  {
    check: 'what is recorded the carrier did',
    what: 'a parcel that was never booked',
    carrier:
      ({ orders }) =>
      (items) =>
        items.filter(({ orderId }) => orderId !== orders.completed),
  },
  {
    check: 'the carrier has no parcel of an order that was undone',
    what: 'a parcel of a cancelled order',
    statements: ({ orders }) => [
      `DELETE FROM provider_operations WHERE order_id = '${orders.cancelled}' AND kind = 'cancel_booking'`,
    ],
    carrier:
      ({ orders }) =>
      (items) =>
        items.filter(({ orderId, operation: kind }) => orderId !== orders.cancelled || kind !== 'cancel'),
  },
  {
    check: 'the carrier has no booking that was given back',
    what: 'a parcel that is booked twice, although we have cancelled one',
    statements: ({ orders: { fulfilling } }) => bookedAnew(fulfilling, 'succeeded'),
    carrier:
      ({ orders: { fulfilling } }) =>
      (items) => [...items, cancellation(fulfilling, 'shp_another:book:1')],
  },
  {
    check: 'a parcel is booked once, whatever was booked before is cancelled',
    what: 'a booking that was forgotten when the parcel was booked anew',
    statements: ({ orders: { fulfilling } }) => bookedAnew(fulfilling, 'pending'),
    carrier:
      ({ orders: { fulfilling } }) =>
      (items) => [...items, cancellation(fulfilling, bookingKey(fulfilling))],
  },
  {
    check: 'every refund has its operation',
    what: 'a refund that nobody was asked for',
    statements: ({ orders }) => [
      `UPDATE provider_operations SET subject_id = NULL WHERE order_id = '${orders.refunded}' AND kind = 'refund'`,
    ],
  },
  {
    check: 'a key is replaced only after a definite answer',
    what: 'a second key while the first has no answer',
    statements: ({ orders: { fulfilling } }) => [
      `INSERT INTO provider_operations (key, order_id, kind, subject_id)
        SELECT '${fulfilling}:' || attempt, '${fulfilling}', 'void', NULL FROM generate_series(1, 2) AS attempt`,
    ],
  },
  {
    check: 'every journal sums to zero',
    what: 'money out of nothing',
    statements: ({ orders }) =>
      unguarded(
        'ledger_entries',
        `INSERT INTO ledger_entries (journal_id, account, amount_minor)
          SELECT id, 'sales', 5 FROM ledger_journals WHERE order_id = '${orders.completed}' AND kind = 'capture'`,
      ),
  },
  {
    check: 'every movement of money has its journal',
    what: 'a hold that was booked for something else',
    statements: ({ orders }) =>
      unguarded(
        'ledger_journals',
        `UPDATE ledger_journals SET reference = 'another' WHERE order_id = '${orders.completed}' AND kind = 'authorize'`,
      ),
  },
  {
    check: 'journals are only added',
    what: 'journals that can be rewritten',
    statements: () => ['ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only'],
  },
  {
    check: 'the total is the sum of the lines',
    what: 'a line of another price',
    statements: ({ orders }) => [
      `UPDATE order_lines SET unit_price_minor = unit_price_minor + 1, total_minor = total_minor + quantity WHERE order_id = '${orders.completed}'`,
    ],
  },
  {
    check: 'the ledger tells what was moved',
    what: 'a charge that was booked to another account',
    statements: ({ orders }) =>
      unguarded(
        'ledger_entries',
        `UPDATE ledger_entries SET account = 'returns' FROM ledger_journals AS journal
          WHERE journal.id = journal_id AND order_id = '${orders.completed}' AND kind = 'capture' AND account = 'cash_at_provider'`,
      ),
  },
  {
    check: 'an order that was undone nets to zero',
    what: 'a cancelled order that keeps the money',
    statements: ({ orders }) => neverRefunded(orders.cancelled),
    payments:
      ({ orders }) =>
      (items) =>
        items.filter(({ orderId, kind }) => orderId !== orders.cancelled || kind !== 'refund'),
  },
];
