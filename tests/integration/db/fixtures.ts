/** A database of its own for a test file, and orders brought to where a test begins. */
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { createDatabase as connect, type Database, type DatabaseOptions } from '../../../db/client.ts';
import { createRepositories, type Repositories } from '../../../db/repositories/index.ts';
import type { OrderRef, PlacedOrder } from '../../../db/repositories/orders.repository.ts';
import { bookingOperationKey, paymentOperationKey, refundOperationKey } from '../../../src/domain/ids.ts';
import type { Allocation } from '../../../src/domain/inventory/allocation.ts';
import type { OrderStatus } from '../../../src/domain/orders/order-status.ts';
import type { EventType } from '../../../src/domain/events/event.ts';
import { checkInvariants } from '../../support/invariants.ts';
import { createDatabase } from '../../support/stack.ts';

export interface TestDatabase extends Repositories {
  readonly url: string;
  readonly database: Database;
  /** Another pool on the same database. */
  readonly connect: (options?: Partial<DatabaseOptions>) => Database;
  readonly close: () => Promise<void>;
}

/** An empty database with the locations `main` and `west`. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createDatabase();
  const opened: Database[] = [];
  const open = (options: Partial<DatabaseOptions> = {}): Database => {
    const database = connect({ url, poolSize: 10, ...options });
    opened.push(database);
    return database;
  };
  const database = open();
  await database.query(
    'test.locations',
    sql`INSERT INTO locations (id, name, priority) VALUES ('main', 'Main', 1), ('west', 'West', 2)`,
  );
  return {
    ...createRepositories(database),
    url,
    database,
    connect: open,
    async close() {
      for (const each of opened) await each.close();
      await drop();
    },
  };
}

export async function expectNoViolation({ url }: TestDatabase): Promise<void> {
  expect(await checkInvariants(url)).toEqual([]);
}

let counter = 0;

/** A new item with a price of 100 in GBP and this much stock. @returns its sku */
export async function stockItem(
  { inventory }: TestDatabase,
  stock: Readonly<Record<string, number>>,
  sku = `SKU-${(counter += 1)}`,
): Promise<string> {
  const prices = [{ amountMinor: 100, currency: 'GBP' }];
  await inventory.putItem({ sku, name: `Item ${sku}`, prices, weightGrams: 250, active: true });
  for (const [locationId, quantity] of Object.entries(stock)) {
    const adjustment = {
      adjustmentId: `adj_${sku}`,
      sku,
      locationId,
      quantity,
      reason: 'opening',
      actor: 'test',
    };
    expect(await inventory.adjust(adjustment)).toMatchObject({ kind: 'adjusted' });
  }
  return sku;
}

/** What of an item lies where: `[on hand, reserved]` by location. */
export async function shelvesOf(
  { inventory }: TestDatabase,
  sku: string,
): Promise<Record<string, readonly [number, number]>> {
  const view = await inventory.findInventory(sku);
  return Object.fromEntries(
    (view?.locations ?? []).map(({ locationId, onHand, reserved }) => [
      locationId,
      [onHand, reserved] as const,
    ]),
  );
}

export interface TestLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceMinor?: number;
  /** Where it is taken from. @default all from `main` */
  readonly from?: Readonly<Record<string, number>>;
}

export type TestOrder = PlacedOrder & {
  readonly allocations: readonly Allocation[];
  readonly authorizationKey: string;
};

/** An order as the workflow would place it. */
export function newOrder(lines: readonly TestLine[], changes: Partial<PlacedOrder> = {}): TestOrder {
  const orderId = changes.orderId ?? `ord_${randomUUID().replaceAll('-', '').slice(0, 26)}`;
  const priced = lines.map(({ sku, quantity, unitPriceMinor = 100 }, index) => ({
    lineId: `${index + 1}`,
    sku,
    quantity,
    unitPriceMinor,
  }));
  return {
    cause: { correlationId: 'req_1', causationId: 'req_1' },
    workflowRunId: `run_${orderId}`,
    principalId: 'key:test',
    fingerprint: 'digest',
    customerId: 'cus_1',
    currency: 'GBP',
    totalMinor: priced.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0),
    lines: priced,
    paymentMethod: 'card',
    shipTo: { name: 'Jane Doe', line1: '1 High Street', city: 'Leeds', postalCode: 'LS1 1UR', country: 'GB' },
    contact: { email: 'jane@example.com', phone: '+44 113 496 0000' },
    ...changes,
    orderId,
    allocations: lines.flatMap(({ sku, quantity, from = { main: quantity } }, index) =>
      Object.entries(from).map(([locationId, taken]) => ({
        lineId: `${index + 1}`,
        sku,
        locationId,
        quantity: taken,
      })),
    ),
    authorizationKey: paymentOperationKey(orderId, 'authorize'),
  };
}

export function refOf({ orderId }: { readonly orderId: string }, causationId = 'step'): OrderRef {
  return { orderId, cause: { correlationId: 'req_1', causationId } };
}

export const authorization = (order: { readonly orderId: string }) => ({
  ...refOf(order),
  operationKey: paymentOperationKey(order.orderId, 'authorize'),
  providerReference: 'pay_1',
  captureBefore: '2031-05-01T00:00:00.000Z',
});

export const capture = (order: TestOrder) => ({
  ...refOf(order),
  operationKey: paymentOperationKey(order.orderId, 'capture'),
  providerReference: 'cap_1',
  amountMinor: order.totalMinor,
});

export const refundAnswer = (order: { readonly orderId: string }, refundId: string) => ({
  ...refOf(order),
  refundId,
  operationKey: refundOperationKey(refundId),
  providerReference: 'rfd_1',
});

/** The labels of all shipments of an order, and the key of its capture. */
export async function booking({ orders }: TestDatabase, order: TestOrder) {
  const { shipments: plans } = await orders.readFulfilment(order.orderId);
  return {
    ...refOf(order),
    captureKey: paymentOperationKey(order.orderId, 'capture'),
    shipments: plans.map(({ shipmentId, bookingAttempt }) => ({
      shipmentId,
      bookingAttempt,
      carrier: 'Parcel & Co',
      trackingNumber: `TRK-${shipmentId}`,
      carrierReference: bookingOperationKey(shipmentId, bookingAttempt),
      labelUrl: `http://carrier.example/${shipmentId}.pdf`,
    })),
  };
}

type Stage = 'reserved' | 'confirmed' | 'fulfilling' | 'captured' | 'shipped' | 'delivered' | 'completed';

/** Places an order and takes it as far as `stage`. */
export async function bring(test: TestDatabase, order: TestOrder, stage: Stage): Promise<TestOrder> {
  const { orders } = test;
  const ref = refOf(order);
  const parcels = async (): Promise<readonly string[]> =>
    (await orders.readFulfilment(order.orderId)).shipments.map((plan) => plan.shipmentId);
  const steps: readonly [Stage, OrderStatus, () => Promise<unknown>][] = [
    ['reserved', 'reserved', () => orders.placeAndReserve(order)],
    ['confirmed', 'confirmed', () => orders.recordAuthorized(authorization(order))],
    ['fulfilling', 'fulfilling', async () => orders.recordBooked(await booking(test, order))],
    ['captured', 'fulfilling', () => orders.recordCaptured(capture(order))],
    [
      'shipped',
      'shipped',
      async () => {
        for (const shipmentId of await parcels()) await orders.recordShipped({ ...ref, shipmentId });
      },
    ],
    [
      'delivered',
      'delivered',
      async () => {
        for (const shipmentId of await parcels()) await orders.recordDelivered({ ...ref, shipmentId });
      },
    ],
    ['completed', 'completed', () => orders.recordCompleted(ref)],
  ];
  for (const [name, status, step] of steps) {
    await step();
    expect((await viewOf(test, order.orderId)).status).toBe(status);
    if (name === stage) return order;
  }
  throw new Error(`there is no stage ${stage}`);
}

export async function viewOf({ orderReads }: TestDatabase, orderId: string) {
  const found = await orderReads.find(orderId);
  if (found === null) throw new Error(`there is no order ${orderId}`);
  return found.view;
}

/** Types of an order's events in their order, without `commerce.` and the version. */
export async function eventsOf({ orderReads }: TestDatabase, orderId: string): Promise<string[]> {
  const events = await orderReads.events(orderId, 0, 1000);
  expect(events.map((event) => event.sequence)).toEqual(events.map((_event, index) => index + 1));
  return events.map((event) => shortOf(event.type));
}

export function shortOf(type: EventType): string {
  return type.replace(/^commerce\./, '').replace(/\.v1$/, '');
}

/** Status of each operation of an order at other companies, by key. */
export async function operationsOf(
  { database }: TestDatabase,
  orderId: string,
): Promise<Record<string, string>> {
  const rows = await database.query<{ key: string; status: string }>(
    'test.operations',
    sql`SELECT key, status FROM provider_operations WHERE order_id = ${orderId} ORDER BY key`,
  );
  return Object.fromEntries(rows.map((row) => [row.key, row.status]));
}

/** Settles all and answers what each came to: its value, or the name of its error. */
export async function outcomes<Value>(work: readonly Promise<Value>[]): Promise<(Value | string)[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason)));
}

/** Makes an order one that was placed, and all of whose events happened, at another time; milliseconds since 1970. */
export async function placedAt({ url }: TestDatabase, orderId: string, timeMs: number): Promise<void> {
  const time = new Date(timeMs).toISOString();
  // Time does not change in life, so nothing that refers to it follows.
  const superuser = postgres(url, { max: 1, connection: { session_replication_role: 'replica' } });
  try {
    await superuser`UPDATE orders SET created_at = ${time}, updated_at = ${time} WHERE id = ${orderId}`;
    await superuser`UPDATE order_events SET placed_at = ${time}, occurred_at = ${time} WHERE order_id = ${orderId}`;
    await superuser`UPDATE outbox SET placed_at = ${time} WHERE order_id = ${orderId}`;
  } finally {
    await superuser.end({ timeout: 5 });
  }
}
