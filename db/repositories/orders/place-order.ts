/** How an order comes into being: with its stock held, or rejected for want of it. */
import { sql, type SQL } from 'drizzle-orm';
import { MAX_LINES_IN_EVENT } from '../../../src/domain/events/event.ts';
import { outOfStock, type ShelfStock } from '../../../src/domain/inventory/allocation.ts';
import type { PricedLine, Rejection } from '../../../src/domain/orders/order.ts';
import { ORDER_TRANSITIONS, type OrderStatus } from '../../../src/domain/orders/order-status.ts';
import { DEFAULT_DEADLINES } from '../../../src/domain/orders/waiting-state.ts';
import type { Database } from '../../client.ts';
import type { OrderRepository, PlacedOrder } from '../orders.repository.ts';
import { integerArray, json, onlyRow, reading, statement, textArray, writing, type Part } from '../sql.ts';
import { fact, numberFacts, rejectedFact } from './facts.ts';
import { eventParts } from './order-change.ts';
import { planOperations } from './provider-operations.ts';
import { changeShelves, lockShelves } from './shelf-parts.ts';
import { firstWaiting } from './waiting-parts.ts';

type PlaceOrder = Pick<OrderRepository, 'readShelves' | 'placeAndReserve' | 'placeAndReject'>;

/** `written`: by this statement. `exists`: the row was there when the statement began. Neither: nothing was written. */
interface PlaceAnswer {
  readonly written: boolean;
  readonly existingRun: string | null;
  readonly existingStatus: OrderStatus | null;
}

type Standing = 'reserved' | 'rejected' | 'owned_by_another_run';

export function createPlaceOrder(database: Database): PlaceOrder {
  return {
    async readShelves(skus) {
      const rows = await database.query<{
        readonly locationOrder: readonly string[];
        readonly shelves: readonly ShelfStock[];
      }>(
        'orders.readShelves',
        sql`SELECT
          (SELECT coalesce(jsonb_agg(id ORDER BY priority), '[]') FROM locations) AS "locationOrder",
          (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'locationId', location_id, 'available', on_hand - reserved)), '[]')
            FROM stock WHERE sku = ANY (${textArray(skus)})) AS shelves`,
      );
      return onlyRow(rows);
    },

    async placeAndReserve(order) {
      const name = 'orders.placeAndReserve';
      const [answer] = await database.query<PlaceAnswer>(name, placeAndReserveStatement(order));
      if (answer?.written) return 'reserved';
      return (await standing(database, order, answer)) ?? 'lost_race';
    },

    async placeAndReject(order) {
      const name = 'orders.placeAndReject';
      const [answer] = await database.query<PlaceAnswer>(name, placeAndRejectStatement(order));
      if (answer?.written) return 'rejected';
      const found = await standing(database, order, answer);
      if (found === null) throw new Error(`${name} wrote nothing although there is no such order`);
      return found;
    },
  };
}

/**
 * What an order that was there already means to the run that wanted to place it. When the statement did not see it, a
 * second look tells whether another attempt wrote it while the statement waited; null when there is none.
 */
async function standing(
  database: Database,
  order: PlacedOrder,
  answer: PlaceAnswer | undefined,
): Promise<Standing | null> {
  let { existingRun: run, existingStatus: status } = answer ?? { existingRun: null, existingStatus: null };
  if (run === null) {
    const [row] = await database.query<{ run: string; status: OrderStatus }>(
      'orders.readOwner',
      sql`SELECT workflow_run_id AS run, status FROM orders WHERE id = ${order.orderId}`,
    );
    ({ run, status } = row ?? { run: null, status: null });
  }
  if (run === null) return null;
  if (run !== order.workflowRunId) return 'owned_by_another_run';
  return status === ORDER_TRANSITIONS.reject.to ? 'rejected' : 'reserved';
}

/**
 * Locks the shelves in key order, decides over all of them, and writes everything or nothing: each part reads from the
 * one before it, down to the order's row, which is only inserted when the verdict is yes and nobody has it.
 */
function placeAndReserveStatement(order: Parameters<OrderRepository['placeAndReserve']>[0]): SQL {
  const { allocations } = order;
  const locations = [...new Set(allocations.map((allocation) => allocation.locationId))].sort();
  const units = allocations.reduce((sum, allocation) => sum + allocation.quantity, 0);
  return statement(
    [
      reading(
        'allocations',
        sql`SELECT line_number::integer, sku, location_id, quantity
          FROM unnest(${integerArray(allocations.map((allocation) => Number(allocation.lineId)))},
            ${textArray(allocations.map((allocation) => allocation.sku))},
            ${textArray(allocations.map((allocation) => allocation.locationId))},
            ${integerArray(allocations.map((allocation) => allocation.quantity))}
          ) AS given (line_number, sku, location_id, quantity)`,
      ),
      ...lockShelves(sql`SELECT sku, location_id, quantity FROM allocations`),
      reading(
        'verdict',
        sql`SELECT (SELECT count(*) FROM wanted) = (SELECT count(*) FROM shelves WHERE free >= quantity) AS fits`,
      ),
      reading(
        'facts',
        numberFacts([placedFact(order), fact('commerce.inventory.reserved.v1', { locations, units }, ONCE)]),
      ),
      ...orderParts(order, {
        status: ORDER_TRANSITIONS.reserve.to,
        rejection: null,
        when: sql`(SELECT fits FROM verdict)`,
      }),
      changeShelves({ onHand: 0, reserved: 1 }, sql`moved, shelves`),
      writing(
        'reserved',
        sql`INSERT INTO reservations (order_id, line_number, location_id, sku, quantity)
          SELECT moved.id, line_number, location_id, sku, sum(quantity)::bigint FROM moved, allocations
          GROUP BY moved.id, line_number, location_id, sku`,
      ),
      planOperations('authorization_planned', {
        key: sql`${order.authorizationKey}`,
        kind: 'authorize',
        amountMinor: sql`moved.total_minor`,
        currency: sql`moved.currency`,
        from: ONCE.from,
      }),
    ],
    placeAnswer(order),
  );
}

function placeAndRejectStatement(order: Parameters<OrderRepository['placeAndReject']>[0]): SQL {
  const rejection = outOfStock(order.shortLines);
  return statement(
    [
      reading('facts', numberFacts([placedFact(order), rejectedFact(rejection, ONCE)])),
      ...orderParts(order, { status: ORDER_TRANSITIONS.reject.to, rejection, when: sql`true` }),
    ],
    placeAnswer(order),
  );
}

/** A source of one row, for events that come from parameters alone. */
const ONCE = { from: sql`(SELECT) AS once` };

function placedFact({ customerId, totalMinor, currency, lines }: PlacedOrder): SQL {
  return fact(
    'commerce.order.placed.v1',
    {
      customerId,
      total: { amountMinor: totalMinor, currency },
      lineCount: lines.length,
      ...(lines.length <= MAX_LINES_IN_EVENT ? { lines: lines.map(eventLine) } : {}),
    },
    ONCE,
  );
}

function eventLine({ lineId, sku, quantity, unitPriceMinor }: PricedLine): PricedLine {
  return { lineId, sku, quantity, unitPriceMinor };
}

/** `moved`: the new order, when `when` holds and there is none with its id; and all that belongs to it. */
function orderParts(
  order: PlacedOrder,
  { status, rejection, when }: { status: OrderStatus; rejection: Rejection | null; when: SQL },
): Part[] {
  const { orderId, cause, contact, lines, deadlines = DEFAULT_DEADLINES, isScreened = false } = order;
  return [
    writing(
      'moved',
      sql`INSERT INTO orders (id, version, status, payment_status, customer_id, currency, total_minor, principal_id,
          fingerprint, workflow_run_id, correlation_id, rejection, deadlines, is_screened, waiting_for, waiting_owner, waiting_since,
          waiting_until)
        SELECT ${orderId}, (SELECT count(*) FROM facts), ${status}, 'none', ${order.customerId}, ${order.currency},
          ${order.totalMinor}, ${order.principalId}, ${order.fingerprint}, ${order.workflowRunId},
          ${cause.correlationId}, ${rejection === null ? sql`NULL` : json(rejection)}, ${json(deadlines)}, ${isScreened},
          ${firstWaiting(status, deadlines)}
        WHERE ${when}
        ON CONFLICT (id) DO NOTHING
        RETURNING id, version, currency, total_minor, created_at`,
    ),
    writing(
      'contact_written',
      sql`INSERT INTO order_contacts (order_id, ship_to, email, phone)
        SELECT moved.id, ${json(order.shipTo)}, ${contact.email}, ${contact.phone ?? null}::text FROM moved`,
    ),
    // An item that is not there makes the name null, which the column refuses: better no order than one with a line less.
    writing(
      'lines_written',
      sql`INSERT INTO order_lines (order_id, line_number, sku, name, quantity, unit_price_minor, total_minor, weight_grams)
        SELECT moved.id, line_number, given.sku, items.name, quantity, unit_price_minor, unit_price_minor * quantity,
          items.weight_grams
        FROM moved CROSS JOIN unnest(${integerArray(lines.map((line) => Number(line.lineId)))},
          ${textArray(lines.map((line) => line.sku))}, ${integerArray(lines.map((line) => line.quantity))},
          ${integerArray(lines.map((line) => line.unitPriceMinor))}
        ) AS given (line_number, sku, quantity, unit_price_minor)
        LEFT JOIN items ON items.sku = given.sku`,
    ),
    writing(
      'payment_written',
      sql`INSERT INTO payment_intents (order_id, method, currency, amount_minor)
        SELECT moved.id, ${order.paymentMethod}, moved.currency, moved.total_minor FROM moved`,
    ),
    ...eventParts(cause),
  ];
}

function placeAnswer(order: PlacedOrder): SQL {
  return sql`SELECT EXISTS (SELECT FROM moved) AS written, existing.workflow_run_id AS "existingRun",
      existing.status AS "existingStatus"
    FROM (SELECT) AS once LEFT JOIN orders AS existing ON existing.id = ${order.orderId}`;
}
