/**
 * What other shops have sold or charged several times because several came at once, with the timing that did it: all of them
 * are under way before the first of them has had an effect.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createDatabase, type Database } from '../../../db/client.ts';
import { deriveId } from '../../../src/api/http/derived-id.ts';
import {
  addresses,
  brokenInvariants,
  call,
  eventsOf,
  inventory,
  orderBody,
  paymentOperations,
  placeDecided,
  stockedItem,
  waitForStatus,
  type Answer,
} from '../../e2e/shop.ts';
import { OrderLab } from '../../integration/workflow/order-lab.ts';
import { stack, waitFor } from '../../support/stack.ts';
import { holdShelves, type HeldRows } from '../../support/held-rows.ts';

jest.setTimeout(150_000);

let held: HeldRows | null = null;
afterEach(async () => {
  await held?.close();
  held = null;
});

/** Where a database of the tests' server can be reached by its owner. */
async function urlOf(database: Database): Promise<string> {
  const [row] = await database.query<{ name: string }>('test.name', sql`SELECT current_database() AS name`);
  const url = new URL(stack().postgresAdminUrl);
  url.pathname = `/${row?.name}`;
  return url.href;
}

describe('the last unit', () => {
  let lab: OrderLab;
  beforeAll(async () => {
    lab = await OrderLab.start();
  });
  afterAll(() => lab?.stop());

  // https://github.com/medusajs/medusa/issues/16825
  test('is not completed by those who lose it: they have paid nothing, sent nothing and heard of nothing', async () => {
    const sku = await lab.stock(1);
    held = await holdShelves(await urlOf(lab.database), sku);
    const buyers = await Promise.all(
      Array.from({ length: 6 }, () => lab.place({ lines: [{ sku, quantity: 1 }] })),
    );
    // All of them have seen the unit and stand in line for it.
    await held.untilWaiting(buyers.length);
    await held.release();
    const outcomes = await Promise.all(buyers.map(({ outcome }) => outcome));
    await Promise.all(buyers.map(({ orderId }) => lab.untilClosed(orderId)));
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual([
      'confirmed',
      ...buyers.slice(1).map(() => 'rejected'),
    ]);
    for (const [index, { orderId }] of buyers.entries()) {
      const hasWon = outcomes[index]?.outcome === 'confirmed';
      expect((await lab.order(orderId)).status).toBe(hasWon ? 'completed' : 'rejected');
      expect(await lab.operations(lab.payments, orderId)).toHaveLength(hasWon ? 2 : 0);
      expect(await lab.operations(lab.carrier, orderId)).toHaveLength(hasWon ? 1 : 0);
      expect(await lab.mails(orderId)).toHaveLength(hasWon ? 2 : 0);
      if (!hasWon) expect(await lab.events(orderId)).toEqual(['order.placed', 'order.rejected']);
    }
    expect(await lab.shelf(sku)).toBe('0/0');
    expect(await lab.violations()).toEqual([]);
  });
});

describe('one checkout that is sent many times', () => {
  let database: Database;
  beforeAll(() => {
    database = createDatabase({ url: addresses.databaseUrl, poolSize: 1 });
  });
  afterEach(async () => {
    expect(await brokenInvariants()).toEqual([]);
  });
  afterAll(() => database?.close());

  const post = (sku: string, key: string, options: { customerId: string; token?: string }): Promise<Answer> =>
    call('POST', '/v1/orders', { body: orderBody(sku, options), idempotencyKey: key });

  async function ordersOf(customerId: string): Promise<readonly string[]> {
    const rows = await database.query<{ id: string }>(
      'test.orders',
      sql`SELECT id FROM orders WHERE customer_id = ${customerId}`,
    );
    return rows.map(({ id }) => id);
  }

  // https://github.com/woocommerce/woocommerce/issues/62659
  test('does not make two orders, although all of them came before the first was written', async () => {
    const sku = await stockedItem({ main: 100 });
    const [key, customerId] = [randomUUID(), `cus_${randomUUID().slice(0, 8)}`];
    held = await holdShelves(addresses.databaseUrl, sku);
    // Nothing can be written yet, so none of these is promised anything …
    const early = await Promise.all(Array.from({ length: 20 }, () => post(sku, key, { customerId })));
    expect(early.filter(({ status }) => status < 300)).toEqual([]);
    // … and these are under way when it can.
    const late = Array.from({ length: 20 }, () => placeDecided(sku, { customerId, idempotencyKey: key }));
    await held.untilWaiting(1);
    await held.release();
    const answers = await Promise.all(late);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const orders = await ordersOf(customerId);
    expect(orders).toEqual([answers[0]?.body.id]);
    await waitForStatus(orders[0] ?? '', 'completed');
    expect(await inventory(sku)).toMatchObject({ onHand: 98, reserved: 0 });
    expect(await paymentOperations(orders[0] ?? '')).toHaveLength(2);
  });

  // https://github.com/Automattic/woocommerce-payments/issues/5678
  test('is not paid twice by two tabs that both wait for the bank', async () => {
    const sku = await stockedItem({ main: 100 });
    const [key, customerId] = [randomUUID(), `cus_${randomUUID().slice(0, 8)}`];
    const options = { customerId, token: 'tok_unreachable' };
    const tabs = await Promise.all([post(sku, key, options), post(sku, key, options)]);
    // The bank says nothing to either of them.
    expect(tabs.filter(({ status }) => status === 201)).toEqual([]);
    const orderId = deriveId('ord', 'key:demo-operator', key);
    await waitFor(async () => (await call('GET', `/v1/orders/${orderId}`)).body.paymentStatus === 'unknown', {
      timeoutMs: 60_000,
      what: 'the bank to have been asked',
    });
    // Each tab goes on by itself when the bank is back, and the bank reports as well.
    const answers = tabs.map(() => placeDecided(sku, { ...options, idempotencyKey: key }));
    await fetch(`${addresses.paymentProviderUrl}/control/faults?orderId=${orderId}`, { method: 'DELETE' });
    const [first, second] = await Promise.all(answers);
    expect(first?.status).toBe(201);
    expect(second?.text).toBe(first?.text);
    expect(await ordersOf(customerId)).toEqual([orderId]);
    await waitForStatus(orderId, 'completed');
    expect(
      (await paymentOperations(orderId)).map(({ operation, status }) => `${operation} ${status}`),
    ).toEqual(['authorize succeeded', 'capture succeeded']);
    const types = (await eventsOf(orderId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'commerce.payment.authorized.v1')).toHaveLength(1);
    expect(types.filter((type) => type === 'commerce.order.confirmed.v1')).toHaveLength(1);
  });
});
