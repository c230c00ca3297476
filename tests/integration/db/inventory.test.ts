import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { Adjustment } from '../../../db/repositories/inventory.repository.ts';
import {
  bring,
  expectNoViolation,
  newOrder,
  openTestDatabase,
  stockItem,
  type TestDatabase,
} from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await expectNoViolation(db);
  await db.close();
});

const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

let adjustments = 0;
const adjustment = (sku: string, quantity: number, changes: Partial<Adjustment> = {}): Adjustment => ({
  adjustmentId: `adj_${(adjustments += 1)}`,
  sku,
  locationId: 'main',
  quantity,
  reason: 'counted',
  actor: 'key:operator',
  ...changes,
});

describe('an item', () => {
  test('is created and replaced with all its prices', async () => {
    const mug = { sku: 'MUG', name: 'A mug', prices: [eur(299), gbp(255)], weightGrams: 300, active: true };
    expect(await db.inventory.putItem(mug)).toEqual(mug);
    expect(await db.inventory.findItem('MUG')).toEqual(mug);
    const cheaper = { sku: 'MUG', name: 'A small mug', prices: [gbp(199)], weightGrams: 200, active: false };
    expect(await db.inventory.putItem(cheaper)).toEqual(cheaper);
    expect(await db.inventory.findItem('MUG')).toEqual(cheaper);
    expect(await db.inventory.findItem('nothing')).toBeNull();
  });

  test('that two replace at once has the prices of one of them', async () => {
    const put = (prices: { amountMinor: number; currency: string }[]) =>
      db.inventory.putItem({ sku: 'RACE', name: 'Race', prices, weightGrams: 1, active: true });
    for (let round = 0; round < 20; round += 1) {
      await Promise.all([put([gbp(1), eur(1)]), put([gbp(2)]), put([eur(3)])]);
      expect([[eur(1), gbp(1)], [gbp(2)], [eur(3)]]).toContainEqual(
        (await db.inventory.findItem('RACE'))?.prices,
      );
    }
  });

  test('cannot have a price that is no amount', async () => {
    const item = { sku: 'BAD', name: 'Bad', weightGrams: 1, active: true };
    for (const amountMinor of [-1, 0.5, 2 ** 53])
      await expect(db.inventory.putItem({ ...item, prices: [gbp(amountMinor)] })).rejects.toMatchObject({
        name: 'InvariantViolatedError',
        rule: 'items_prices',
      });
  });

  test('is priced in the currency asked for, or not at all', async () => {
    await db.inventory.putItem({
      sku: 'P1',
      name: '1',
      prices: [gbp(10), eur(12)],
      weightGrams: 1,
      active: true,
    });
    await db.inventory.putItem({ sku: 'P2', name: '2', prices: [gbp(0)], weightGrams: 1, active: false });
    const offers = async (currency: string) =>
      [...(await db.inventory.readOffers(['P1', 'P2', 'P1', 'unknown'], currency))].sort((a, b) =>
        a.sku < b.sku ? -1 : 1,
      );
    expect(await offers('GBP')).toEqual([
      { sku: 'P1', active: true, unitPriceMinor: 10, available: 0, waitingRoomIds: [] },
      { sku: 'P2', active: false, unitPriceMinor: 0, available: 0, waitingRoomIds: [] },
    ]);
    expect(await offers('EUR')).toEqual([
      { sku: 'P1', active: true, unitPriceMinor: 12, available: 0, waitingRoomIds: [] },
      { sku: 'P2', active: false, unitPriceMinor: null, available: 0, waitingRoomIds: [] },
    ]);
  });
});

describe('an adjustment', () => {
  test('puts stock on a shelf that was not there before', async () => {
    const sku = await stockItem(db, {});
    expect(await db.inventory.findInventory(sku)).toMatchObject({
      onHand: 0,
      locations: [{ onHand: 0 }, { onHand: 0 }],
    });
    expect(await db.inventory.adjust(adjustment(sku, 7, { locationId: 'west' }))).toEqual({
      kind: 'adjusted',
      inventory: {
        sku,
        onHand: 7,
        reserved: 0,
        available: 7,
        locations: [
          { locationId: 'main', onHand: 0, reserved: 0, available: 0 },
          { locationId: 'west', onHand: 7, reserved: 0, available: 7 },
        ],
      },
    });
  });

  test('is made once, however often and by however many it is asked for', async () => {
    const sku = await stockItem(db, {});
    const once = adjustment(sku, 3);
    const answers = await Promise.all(Array.from({ length: 8 }, () => db.inventory.adjust(once)));
    expect(answers.map((answer) => answer.kind)).toEqual(answers.map(() => 'adjusted'));
    expect(await db.inventory.findInventory(sku)).toMatchObject({ onHand: 3 });
    const taken = adjustment(sku, -3);
    const again = await Promise.all(Array.from({ length: 8 }, () => db.inventory.adjust(taken)));
    expect(again.map((answer) => answer.kind)).toEqual(again.map(() => 'adjusted'));
    expect(await db.inventory.findInventory(sku)).toMatchObject({ onHand: 0 });
  });

  test('does not take what is reserved', async () => {
    const sku = await stockItem(db, { main: 10 });
    await bring(db, newOrder([{ sku, quantity: 6 }]), 'reserved');
    expect(await db.inventory.adjust(adjustment(sku, -5))).toMatchObject({
      kind: 'refused',
      inventory: { onHand: 10, reserved: 6, available: 4 },
    });
    expect(await db.inventory.adjust(adjustment(sku, -4))).toMatchObject({
      kind: 'adjusted',
      inventory: { onHand: 6, reserved: 6, available: 0 },
    });
  });

  test('that was refused may be possible later under the same id', async () => {
    const sku = await stockItem(db, { main: 1 });
    const taken = adjustment(sku, -2);
    expect(await db.inventory.adjust(taken)).toMatchObject({ kind: 'refused' });
    await db.inventory.adjust(adjustment(sku, 1));
    expect(await db.inventory.adjust(taken)).toMatchObject({ kind: 'adjusted', inventory: { onHand: 0 } });
  });

  test('by many at once never takes more than there is', async () => {
    const sku = await stockItem(db, { main: 10 });
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => db.inventory.adjust(adjustment(sku, -1))),
    );
    expect(answers.filter((answer) => answer.kind === 'adjusted')).toHaveLength(10);
    expect(await db.inventory.findInventory(sku)).toMatchObject({ onHand: 0 });
  });

  test('needs an item and a location that exist', async () => {
    const sku = await stockItem(db, { main: 1 });
    expect(await db.inventory.adjust(adjustment('ghost', 1))).toEqual({ kind: 'unknown_item' });
    expect(await db.inventory.adjust(adjustment(sku, 1, { locationId: 'moon' }))).toEqual({
      kind: 'unknown_location',
    });
    expect(await db.inventory.findInventory('ghost')).toBeNull();
  });

  test('says in its movement who and why', async () => {
    const sku = await stockItem(db, {});
    const made = adjustment(sku, 2, { reason: 'found behind the shelf', actor: 'key:jo' });
    await db.inventory.adjust(made);
    const movements = await db.database.query(
      'test.movements',
      sql`SELECT kind, reference, quantity, reason, actor FROM stock_movements WHERE sku = ${sku}`,
    );
    expect(movements).toEqual([
      {
        kind: 'adjustment',
        reference: made.adjustmentId,
        quantity: 2,
        reason: made.reason,
        actor: made.actor,
      },
    ]);
  });
});

test('locations are listed, the preferred first', async () => {
  expect(await db.inventory.listLocations()).toEqual([
    { id: 'main', name: 'Main' },
    { id: 'west', name: 'West' },
  ]);
});
