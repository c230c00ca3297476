/** A check that finds nothing is worth something only when it finds what is wrong. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { sql, type SQL } from 'drizzle-orm';
import { checkInvariants } from '../../support/invariants.ts';
import {
  bring,
  newOrder,
  openTestDatabase,
  refOf,
  refundAnswer,
  stockItem,
  type TestDatabase,
} from './fixtures.ts';

jest.setTimeout(120_000);

let db: TestDatabase;

/** Orders in every state, with refunds in every state. */
beforeEach(async () => {
  db = await openTestDatabase();
  const sku = await stockItem(db, { main: 100, west: 100 }, 'SKU');
  const anOrder = (orderId: string) =>
    newOrder([{ sku, quantity: 2, from: { main: 1, west: 1 } }], { orderId });
  await bring(db, anOrder('ord_confirmed'), 'confirmed');
  const completed = await bring(db, anOrder('ord_completed'), 'completed');
  const refund = { ...refOf(completed), reason: 'r', restock: true, actor: 'test' };
  await db.orders.startRefund({
    ...refund,
    refundId: 'ref_done',
    by: { lines: [{ lineId: '1', quantity: 1 }] },
  });
  await db.orders.recordRefunded(refundAnswer(completed, 'ref_done'));
  await db.orders.startRefund({ ...refund, refundId: 'ref_open', by: { amountMinor: 50 } });
  const cancelled = await bring(db, anOrder('ord_cancelled'), 'reserved');
  await db.orders.startCancelling({ ...refOf(cancelled), reason: 'r' });
  await db.orders.releaseReservations(refOf(cancelled));
  await db.orders.settleNotNeeded({ orderId: cancelled.orderId, key: cancelled.authorizationKey });
  await db.orders.recordCancelled(refOf(cancelled));
  expect(await checkInvariants(db.url)).toEqual([]);
});
afterEach(async () => {
  await db.close();
});

const corruptions: readonly [string, RegExp, readonly SQL[]][] = [
  [
    'a shelf below nothing',
    /^I1 .*SKU@main/,
    [
      sql`ALTER TABLE stock DROP CONSTRAINT stock_on_hand_check, DROP CONSTRAINT stock_reserved_within_on_hand`,
      sql`UPDATE stock SET on_hand = -1 WHERE location_id = 'main'`,
    ],
  ],
  [
    'a counter that no reservation explains',
    /^I2 reserved .*SKU@west: 2 is not 1/,
    [sql`UPDATE stock SET reserved = reserved + 1 WHERE location_id = 'west'`],
  ],
  [
    'stock that no movement explains',
    /^I2 on_hand .*SKU@main/,
    [sql`UPDATE stock SET on_hand = on_hand + 1 WHERE location_id = 'main'`],
  ],
  [
    'a reservation that ended without leaving the shelf',
    /^I3 what was committed .*shp_confirmed_1/,
    [
      sql`UPDATE reservations SET state = 'committed', ended_at = now() WHERE order_id = 'ord_confirmed' AND location_id = 'main'`,
    ],
  ],
  [
    'goods that came back twice',
    /^I3 what a refund brought back .*ord_completed/,
    [sql`UPDATE reservations SET restocked_quantity = 1 WHERE order_id = 'ord_completed'`],
  ],
  [
    'stock that an order holds beyond its end',
    /^I3 an order that ended .*ord_cancelled/,
    [sql`UPDATE reservations SET state = 'open', ended_at = NULL WHERE order_id = 'ord_cancelled'`],
  ],
  [
    'a line that is not covered',
    /^I3 a reservation covers .*ord_confirmed/,
    [sql`DELETE FROM reservations WHERE order_id = 'ord_confirmed' AND location_id = 'west'`],
  ],
  [
    'money that no operation explains',
    /^I6 amounts .*ord_completed/,
    [sql`UPDATE payment_intents SET captured_minor = captured_minor - 1 WHERE order_id = 'ord_completed'`],
  ],
  [
    'a refund that is not accounted for',
    /^I6 refunded .*ord_completed/,
    [sql`UPDATE payment_intents SET refunded_minor = refunded_minor - 1 WHERE order_id = 'ord_completed'`],
  ],
  [
    'an authorization that was forgotten',
    /^I7 .*ord_cancelled/,
    [sql`UPDATE payment_intents SET authorized_minor = amount_minor WHERE order_id = 'ord_cancelled'`],
  ],
  [
    'an order that left unpaid',
    /^I8 .*ord_confirmed/,
    [sql`UPDATE orders SET status = 'shipped' WHERE id = 'ord_confirmed'`],
  ],
  [
    'an operation without an end',
    /^I10 .*ord_cancelled:authorize:1/,
    [
      sql`UPDATE provider_operations SET status = 'pending', settled_at = NULL WHERE order_id = 'ord_cancelled'`,
    ],
  ],
  [
    'a refund without its operation',
    /^I11 .*ref_open/,
    [sql`DELETE FROM provider_operations WHERE subject_id = 'ref_open'`],
  ],
  [
    'a total that the lines do not make',
    /^I13 .*ord_confirmed/,
    [sql`UPDATE orders SET total_minor = total_minor + 1 WHERE id = 'ord_confirmed'`],
  ],
  [
    'an undone order that keeps money',
    /^I16 an order that was undone nets .*ord_completed/,
    [sql`UPDATE orders SET status = 'cancelled' WHERE id = 'ord_completed'`],
  ],
  [
    'an undone order that has a parcel',
    /^I16 an order that was undone has no parcel.*shp_confirmed_1/,
    [sql`UPDATE orders SET status = 'cancelled' WHERE id = 'ord_confirmed'`],
  ],
  [
    'a version without an event',
    /^I18 events .*ord_confirmed/,
    [sql`UPDATE orders SET version = version + 1 WHERE id = 'ord_confirmed'`],
  ],
  [
    'an event that was lost',
    /^I18 events .*ord_confirmed/,
    [
      sql`ALTER TABLE order_events DISABLE TRIGGER USER`,
      sql`DELETE FROM outbox WHERE order_id = 'ord_confirmed'`,
      sql`DELETE FROM order_events WHERE order_id = 'ord_confirmed' AND sequence = 2`,
    ],
  ],
  [
    'an event that is published after a later one',
    /^I18 what waits .*ord_confirmed/,
    [sql`DELETE FROM outbox WHERE order_id = 'ord_confirmed' AND sequence = 2`],
  ],
  [
    'a change without its event',
    /^I19 .*ord_confirmed: attentionCode is X, events say null/,
    [
      sql`UPDATE orders SET attention_code = 'X', attention_message = 'x', attention_since = now() WHERE id = 'ord_confirmed'`,
    ],
  ],
];

test.each(corruptions)('finds %s', async (_what, expected, statements) => {
  for (const statement of statements) await db.database.query('test.corrupt', statement);
  expect(await checkInvariants(db.url)).toContainEqual(expect.stringMatching(expected));
});
