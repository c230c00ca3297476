/**
 * What must hold in the database at every instant, whatever happened before. For tests: run it after every fault.
 */
import { sql, type SQL } from 'drizzle-orm';
import { createDatabase, type Database } from '../../db/client.ts';
import { summaryChangeOf } from '../../db/repositories/messages/order-summary.ts';
import { EVENT_COLUMNS, toOrderEvent, type EventRow } from '../../db/repositories/reads/events.ts';
import type { OrderEvent } from '../../src/domain/events/event.ts';

/** Each selects `id` of what is wrong and `detail`. */
const CHECKS: Readonly<Record<string, SQL>> = {
  'I1 stock within bounds': sql`
    SELECT sku || '@' || location_id AS id, on_hand || ' on hand, ' || reserved || ' reserved' AS detail
    FROM stock WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand`,
  'I2 reserved is the sum of open reservations': sql`
    SELECT sku || '@' || location_id AS id, stock.reserved || ' is not ' || coalesce(held.quantity, 0) AS detail
    FROM stock FULL JOIN (
      SELECT sku, location_id, sum(quantity) AS quantity FROM reservations WHERE state = 'open' GROUP BY 1, 2
    ) AS held USING (sku, location_id)
    WHERE stock.reserved IS DISTINCT FROM coalesce(held.quantity, 0)`,
  'I2 on_hand is the sum of its movements': sql`
    SELECT sku || '@' || location_id AS id, stock.on_hand || ' is not ' || coalesce(moved.quantity, 0) AS detail
    FROM stock FULL JOIN (
      SELECT sku, location_id, sum(quantity) AS quantity FROM stock_movements GROUP BY 1, 2
    ) AS moved USING (sku, location_id)
    WHERE stock.on_hand IS DISTINCT FROM coalesce(moved.quantity, 0)`,
  'I3 what was committed left the shelf once': sql`
    SELECT coalesce(movement.id, kept.id) AS id, sku || '@' || location_id || ': ' || coalesce(kept.quantity, 0) || ' committed, '
      || coalesce(movement.quantity, 0) || ' moved' AS detail
    FROM (
      SELECT reference AS id, sku, location_id, -sum(quantity) AS quantity
      FROM stock_movements WHERE kind = 'committed' GROUP BY 1, 2, 3
    ) AS movement FULL JOIN (
      SELECT shipments.id, sku, reservations.location_id, sum(quantity) AS quantity
      FROM reservations JOIN shipments USING (order_id, location_id) WHERE state = 'committed' GROUP BY 1, 2, 3
    ) AS kept USING (id, sku, location_id)
    WHERE movement.quantity IS DISTINCT FROM kept.quantity`,
  'I3 what a refund brought back is on the shelf once': sql`
    SELECT coalesce(movement.id, kept.id) AS id, sku || '@' || location_id || ': ' || coalesce(kept.quantity, 0) || ' restocked, '
      || coalesce(movement.quantity, 0) || ' moved' AS detail
    FROM (
      SELECT refunds.order_id AS id, sku, location_id, sum(quantity) AS quantity
      FROM stock_movements JOIN refunds ON refunds.id = reference WHERE kind = 'restocked' GROUP BY 1, 2, 3
    ) AS movement FULL JOIN (
      SELECT order_id AS id, sku, location_id, sum(restocked_quantity) AS quantity
      FROM reservations WHERE restocked_quantity > 0 GROUP BY 1, 2, 3
    ) AS kept USING (id, sku, location_id)
    WHERE movement.quantity IS DISTINCT FROM kept.quantity`,
  'I3 an order that ended holds no stock': sql`
    SELECT order_id AS id, 'line ' || line_number || ' at ' || location_id || ' is ' || state || ' while ' || status AS detail
    FROM reservations JOIN orders ON orders.id = order_id
    WHERE (state = 'open' AND status IN ('shipped', 'delivered', 'completed', 'rejected', 'cancelled'))
      OR (state = 'committed' AND status IN ('rejected', 'cancelling', 'cancelled'))
      OR (state = 'released' AND status IN ('confirmed', 'fulfilling', 'shipped', 'delivered', 'completed'))`,
  'I3 a reservation covers its line': sql`
    SELECT order_id AS id, 'line ' || line_number || ': ' || order_lines.quantity || ' ordered, ' || sum(reservations.quantity) || ' reserved' AS detail
    FROM order_lines JOIN reservations USING (order_id, line_number)
    GROUP BY order_id, line_number, order_lines.quantity HAVING sum(reservations.quantity) <> order_lines.quantity`,
  'I6 amounts are the sums of their operations': sql`
    SELECT order_id AS id, format('authorized %s of %s, captured %s of %s', authorized_minor, authorized, captured_minor, captured) AS detail
    FROM payment_intents CROSS JOIN LATERAL (
      SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'authorize'), 0) AS authorized,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS captured
      FROM provider_operations WHERE order_id = payment_intents.order_id AND status = 'succeeded') AS operations
    WHERE authorized_minor <> authorized OR captured_minor <> captured`,
  'I6 refunded is the sum of refunds, and within captured': sql`
    SELECT order_id AS id, format('refunded %s of %s, pending %s of %s, captured %s', refunded_minor, done, refund_pending_minor, promised, captured_minor) AS detail
    FROM payment_intents CROSS JOIN LATERAL (
      SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'succeeded'), 0) AS done,
        coalesce(sum(amount_minor) FILTER (WHERE status = 'pending'), 0) AS promised
      FROM refunds WHERE order_id = payment_intents.order_id) AS given
    WHERE refunded_minor <> done OR refund_pending_minor <> promised OR done + promised > captured_minor`,
  'I7 no authorization is forgotten': sql`
    SELECT order_id AS id, authorized_minor || ' still held while ' || status AS detail
    FROM payment_intents JOIN orders ON orders.id = order_id
    WHERE status IN ('completed', 'rejected', 'cancelled')
      AND authorized_minor > 0 AND captured_minor = 0 AND voided_at IS NULL`,
  'I8 no order left unpaid': sql`
    SELECT order_id AS id, status AS detail FROM payment_intents JOIN orders ON orders.id = order_id
    WHERE status IN ('shipped', 'delivered', 'completed') AND captured_minor < amount_minor`,
  'I10 no operation is left open by an order that ended': sql`
    SELECT key AS id, kind || ' is pending while ' || orders.status AS detail
    FROM provider_operations JOIN orders ON orders.id = order_id
    WHERE provider_operations.status = 'pending' AND kind <> 'refund'
      AND orders.status IN ('completed', 'rejected', 'cancelled')`,
  'I11 every refund has its operation': sql`
    SELECT refunds.id, refunds.status || ' with ' || coalesce(string_agg(operation.status, ', '), 'none') AS detail
    FROM refunds LEFT JOIN provider_operations AS operation
      ON operation.subject_id = refunds.id AND operation.kind = 'refund' AND operation.order_id = refunds.order_id
      AND operation.amount_minor = refunds.amount_minor
    GROUP BY refunds.id
    HAVING count(operation.key) <> 1 OR min(CASE operation.status WHEN 'refused' THEN 'failed' ELSE operation.status END) <> refunds.status`,
  'I13 the total is the sum of the lines': sql`
    SELECT orders.id, orders.total_minor || ' is not ' || lines.total || ', payment is over ' || payment_intents.amount_minor AS detail
    FROM orders JOIN payment_intents ON order_id = orders.id
    CROSS JOIN LATERAL (SELECT sum(total_minor) AS total FROM order_lines WHERE order_id = orders.id) AS lines
    WHERE lines.total IS DISTINCT FROM orders.total_minor OR amount_minor <> orders.total_minor`,
  'I16 an order that was undone nets to zero': sql`
    SELECT orders.id, format('%s with %s captured and %s refunded', status, captured_minor, refunded_minor) AS detail
    FROM orders JOIN payment_intents ON order_id = orders.id
    WHERE status IN ('rejected', 'cancelled') AND captured_minor <> refunded_minor`,
  'I16 an order that was undone has no parcel': sql`
    SELECT shipments.id, shipments.status || ' while ' || orders.status AS detail
    FROM shipments JOIN orders ON orders.id = order_id
    WHERE orders.status IN ('rejected', 'cancelled') AND shipments.status <> 'cancelled'`,
  'I18 events are 1..n and n is the version': sql`
    SELECT orders.id, format('version %s, %s events from %s to %s', version, count(sequence), min(sequence), max(sequence)) AS detail
    FROM orders LEFT JOIN order_events ON order_id = orders.id GROUP BY orders.id
    HAVING count(sequence) <> version OR min(sequence) IS DISTINCT FROM 1 OR max(sequence) IS DISTINCT FROM version`,
  'I18 what waits to be published is the end of what happened': sql`
    SELECT order_id AS id, count(*) || ' wait of ' || version - min(sequence) + 1 AS detail
    FROM outbox JOIN orders ON orders.id = order_id
    GROUP BY order_id, version HAVING count(*) <> version - min(sequence) + 1 OR max(sequence) <> version`,
};

/**
 * @param databaseUrl read, never changed
 * @returns one line for each violation, empty when all is well
 */
export async function checkInvariants(databaseUrl: string): Promise<string[]> {
  const database = createDatabase({
    url: databaseUrl,
    poolSize: 1,
    applicationName: 'invariants',
    statementTimeoutMs: 60_000,
  });
  try {
    const violations: string[] = [];
    for (const [name, check] of Object.entries(CHECKS)) {
      const rows = await database.query<{ id: string; detail: string }>(`invariants.${name}`, check);
      violations.push(...rows.map((row) => `${name}: ${row.id}: ${row.detail}`));
    }
    return [...violations, ...(await compareWithEvents(database))];
  } finally {
    await database.close();
  }
}

interface Standing {
  readonly id: string;
  readonly status: string;
  readonly paymentStatus: string;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly attentionCode: string | null;
}

/** I19: each order stands where its events, told from the first, say that it stands. */
async function compareWithEvents(database: Database): Promise<string[]> {
  const rows = await database.query<Standing & { readonly events: readonly EventRow[] }>(
    'invariants.standing',
    sql`SELECT orders.id, status, payment_status AS "paymentStatus", captured_minor AS "capturedMinor",
        refunded_minor AS "refundedMinor", attention_code AS "attentionCode", (
          SELECT json_agg(event ORDER BY sequence)
          FROM (SELECT ${EVENT_COLUMNS} FROM order_events WHERE order_id = orders.id) AS event) AS events
      FROM orders JOIN payment_intents ON payment_intents.order_id = orders.id`,
  );
  return rows.flatMap(({ events, ...order }) => {
    const told = tell(order.id, events.map(toOrderEvent));
    return (
      Object.entries(told)
        .filter(([field, value]) => order[field as keyof Standing] !== value)
        // Nobody is told that an outcome is not known; it is only visible while it lasts.
        .filter(([field]) => !(field === 'paymentStatus' && order.paymentStatus === 'unknown'))
        .map(
          ([field, value]) =>
            `I19 events tell the state: ${order.id}: ${field} is ${order[field as keyof Standing]}, events say ${value}`,
        )
    );
  });
}

function tell(id: string, events: readonly OrderEvent[]): Standing {
  const start = { id, status: 'placed', paymentStatus: 'none', capturedMinor: 0, refundedMinor: 0 };
  return events.reduce<Standing>(
    (standing, event) => {
      const { placed: _placed, capturedMinor = 0, refundedMinor = 0, ...change } = summaryChangeOf(event);
      const amounts = {
        capturedMinor: standing.capturedMinor + capturedMinor,
        refundedMinor: standing.refundedMinor + refundedMinor,
      };
      const refunded =
        refundedMinor === 0
          ? {}
          : {
              paymentStatus:
                amounts.refundedMinor === amounts.capturedMinor ? 'refunded' : 'partially_refunded',
            };
      return { ...standing, ...change, ...amounts, ...refunded };
    },
    { ...start, attentionCode: null },
  );
}
