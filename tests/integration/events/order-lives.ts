/** Orders that live through the repositories, as the workflow would have them live, so that real statements write real events. */
import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import type { Repositories } from '../../../db/repositories/index.ts';
import type { OrderEvent } from '../../../src/domain/events/event.ts';
import {
  bookingCancelOperationKey,
  paymentOperationKey,
  refundOperationKey,
  shipmentId,
} from '../../../src/domain/ids.ts';
import { validateEvent } from '../../support/event-schemas.ts';

const CURRENCY = 'GBP';
const UNIT_PRICE_MINOR = 255;
const QUANTITY = 2;
const TOTAL_MINOR = UNIT_PRICE_MINOR * QUANTITY;
const SKU = '85123A';

export const LIVES = ['completed', 'refunded', 'cancelled', 'declined', 'out_of_stock', 'attention'] as const;
export type Life = (typeof LIVES)[number];

type Orders = Repositories['orders'];

function stepsOf(orders: Orders, orderId: string) {
  const ref = { orderId, cause: { correlationId: `req-${orderId}`, causationId: `req-${orderId}` } };
  const parcel = shipmentId(orderId, 1);
  const captureKey = paymentOperationKey(orderId, 'capture');
  const placed = {
    ...ref,
    workflowRunId: `run-${orderId}`,
    principalId: 'key:test',
    fingerprint: 'fingerprint',
    customerId: 'cus_1',
    currency: CURRENCY,
    totalMinor: TOTAL_MINOR,
    lines: [{ lineId: '1', sku: SKU, quantity: QUANTITY, unitPriceMinor: UNIT_PRICE_MINOR }],
    paymentMethod: 'card',
    shipTo: { name: 'A', line1: 'B', city: 'Leeds', postalCode: 'LS1 1UR', country: 'GB' },
    contact: { email: 'someone@example.com' },
  };
  const reserve = (): Promise<unknown> =>
    orders.placeAndReserve({
      ...placed,
      authorizationKey: paymentOperationKey(orderId, 'authorize'),
      allocations: [{ lineId: '1', sku: SKU, locationId: 'main', quantity: QUANTITY }],
    });
  const authorize = (): Promise<unknown> =>
    orders.recordAuthorized({
      ...ref,
      operationKey: paymentOperationKey(orderId, 'authorize'),
      providerReference: 'pay_1',
      captureBefore: '2099-01-01T00:00:00.000Z',
    });
  const book = (): Promise<unknown> =>
    orders.recordBooked({
      ...ref,
      captureKey,
      shipments: [
        {
          shipmentId: parcel,
          bookingAttempt: 1,
          carrier: 'demo',
          trackingNumber: 'T1',
          carrierReference: 'c',
          labelUrl: 'http://x',
        },
      ],
    });
  const capture = (): Promise<unknown> =>
    orders.recordCaptured({
      ...ref,
      operationKey: captureKey,
      providerReference: 'pay_2',
      amountMinor: TOTAL_MINOR,
    });
  return {
    reserve,
    rejectForStock: () =>
      orders.placeAndReject({
        ...placed,
        shortLines: [{ lineId: '1', sku: SKU, requested: QUANTITY, available: 0 }],
      }),
    authorize,
    ship: async (): Promise<void> => {
      await book();
      await capture();
      await orders.recordShipped({ ...ref, shipmentId: parcel });
    },
    deliver: async (): Promise<void> => {
      await orders.recordDelivered({ ...ref, shipmentId: parcel });
      await orders.recordCompleted(ref);
    },
    refund: async (): Promise<void> => {
      const refundId = `ref_${orderId}`;
      await orders.startRefund({
        ...ref,
        refundId,
        by: { amountMinor: 100 },
        reason: 'damaged',
        restock: false,
        actor: 'key:test',
      });
      await orders.recordRefunded({
        ...ref,
        refundId,
        operationKey: refundOperationKey(refundId),
        providerReference: 'pay_3',
      });
    },
    decline: async (): Promise<void> => {
      await orders.recordDeclined({
        ...ref,
        operationKey: paymentOperationKey(orderId, 'authorize'),
        providerReference: 'pay_1',
        declineReason: 'insufficient_funds',
      });
      await orders.releaseReservations(ref);
      await orders.recordRejected({
        ...ref,
        rejection: { code: 'PAYMENT_DECLINED', message: 'Declined', declineReason: 'insufficient_funds' },
      });
    },
    cancel: async (): Promise<void> => {
      const voidKey = paymentOperationKey(orderId, 'void');
      const cancelKey = bookingCancelOperationKey(parcel);
      await orders.startCancelling({ ...ref, reason: 'customer_request' });
      await orders.planOperation({ orderId, key: cancelKey, kind: 'cancel_booking', subjectId: parcel });
      await orders.recordBookingCancelled({
        ...ref,
        shipmentId: parcel,
        bookingAttempt: 1,
        operationKey: cancelKey,
        carrierReference: null,
      });
      await orders.planOperation({ orderId, key: voidKey, kind: 'void', subjectId: null });
      await orders.recordVoided({ ...ref, operationKey: voidKey, providerReference: 'pay_4' });
      await orders.releaseReservations(ref);
      await orders.recordCancelled(ref);
    },
    raiseAndClear: async (): Promise<void> => {
      await orders.raiseAttention({
        ...ref,
        code: 'BOOKING_UNRESOLVED',
        message: 'The carrier is asked on.',
      });
      await orders.clearAttention({ ...ref, code: 'BOOKING_UNRESOLVED' });
    },
  };
}

/** An order from its first event to its last. */
export async function live(orders: Orders, orderId: string, life: Life): Promise<void> {
  const steps = stepsOf(orders, orderId);
  if (life === 'out_of_stock') {
    await steps.rejectForStock();
    return;
  }
  await steps.reserve();
  if (life === 'declined') {
    await steps.decline();
    return;
  }
  await steps.authorize();
  if (life === 'attention') await steps.raiseAndClear();
  if (life === 'cancelled') {
    await steps.cancel();
    return;
  }
  await steps.ship();
  if (life === 'refunded') await steps.refund();
  await steps.deliver();
}

export function orderIdOf(prefix: string, number: number): string {
  return `ord_${prefix}${String(number).padStart(4, '0')}`;
}

/** Lets orders live side by side, all kinds of lives in turn. @returns their ids */
export async function liveMany(orders: Orders, prefix: string, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, index) => orderIdOf(prefix, index));
  await Promise.all(ids.map((id, index) => live(orders, id, LIVES[index % LIVES.length] ?? 'completed')));
  return ids;
}

/** Location, item and stock that the lives need. */
export async function stockUp(
  database: Database,
  { inventory }: Pick<Repositories, 'inventory'>,
): Promise<void> {
  await database.query('test.addLocation', sql`INSERT INTO locations VALUES ('main', 'Main', 1)`);
  await inventory.putItem({
    sku: SKU,
    name: 'Heart holder',
    prices: [{ amountMinor: UNIT_PRICE_MINOR, currency: CURRENCY }],
    weightGrams: 500,
    active: true,
  });
  await inventory.adjust({
    adjustmentId: 'adj_opening',
    sku: SKU,
    locationId: 'main',
    quantity: 100_000,
    reason: 'opening',
    actor: 'key:test',
  });
}

/** All events of these orders as the API would answer them. */
export async function storedEvents(
  { orderReads }: Pick<Repositories, 'orderReads'>,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, readonly OrderEvent[]>> {
  const events = await Promise.all(orderIds.map((id) => orderReads.events(id, 0, 1000)));
  return new Map(orderIds.map((id, index) => [id, events[index] ?? []]));
}

/**
 * What a subscriber has seen, per order and in the order of arrival. Repetitions of an event that was seen before are left
 * out when they are equal to it.
 * @throws Error when a body is not as documented, or a repetition differs
 */
export function firstDeliveries(bodies: readonly string[]): ReadonlyMap<string, readonly OrderEvent[]> {
  const seen = new Map<string, string>();
  const byOrder = new Map<string, OrderEvent[]>();
  for (const body of bodies) {
    const event = JSON.parse(body) as OrderEvent;
    const problems = validateEvent(event);
    if (problems.length > 0) throw new Error(`${event.id} is not as documented: ${problems.join('; ')}`);
    const before = seen.get(event.id);
    if (before !== undefined && before !== body) throw new Error(`${event.id} came again with other content`);
    if (before !== undefined) continue;
    seen.set(event.id, body);
    byOrder.set(event.subject, [...(byOrder.get(event.subject) ?? []), event]);
  }
  return byOrder;
}
