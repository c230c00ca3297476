import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import {
  bring,
  newOrder,
  openTestDatabase,
  refOf,
  refundAnswer,
  stockItem,
  viewOf,
  type TestDatabase,
  type TestOrder,
} from './fixtures.ts';

let db: TestDatabase;
let sku: string;
beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 1000, west: 1000 });
});
afterAll(async () => {
  await db.close();
});

/** One event alone. @returns what became of it */
const applyOne = async (event: OrderEvent) => (await db.projections.apply([event])).get(event.id);
const newest = (): TestOrder => newOrder([{ sku, quantity: 4, from: { main: 2, west: 2 } }]);
const eventsOf = (order: TestOrder): Promise<readonly OrderEvent[]> =>
  db.orderReads.events(order.orderId, 0, 1000);

/** The read model tells of the order what its primary row tells. */
async function expectAgreement(order: TestOrder): Promise<void> {
  const { id, version, status, paymentStatus, customerId, currency, totals, attention } = await viewOf(
    db,
    order.orderId,
  );
  expect(await db.projections.find(order.orderId)).toEqual({
    orderId: id,
    lastSequence: version,
    status,
    paymentStatus,
    customerId,
    currency,
    totalMinor: totals.total.amountMinor,
    capturedMinor: totals.captured.amountMinor,
    refundedMinor: totals.refunded.amountMinor,
    attentionCode: attention?.code ?? null,
  });
}

describe('the read model', () => {
  test('agrees with the order after every event of its life', async () => {
    const order = newest();
    let applied = 0;
    const follow = async (): Promise<void> => {
      for (const event of await db.orderReads.events(order.orderId, applied, 100)) {
        expect(await applyOne(event)).toBe('applied');
        applied = event.sequence;
      }
      await expectAgreement(order);
    };
    await bring(db, order, 'reserved');
    await follow();
    for (const [index, stage] of (['confirmed', 'captured', 'completed'] as const).entries()) {
      const other = newest();
      await bring(db, other, stage);
      for (const event of await eventsOf(other)) expect(await applyOne(event)).toBe('applied');
      await expectAgreement(other);
      if (index < 1) continue;
      await db.orders.raiseAttention({ ...refOf(other), code: 'LATE', message: 'late' });
      for (const [number, amountMinor] of [100, 300].entries()) {
        const refundId = `ref_${other.orderId}_${number}`;
        await db.orders.startRefund({
          ...refOf(other),
          refundId,
          by: { amountMinor },
          reason: 'r',
          restock: false,
          actor: 'test',
        });
        await db.orders.recordRefunded(refundAnswer(other, refundId));
        for (const event of await eventsOf(other)) await applyOne(event);
        await expectAgreement(other);
      }
      for (const number of [1, 0]) {
        const done = refundAnswer(other, `ref_${other.orderId}_${number}`);
        await db.orders.recordRefundReturned({ ...done, failureCode: 'closed' });
        for (const event of await eventsOf(other)) await applyOne(event);
        await expectAgreement(other);
      }
      await db.orders.clearAttention({ ...refOf(other), code: 'LATE' });
      for (const event of await eventsOf(other)) await applyOne(event);
      await expectAgreement(other);
    }
  });

  test('agrees with orders that were rejected or cancelled', async () => {
    const rejected = newest();
    await db.orders.placeAndReject({ ...rejected, shortLines: [] });
    const cancelled = newest();
    await bring(db, cancelled, 'reserved');
    await db.orders.startCancelling({ ...refOf(cancelled), reason: 'no' });
    await db.orders.releaseReservations(refOf(cancelled));
    await db.orders.recordCancelled(refOf(cancelled));
    for (const order of [rejected, cancelled]) {
      for (const event of await eventsOf(order)) expect(await applyOne(event)).toBe('applied');
      await expectAgreement(order);
    }
  });

  test('takes an event once, however often it comes and however many bring it', async () => {
    const order = await bring(db, newest(), 'captured');
    for (const event of await eventsOf(order)) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => applyOne(event)));
      expect(answers.toSorted()).toEqual(['applied', 'repeated', 'repeated', 'repeated', 'repeated']);
    }
    for (const event of await eventsOf(order)) expect(await applyOne(event)).toBe('repeated');
    await expectAgreement(order);
  });

  test('leaves an event for later whose predecessor it has not seen', async () => {
    const order = await bring(db, newest(), 'confirmed');
    const [first, second, third] = await eventsOf(order);
    if (!first || !second || !third) throw new Error('the order has too few events');
    expect(await applyOne(second)).toBe('gap');
    expect(await db.projections.find(order.orderId)).toBeNull();
    expect(await applyOne(first)).toBe('applied');
    expect(await applyOne(third)).toBe('gap');
    expect(await applyOne(second)).toBe('applied');
    expect(await applyOne(third)).toBe('applied');
    expect(await db.projections.find(order.orderId)).toMatchObject({ lastSequence: 3 });
  });

  test('ends in the same state when events are brought in any order, many times, by many', async () => {
    const order = await bring(db, newest(), 'completed');
    const events = await eventsOf(order);
    const bringAll = async (start: number): Promise<void> => {
      for (let open = events.length; open > 0;) {
        open = 0;
        for (let index = 0; index < events.length; index += 1) {
          const event = events[(start + index * 5) % events.length];
          if (event && (await applyOne(event)) === 'gap') open += 1;
        }
      }
    };
    await Promise.all([bringAll(0), bringAll(3), bringAll(7)]);
    await expectAgreement(order);
  });

  test('takes events of many orders at once, whatever their order, and says of each what became of it', async () => {
    const orders = await Promise.all(
      ['completed', 'captured', 'confirmed'].map(async (stage) => {
        const order = newest();
        await bring(db, order, stage as 'completed');
        return order;
      }),
    );
    const events = (await Promise.all(orders.map(eventsOf))).flat();
    const [last] = events.slice(-1);
    if (!last) throw new Error('there are no events');
    const early = events.filter(({ id }) => id !== last.id);
    const ahead = { ...last, id: `${last.subject}-99`, sequence: 99 };
    const outcomes = await db.projections.apply([ahead, ...early.toReversed(), ...early.slice(0, 2)]);
    expect(new Set(early.map(({ id }) => outcomes.get(id)))).toEqual(new Set(['applied']));
    expect(outcomes.get(ahead.id)).toBe('gap');
    const again = await db.projections.apply(events);
    expect(events.map(({ id }) => again.get(id))).toEqual([...early.map(() => 'repeated'), 'applied']);
    for (const order of orders) await expectAgreement(order);
  });

  test('ends in the same state when many bring overlapping batches of many orders', async () => {
    const orders = await Promise.all(Array.from({ length: 6 }, () => bring(db, newest(), 'captured')));
    const events = (await Promise.all(orders.map(eventsOf))).flat();
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map((start) =>
        db.projections.apply([...events.slice(start * 7), ...events.slice(0, start * 7)]),
      ),
    );
    for (const order of orders) await expectAgreement(order);
    for (const { id } of events)
      expect(outcomes.map((of) => of.get(id)).toSorted()).toEqual([
        'applied',
        'repeated',
        'repeated',
        'repeated',
      ]);
  });

  test('refuses an event of a type that it does not know', async () => {
    const order = await bring(db, newest(), 'reserved');
    const [first] = await eventsOf(order);
    if (!first) throw new Error('the order has no events');
    const strange = { ...first, type: 'toString' } as unknown as OrderEvent;
    await expect(applyOne(strange)).rejects.toThrow(/unknown type/);
  });
});
