/** What other shops have told too early, or never. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createDatabase as connect } from '../../../db/client.ts';
import { createRepositories } from '../../../db/repositories/index.ts';
import { createTopology } from '../../integration/events/broker.ts';
import { firstDeliveries, liveMany, stockUp, storedEvents } from '../../integration/events/order-lives.ts';
import { startProgram } from '../../integration/events/program.ts';
import { OrderLab } from '../../integration/workflow/order-lab.ts';
import { createDatabase, stack, waitFor } from '../../support/stack.ts';

jest.setTimeout(150_000);

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanUp.splice(0).toReversed()) await end();
});

// https://github.com/dotnet-architecture/eShopOnContainers/issues/279
test('an event whose relay was not there when it was written is not left unpublished', async () => {
  const { url, drop } = await createDatabase();
  cleanUp.push(drop);
  const database = connect({ url });
  cleanUp.push(() => database.close());
  const repositories = createRepositories(database);
  await stockUp(database, repositories);
  const topology = await createTopology(stack().awsEndpointUrl);
  cleanUp.push(() => topology.close());

  // Whole lives of orders, and nobody who publishes.
  const orderIds = await liveMany(repositories.orders, 'unheard', 12);
  const stored = await storedEvents(repositories, orderIds);
  const count = [...stored.values()].reduce((sum, events) => sum + events.length, 0);
  expect((await repositories.outbox.lag()).waiting).toBe(count);
  expect(await topology.queue.size()).toBe(0);

  const relay = await startProgram('src/workers/relay.main.ts', {
    ...topology.env,
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: stack().temporalAddress,
    TEMPORAL_CODEC_KEYS: stack().codecKeys,
  });
  cleanUp.push(() => relay.kill());
  const bodies = await topology.queue.takeUntil((all) => new Set(all).size >= count);
  expect(firstDeliveries(bodies)).toEqual(new Map(stored));
  await waitFor(async () => (await repositories.outbox.lag()).waiting === 0, {
    timeoutMs: 30_000,
    what: 'the outbox to be empty',
  });
});

describe('an order that is given up', () => {
  let lab: OrderLab;
  beforeAll(async () => {
    lab = await OrderLab.start();
  });
  afterEach(async () => {
    expect(await lab.violations()).toEqual([]);
  });
  afterAll(() => lab?.stop());

  // https://github.com/medusajs/medusa/issues/15122
  test('was never told to be confirmed while its payment was open, and is told to be rejected', async () => {
    const { orderId, outcome } = await lab.place({
      prepare: (id) =>
        lab.faults(lab.payments, [
          { operation: 'authorize', orderId: id, times: 3, behaviour: 'error_before' },
          { operation: 'authorize', orderId: id, times: 1, behaviour: 'decline', code: 'do_not_honor' },
        ]),
    });
    await lab.until(orderId, 'in doubt', ({ paymentStatus }) => paymentStatus === 'unknown');
    expect(await lab.events(orderId)).toEqual(['order.placed', 'inventory.reserved']);
    expect(await lab.mails(orderId)).toEqual([]);
    expect(await outcome).toMatchObject({ outcome: 'rejected' });
    await lab.untilClosed(orderId);
    // What was told is taken back by name, in the order of its happening, and nothing of it vanishes.
    expect(await lab.events(orderId)).toEqual([
      'order.placed',
      'inventory.reserved',
      'payment.declined',
      'inventory.released',
      'order.rejected',
    ]);
    expect(await lab.mails(orderId)).toEqual([]);
  });

  // https://github.com/medusajs/medusa/issues/15122
  test('does not vanish after it was told to be confirmed: it is told to be cancelled, to the customer too', async () => {
    const sku = await lab.stock(5);
    const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 3 }], parcelsStay: true });
    await lab.faults(lab.payments, [
      { operation: 'capture', orderId, times: 1, behaviour: 'decline', code: 'processor_declined' },
    ]);
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    await lab.until(orderId, 'in need of a person', ({ attention }) => attention !== null);
    // It stays confirmed as long as nobody has said otherwise: stock and money are still held.
    expect(await lab.shelf(sku)).toBe('5/3');
    expect(await lab.cancel(orderId)).toEqual({ kind: 'cancelled' });
    await lab.untilClosed(orderId);
    const events = await lab.events(orderId);
    expect(events.indexOf('order.confirmed')).toBeGreaterThan(events.indexOf('payment.authorized'));
    expect(events.slice(-3)).toEqual(['payment.voided', 'inventory.released', 'order.cancelled']);
    expect((await lab.mails(orderId)).at(-1)).toBe('Your order is cancelled');
  });
});
