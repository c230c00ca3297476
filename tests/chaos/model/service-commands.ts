/**
 * What can be done to a whole order service over HTTP, as commands against the same model: each is one request, or one event
 * in the world outside, and whatever the service makes of it until it is at rest again.
 */
import { deepStrictEqual as mustEqual } from 'node:assert/strict';
import * as fc from 'fast-check';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import type { Answer, ShopLab } from '../support/shop-lab.ts';
import { Command } from './command.ts';
import { LOCATIONS } from './record-shop.ts';
import {
  refundableMinor,
  refundedMinor,
  type ModelLine,
  type ModelOrder,
  type ShopModel,
} from './shop-model.ts';

/** The price of the only item of a lab, in minor units. */
const PRICE_MINOR = 370;
const OPENING_STOCK = 6;
/** Parcels stay at the desk until a command lets them go. */
const HELD_MS = 3_600_000;
/** Programs that may be killed at any moment. */
const VICTIMS = ['order-worker-1', 'relay', 'api', 'postgres', 'temporal', 'aws', 'projections'] as const;
const TOKENS = [
  'tok_visa',
  'tok_visa',
  'tok_lost_reply',
  'tok_error_after',
  'tok_declined_do_not_honor',
] as const;

interface Sent {
  readonly path: string;
  readonly key: string;
  readonly body: unknown;
  readonly text: string;
}

/** What all sequences share. */
export type ServiceWorld = Pick<ServiceSession, 'lab' | 'crash'>;

/** A customer's view of one item in a service that others use at the same time. */
export class ServiceSession {
  readonly lab: ShopLab;
  /** Kills a program and waits until it is back; one at a time over all sequences. */
  readonly crash: (program: string) => Promise<void>;
  readonly sku: string;
  readonly sent: Sent[] = [];
  readonly #name: string;
  #count = 0;

  private constructor(world: ServiceWorld, name: string, sku: string) {
    this.lab = world.lab;
    this.crash = world.crash;
    this.#name = name;
    this.sku = sku;
  }

  static async open(world: ServiceWorld, name: string, model: ShopModel): Promise<ServiceSession> {
    const { lab } = world;
    const sku = await lab.stock(Object.fromEntries(LOCATIONS.map((location) => [location, OPENING_STOCK])));
    for (const location of LOCATIONS) model.adjust(sku, location, OPENING_STOCK);
    return new ServiceSession(world, name, sku);
  }

  nextKey(): string {
    this.#count += 1;
    return `${this.#name}-${this.#count}`;
  }

  /** Sends a request until it is decided, and keeps it, so that it can be sent again. */
  async send(path: string, body: unknown, key = this.nextKey()): Promise<Answer> {
    const answer = await this.lab.insist('POST', path, { body, idempotencyKey: key });
    this.sent.push({ path, key, body, text: answer.text });
    return answer;
  }
}

type ServiceCommand = Command<ShopModel, ServiceSession>;

const at = <Item>(items: readonly Item[], choice: number): Item | undefined => items[choice % items.length];
const choice = fc.nat({ max: 1_000 });

function untilStatus(session: ServiceSession, order: ModelOrder, status: string): Promise<OrderView> {
  return session.lab.until(order.id, status, (view) => view.status === status);
}

/** The order and the shelves, as the service shows them, are as in the model. */
export async function compareWithService(model: ShopModel, session: ServiceSession): Promise<void> {
  for (const order of model.orders) {
    const view = await session.lab.until(order.id, 'readable', () => true);
    mustEqual(
      {
        status: view.status,
        paymentStatus: view.paymentStatus,
        captured: view.totals.captured.amountMinor,
        refunded: view.totals.refunded.amountMinor,
        parcels: view.shipments.map((shipment) => [shipment.locationId, shipment.status]).sort(),
      },
      {
        status: order.status,
        paymentStatus: order.paymentStatus,
        captured: order.capturedMinor,
        refunded: refundedMinor(order),
        parcels: [...order.parcels].sort(),
      },
    );
  }
  const { body } = await session.lab.insist('GET', `/v1/inventory/${session.sku}`, {
    idempotencyKey: 'none',
  });
  const { locations } = body as { locations: { locationId: string; onHand: number; reserved: number }[] };
  for (const { locationId, onHand, reserved } of locations)
    mustEqual({ locationId, onHand, reserved }, { locationId, ...model.shelf(session.sku, locationId) });
}

const adjust = fc
  .tuple(
    fc.constantFrom(...LOCATIONS),
    fc.integer({ min: -4, max: 6 }).filter((quantity) => quantity !== 0),
  )
  .map(
    ([locationId, quantity]): ServiceCommand =>
      new Command('adjust', async (model, session) => {
        const path = `/v1/inventory/${session.sku}/adjustments`;
        const answer = await session.send(path, { locationId, quantity, reason: 'counted' });
        const expected = model.adjust(session.sku, locationId, quantity);
        mustEqual(answer.status, expected === 'adjusted' ? 201 : 409);
        return `adjust ${locationId} by ${quantity}: ${expected}`;
      }),
  );

const place = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 2 }),
    fc.constantFrom(...TOKENS),
    fc.constantFrom('normal', 'duplicate', 'shuffle'),
  )
  .map(
    ([quantities, token, webhooks]): ServiceCommand =>
      new Command('place', async (model, session) => {
        const { lab, sku } = session;
        const key = session.nextKey();
        const orderId = lab.orderIdOf(key);
        for (const provider of ['payments', 'carrier'] as const)
          await lab.control(provider, 'PUT', 'webhooks', { mode: webhooks, orderId });
        await lab.control('carrier', 'PUT', 'speed', {
          orderId,
          shippedAfterMs: HELD_MS,
          deliveredAfterMs: HELD_MS,
        });
        const lines = quantities.map((quantity) => ({ sku, quantity }));
        const answer = await session.send('/v1/orders', lab.orderBody(lines, token), key);
        const order = await placeInModel(model, session, orderId, quantities, token);
        mustEqual(answer.status, expectedStatus(order));
        return `${orderId}: place ${quantities.join(' + ')} with ${token}, webhooks ${webhooks}: ${order?.status ?? 'refused'}`;
      }),
  );

function expectedStatus(order: ModelOrder | null): number {
  if (order === null) return 409;
  return order.status === 'rejected' ? 402 : 201;
}

/**
 * Waits until the order is where it stays by itself.
 * @returns null when not everything is there: nobody else takes from this shelf, so it is seen before an order is made
 */
async function placeInModel(
  model: ShopModel,
  session: ServiceSession,
  orderId: string,
  quantities: readonly number[],
  token: string,
): Promise<ModelOrder | null> {
  const lines = quantities.map((quantity, index): ModelLine => ({
    lineId: String(index + 1),
    sku: session.sku,
    quantity,
    unitPriceMinor: PRICE_MINOR,
  }));
  if (!model.canReserve(lines)) {
    const { status } = await session.lab.insist('GET', `/v1/orders/${orderId}`, { idempotencyKey: 'none' });
    mustEqual(status, 404);
    return null;
  }
  const isDeclined = token.startsWith('tok_declined');
  const view = await session.lab.until(orderId, 'at rest', ({ status, paymentStatus }) =>
    isDeclined ? status === 'rejected' : status === 'fulfilling' && paymentStatus === 'captured',
  );
  const taken = view.lines.flatMap(({ lineId, sku, allocations }) =>
    allocations.map(({ locationId, quantity }) => ({ lineId, sku, location: locationId, quantity })),
  );
  const order = model.place(orderId, lines, taken);
  if (isDeclined) {
    model.decline(order);
    model.release(order);
    model.reject(order);
  } else {
    model.authorize(order);
    model.book(order);
    model.capture(order);
  }
  return order;
}

const cancel = choice.map(
  (whose): ServiceCommand =>
    new Command('cancel', async (model, session) => {
      const order = at(model.orders, whose);
      if (order === undefined) return null;
      const isPossible = order.status === 'fulfilling';
      const answer = await session.send(`/v1/orders/${order.id}/cancel`, { reason: 'customer_request' });
      // A cancelled order that is cancelled again is what was asked for.
      mustEqual(answer.status, isPossible || order.status === 'cancelled' ? 200 : 409);
      if (!isPossible) return `${order.id}: cancel, too late`;
      // The answer may come while something is still being given back.
      await untilStatus(session, order, 'cancelled');
      for (const location of order.parcels.keys()) model.stopParcel(order, location);
      model.startCancelling(order);
      if (refundableMinor(order) > 0) {
        model.startRefund(order, { refundId: 'cancelled', by: 'remainder', restock: false });
        model.settleRefund(order, 'cancelled', 'succeeded');
      }
      model.release(order);
      model.cancelled(order);
      return `${order.id}: cancel`;
    }),
);

const ship = choice.map(
  (whose): ServiceCommand =>
    new Command('ship', async (model, session) => {
      const order = at(
        model.orders.filter(({ status }) => status === 'fulfilling'),
        whose,
      );
      if (order === undefined) return null;
      await session.lab.control('carrier', 'PUT', 'speed', { orderId: order.id, shippedAfterMs: 0 });
      await untilStatus(session, order, 'shipped');
      for (const location of order.parcels.keys()) model.ship(order, location);
      return `${order.id}: the carrier takes the parcels`;
    }),
);

const deliver = choice.map(
  (whose): ServiceCommand =>
    new Command('deliver', async (model, session) => {
      const order = at(
        model.orders.filter(({ status }) => status === 'shipped'),
        whose,
      );
      if (order === undefined) return null;
      await session.lab.control('carrier', 'PUT', 'speed', { orderId: order.id, deliveredAfterMs: 0 });
      await untilStatus(session, order, 'completed');
      for (const location of order.parcels.keys()) model.deliver(order, location);
      model.complete(order);
      return `${order.id}: the parcels arrive`;
    }),
);

const refund = fc
  .tuple(
    choice,
    fc.oneof(
      fc.integer({ min: 1, max: 2_000 }).map((amountMinor) => ({ amountMinor })),
      fc.integer({ min: 1, max: 3 }).map((quantity) => ({ quantities: new Map([['1', quantity]]) })),
    ),
    fc.boolean(),
  )
  .map(
    ([whose, by, wantsRestock]): ServiceCommand =>
      new Command('refund', async (model, session) => {
        const order = at(
          model.orders.filter(({ capturedMinor }) => capturedMinor > 0),
          whose,
        );
        if (order === undefined) return null;
        const restock = wantsRestock && 'quantities' in by;
        const what =
          'amountMinor' in by
            ? by
            : { lines: [...by.quantities].map(([lineId, quantity]) => ({ lineId, quantity })) };
        const key = session.nextKey();
        const answer = await session.send(
          `/v1/orders/${order.id}/refunds`,
          { ...what, reason: 'damaged', restock },
          key,
        );
        const expected = model.startRefund(order, { refundId: key, by, restock });
        mustEqual(answer.status, expected === 'started' ? 201 : 409);
        model.settleRefund(order, key, 'succeeded');
        return `${order.id}: refund ${JSON.stringify(what)}${restock ? ', restock' : ''}: ${expected}`;
      }),
  );

const repeat = choice.map(
  (which): ServiceCommand =>
    new Command('send again', async (_model, session) => {
      const sent = at(session.sent, which);
      if (sent === undefined) return null;
      const answer = await session.lab.insist('POST', sent.path, {
        body: sent.body,
        idempotencyKey: sent.key,
      });
      mustEqual(answer.text, sent.text);
      return `send again ${sent.path} (${sent.key})`;
    }),
);

const crash = fc.constantFrom(...VICTIMS).map(
  (victim): ServiceCommand =>
    new Command('crash', async (_model, session) => {
      await session.crash(victim);
      return `kill ${victim}`;
    }),
);

/** How often each comes. */
const WEIGHTS: readonly (readonly [number, fc.Arbitrary<ServiceCommand>])[] = [
  [1, adjust],
  [4, place],
  [3, ship],
  [2, deliver],
  [2, cancel],
  [3, refund],
  [2, repeat],
  [1, crash],
];
export const serviceCommands = WEIGHTS.flatMap(([weight, command]) =>
  Array.from({ length: weight }, () => command),
);
