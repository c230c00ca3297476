import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { MailTemplate } from '../../../db/repositories/messages.repository.ts';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import {
  bring,
  newOrder,
  openTestDatabase,
  refOf,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

let db: TestDatabase;
let sku: string;
beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 1000 });
});
afterAll(async () => {
  await db.close();
});

const anOrder = (stage: Parameters<typeof bring>[2]): Promise<TestOrder> =>
  bring(db, newOrder([{ sku, quantity: 1 }]), stage);
const mail = (order: TestOrder, template: MailTemplate, subjectId = '1') => ({
  orderId: order.orderId,
  template,
  subjectId,
});

describe('a mail', () => {
  test('is sent by the first who claims it, with the order and how to reach the customer', async () => {
    const order = await anOrder('confirmed');
    const claim = await db.notifications.claim(mail(order, 'confirmed'));
    expect(claim).toEqual({
      kind: 'send',
      messageId: `<${order.orderId}.confirmed.1@order-saga>`,
      order: await viewOf(db, order.orderId),
      contact: order.contact,
    });
    expect(await db.notifications.claim(mail(order, 'confirmed'))).toEqual({ ...claim, kind: 'in_doubt' });
  });

  test('claimed by several at once is sent by one', async () => {
    const order = await anOrder('confirmed');
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => db.notifications.claim(mail(order, 'confirmed'))),
    );
    expect(claims.filter((claim) => claim.kind === 'send')).toHaveLength(1);
    expect(claims.filter((claim) => claim.kind === 'in_doubt')).toHaveLength(7);
  });

  test.each(['sent', 'unknown'] as const)('that ended as %s is settled for ever', async (state) => {
    const order = await anOrder('confirmed');
    await db.notifications.claim(mail(order, 'confirmed'));
    await db.notifications.settle({ ...mail(order, 'confirmed'), state, reason: 'because' });
    await db.notifications.unclaim(mail(order, 'confirmed'));
    expect(await db.notifications.claim(mail(order, 'confirmed'))).toEqual({ kind: 'settled' });
  });

  test('that surely was not accepted can be claimed anew', async () => {
    const order = await anOrder('confirmed');
    await db.notifications.claim(mail(order, 'confirmed'));
    await db.notifications.unclaim(mail(order, 'confirmed'));
    expect(await db.notifications.claim(mail(order, 'confirmed'))).toMatchObject({ kind: 'send' });
  });

  test('is one for each template and each thing it is about', async () => {
    const order = await anOrder('shipped');
    for (const each of [
      mail(order, 'confirmed'),
      mail(order, 'shipped'),
      mail(order, 'refunded', 'ref_1'),
      mail(order, 'refunded', 'ref_2'),
    ])
      expect(await db.notifications.claim(each)).toMatchObject({
        kind: 'send',
        messageId: `<${order.orderId}.${each.template}.${each.subjectId}@order-saga>`,
      });
  });

  test('to a customer without a telephone has a contact without one', async () => {
    const order = newOrder([{ sku, quantity: 1 }], { contact: { email: 'only@example.com' } });
    await bring(db, order, 'confirmed');
    expect(await db.notifications.claim(mail(order, 'confirmed'))).toMatchObject({
      contact: { email: 'only@example.com' },
    });
  });

  test('about an order that does not exist is a mistake', async () => {
    const nothing = { orderId: 'ord_none', template: 'confirmed', subjectId: '1' } as const;
    await expect(db.notifications.claim(nothing)).rejects.toThrow(InvariantViolatedError);
  });
});

describe('a mail that nobody should get', () => {
  test('does not confirm an order that is being undone', async () => {
    const order = await anOrder('confirmed');
    await db.orders.startCancelling({ ...refOf(order), reason: 'no' });
    expect(await db.notifications.claim(mail(order, 'confirmed'))).toEqual({ kind: 'suppressed' });
    expect(await db.notifications.claim(mail(order, 'confirmed'))).toEqual({ kind: 'settled' });
    // The order was confirmed once, so its end is told.
    expect(await db.notifications.claim(mail(order, 'cancelled'))).toMatchObject({ kind: 'send' });
  });

  test('does not tell the end of an order that was never confirmed', async () => {
    const order = await anOrder('reserved');
    await db.orders.startCancelling({ ...refOf(order), reason: 'no' });
    expect(await db.notifications.claim(mail(order, 'cancelled'))).toEqual({ kind: 'suppressed' });
    const rows = await db.database.query(
      'test.state',
      sql`SELECT state, reason, settled_at IS NOT NULL AS settled FROM notifications WHERE order_id = ${order.orderId}`,
    );
    expect(rows).toEqual([
      { state: 'suppressed', reason: 'not warranted: the order is cancelling', settled: true },
    ]);
  });

  test('is not sent to a person who was forgotten', async () => {
    const order = await anOrder('confirmed');
    await db.notifications.claim(mail(order, 'confirmed'));
    await db.database.query('test.forget', sql`DELETE FROM order_contacts WHERE order_id = ${order.orderId}`);
    expect(await db.notifications.claim(mail(order, 'shipped'))).toEqual({ kind: 'suppressed' });
    expect(await db.notifications.claim(mail(order, 'confirmed'))).toEqual({ kind: 'settled' });
  });
});
