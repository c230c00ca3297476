/** Rooms and tickets at the level of the statements: the arithmetic of admission, arrival, and the use of a ticket. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { WaitingRoom } from '../../../db/repositories/waiting-rooms.repository.ts';
import { ticketIdOf } from '../../../src/api/http/derived-id.ts';
import { newOrder, openTestDatabase, stockItem, type TestDatabase } from './fixtures.ts';

let db: TestDatabase;
let sku: string;
beforeAll(async () => {
  db = await openTestDatabase();
  sku = await stockItem(db, { main: 10 });
});
afterAll(async () => {
  await db.close();
});

const VALID_FOR_MS = 600_000;
let rooms = 0;

async function newRoom(changes: Partial<WaitingRoom> = {}): Promise<WaitingRoom> {
  const room: WaitingRoom = {
    id: `room-${(rooms += 1)}`,
    name: 'A sale',
    skus: [sku],
    admissionsPerSecond: 0,
    opensAt: null,
    closesAt: null,
    ...changes,
  };
  await db.waitingRooms.put(room, null);
  return room;
}

const join = (roomId: string, customerId: string) =>
  db.waitingRooms.join({ ticketId: ticketIdOf(roomId, customerId), roomId, customerId });
const read = (roomId: string, customerId: string) =>
  db.waitingRooms.admitAndFind(roomId, ticketIdOf(roomId, customerId), VALID_FOR_MS);

async function joinMany(roomId: string, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1)
    expect(await join(roomId, `cus_${number}`)).toBe('joined');
}

async function admittedNumber(roomId: string): Promise<number> {
  const progress = await db.waitingRooms.admit(roomId, VALID_FOR_MS);
  return progress?.admittedNumber ?? -1;
}

/** As if nobody had asked for that long. */
async function letPass(roomId: string, interval: string): Promise<void> {
  await db.database.query(
    'test.letPass',
    sql`UPDATE waiting_rooms SET counted_at = counted_at - ${interval}::interval WHERE id = ${roomId}`,
  );
}

/** As if its time had passed. */
async function expire(roomId: string, customerId: string): Promise<void> {
  await db.database.query(
    'test.expire',
    sql`UPDATE waiting_room_tickets SET admitted_at = now() - interval '1 hour', valid_until = now()
      WHERE id = ${ticketIdOf(roomId, customerId)}`,
  );
}

async function allowanceOf(roomId: string): Promise<number> {
  const [row] = await db.database.query<{ readonly allowance: number }>(
    'test.allowance',
    sql`SELECT allowance FROM waiting_rooms WHERE id = ${roomId}`,
  );
  return row?.allowance ?? -1;
}

describe('admission', () => {
  test('gathers no more than what one second brings, however long nobody asked', async () => {
    const { id } = await newRoom({ admissionsPerSecond: 7 });
    await joinMany(id, 20);
    await letPass(id, '1 hour');
    expect(await admittedNumber(id)).toBe(7);
  });

  test('gathers one ticket when a second brings less than one', async () => {
    const { id } = await newRoom({ admissionsPerSecond: 0.001 });
    await joinMany(id, 3);
    expect(await admittedNumber(id)).toBe(0);
    await letPass(id, '999 seconds');
    expect(await admittedNumber(id)).toBe(0);
    await letPass(id, '1 day');
    expect(await admittedNumber(id)).toBe(1);
  });

  test('takes the lowest numbers, gives each its time, and no ticket that nobody has', async () => {
    const { id } = await newRoom({ admissionsPerSecond: 2 });
    await joinMany(id, 3);
    await letPass(id, '1 hour');
    const before = Date.now();
    expect(await read(id, 'cus_2')).toMatchObject({ state: 'admitted', number: 2, admittedNumber: 2 });
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'admitted', number: 1 });
    const { validUntil } = (await read(id, 'cus_1')) ?? {};
    expect(Date.parse(validUntil ?? '') - before).toBeGreaterThan(VALID_FOR_MS - 60_000);
    await letPass(id, '1 hour');
    expect(await admittedNumber(id)).toBe(3);
    await letPass(id, '1 hour');
    expect(await admittedNumber(id)).toBe(3);
  });

  test('does not begin before the room opens, nor count the time before', async () => {
    const { id } = await newRoom({ admissionsPerSecond: 1000, opensAt: '2190-01-01T00:00:00.000Z' });
    await joinMany(id, 2);
    await letPass(id, '1 hour');
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'waiting', admittedNumber: 0 });
    expect((await read(id, 'cus_1'))?.opensInMs).toBeGreaterThan(1_000_000_000_000);
  });

  test('ends when the room closes, and who waited then waits for nothing', async () => {
    const room = await newRoom();
    await joinMany(room.id, 1);
    await db.waitingRooms.put(
      { ...room, admissionsPerSecond: 1000, closesAt: '2020-01-01T00:00:00.000Z' },
      null,
    );
    expect(await read(room.id, 'cus_1')).toMatchObject({ state: 'expired', closed: true, admittedNumber: 0 });
    expect(await join(room.id, 'cus_2')).toBe('closed');
    expect(await join('no-room', 'cus_2')).toBe('unknown_room');
  });
});

describe('a change of the rate', () => {
  test('brings what the old rate has gathered, and nothing of the new one', async () => {
    const room = await newRoom({ admissionsPerSecond: 0.5 });
    await joinMany(room.id, 50);
    await letPass(room.id, '1 hour');
    await db.waitingRooms.put({ ...room, admissionsPerSecond: 1000 }, null);
    expect(await allowanceOf(room.id)).toBe(1);
  });

  test('to a lower one leaves no more than one second of it', async () => {
    const room = await newRoom({ admissionsPerSecond: 40 });
    await joinMany(room.id, 50);
    await letPass(room.id, '1 hour');
    await db.waitingRooms.put({ ...room, admissionsPerSecond: 3 }, null);
    expect(await allowanceOf(room.id)).toBe(3);
  });

  test('to zero pauses, takes no admission back, and going on brings nothing of the pause', async () => {
    const room = await newRoom({ admissionsPerSecond: 2 });
    await joinMany(room.id, 10);
    await letPass(room.id, '1 hour');
    expect(await admittedNumber(room.id)).toBe(2);
    await letPass(room.id, '1 hour');
    await db.waitingRooms.put({ ...room, admissionsPerSecond: 0 }, null);
    await letPass(room.id, '1 hour');
    expect(await admittedNumber(room.id)).toBe(2);
    expect(await read(room.id, 'cus_2')).toMatchObject({ state: 'admitted' });
    await db.waitingRooms.put({ ...room, admissionsPerSecond: 0.001 }, null);
    expect(await allowanceOf(room.id)).toBe(0);
    expect(await admittedNumber(room.id)).toBe(2);
  });

  test('repeated changes nothing more', async () => {
    const room = await newRoom({ admissionsPerSecond: 2 });
    await joinMany(room.id, 10);
    await letPass(room.id, '1 hour');
    const faster = { ...room, admissionsPerSecond: 4 };
    await db.waitingRooms.put(faster, null);
    await letPass(room.id, '-1 hour');
    await db.waitingRooms.put(faster, null);
    expect(await allowanceOf(room.id)).toBe(2);
  });
});

describe('a ticket', () => {
  const claim = async (
    roomId: string,
    orderId: string,
    changes: Partial<Parameters<TestDatabase['waitingRooms']['claim']>[0]> = {},
  ) =>
    db.waitingRooms.claim({
      ticketId: ticketIdOf(roomId, 'cus_1'),
      roomId,
      number: 1,
      customerId: 'cus_1',
      orderId,
      ...changes,
    });

  /** A room in which the first customer is admitted. */
  async function admitted(): Promise<string> {
    const { id } = await newRoom({ admissionsPerSecond: 1 });
    await joinMany(id, 1);
    await letPass(id, '1 hour');
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'admitted' });
    return id;
  }

  test('is used by one order, however often that one is sent, also when its time is over', async () => {
    const id = await admitted();
    expect(await claim(id, `ord_a_${id}`)).toEqual({ kind: 'claimed' });
    await expire(id, 'cus_1');
    expect(await claim(id, `ord_a_${id}`)).toEqual({ kind: 'claimed' });
    expect(await claim(id, `ord_b_${id}`)).toEqual({ kind: 'used', orderId: `ord_a_${id}` });
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'used', orderId: `ord_a_${id}` });
    expect(await join(id, 'cus_1')).toBe('joined');
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'used', number: 1 });
  });

  test('goes to one of fifty orders that want it at once', async () => {
    const id = await admitted();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => claim(id, `ord_${index}_${id}`)),
    );
    expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'used')).toHaveLength(49);
  });

  test('is not used by others, nor by what was given out for another place', async () => {
    const id = await admitted();
    for (const changes of [
      { customerId: 'cus_2' },
      { number: 2 },
      { roomId: 'room-1' },
      { ticketId: 'tkt_x' },
    ])
      expect(await claim(id, 'ord_x', changes)).toEqual({ kind: 'unknown' });
  });

  test('is not used before it is admitted, nor when its time is over', async () => {
    const { id } = await newRoom();
    await joinMany(id, 1);
    expect(await claim(id, 'ord_x')).toEqual({ kind: 'expired' });
    const other = await admitted();
    await expire(other, 'cus_1');
    expect(await claim(other, 'ord_x')).toEqual({ kind: 'expired' });
  });

  test('comes back from an order that was rejected, within its time', async () => {
    const id = await admitted();
    const order = newOrder([{ sku, quantity: 1000 }]);
    const { orderId } = order;
    expect(await claim(id, orderId)).toEqual({ kind: 'claimed' });
    const shortLines = [{ lineId: '1', sku, requested: 1000, available: 10 }];
    expect(await db.orders.placeAndReject({ ...order, shortLines })).toBe('rejected');
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'admitted', orderId: null });
    expect(await claim(id, `ord_b_${id}`)).toEqual({ kind: 'claimed' });
    expect(await claim(id, orderId)).toEqual({ kind: 'used', orderId: `ord_b_${id}` });
  });

  test('comes back from an order that will never be, and stays with one that is', async () => {
    const id = await admitted();
    const order = newOrder([{ sku, quantity: 1 }]);
    await claim(id, order.orderId);
    await db.waitingRooms.release(order.orderId);
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'admitted' });
    await claim(id, order.orderId);
    expect(await db.orders.placeAndReserve(order)).toBe('reserved');
    await db.waitingRooms.release(order.orderId);
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'used', orderId: order.orderId });
    expect(await db.waitingRooms.find(id)).toMatchObject({ waiting: 0, admitted: 1, bought: 1 });
  });

  test('that expired is taken anew at the end, and once by many who ask at once', async () => {
    const id = await admitted();
    expect(await join(id, 'cus_2')).toBe('joined');
    await expire(id, 'cus_1');
    expect(await read(id, 'cus_1')).toMatchObject({ state: 'expired' });
    await Promise.all(Array.from({ length: 20 }, () => join(id, 'cus_1')));
    expect(await read(id, 'cus_1')).toMatchObject({ number: 3 });
    expect((await db.waitingRooms.find(id))?.waiting).toBe(2);
  });
});

describe('a room', () => {
  test('guards its items from when it opens until it closes', async () => {
    const guarded = await stockItem(db, { main: 1 });
    const guards = async (): Promise<unknown> => {
      const [offer] = await db.inventory.readOffers([guarded], 'GBP');
      return offer?.waitingRoomIds;
    };
    expect(await guards()).toEqual([]);
    const room = await newRoom({ skus: [guarded], opensAt: '2190-01-01T00:00:00.000Z' });
    expect(await guards()).toEqual([]);
    await db.waitingRooms.put({ ...room, opensAt: null }, null);
    expect(await guards()).toEqual([room.id]);
    const other = await newRoom({ skus: [sku, guarded], closesAt: '2190-01-01T00:00:00.000Z' });
    expect(await guards()).toEqual([room.id, other.id]);
    await db.waitingRooms.put({ ...other, closesAt: '2020-01-01T00:00:00.000Z' }, null);
    await db.waitingRooms.put({ ...room, skus: [sku] }, null);
    expect(await guards()).toEqual([]);
  });

  test('is refused by the database when a statement would make it wrong', async () => {
    for (const [changes, rule] of [
      [{ skus: [] }, 'waiting_rooms_skus'],
      [{ admissionsPerSecond: -1 }, 'waiting_rooms_rate'],
      [{ opensAt: '2026-01-01T00:00:00.000Z', closesAt: '2026-01-01T00:00:00.000Z' }, 'waiting_rooms_time'],
    ] as const)
      await expect(newRoom(changes)).rejects.toMatchObject({ name: 'InvariantViolatedError', rule });
  });
});
