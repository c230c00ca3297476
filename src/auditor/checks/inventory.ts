/** Stock: what lies there, what is held, and what became of what was held. I1–I5. */
import { sqlCheck, type Check } from '../check.ts';
import { triggerCheck } from './triggers.ts';

const SHELF = `SELECT * FROM stock LEFT JOIN stock_movements USING (sku, location_id)
  WHERE sku = :sku AND location_id = :locationId ORDER BY stock_movements.id`;
const HOLDINGS = `SELECT * FROM reservations WHERE sku = :sku AND location_id = :locationId ORDER BY created_at`;
const RESERVATIONS = `SELECT * FROM reservations WHERE order_id = :orderId ORDER BY line_number, location_id`;

export const INVENTORY_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I1',
    name: 'stock within bounds',
    over: 'stock',
    wrong: `SELECT sku, location_id AS "locationId", format('%s on hand, %s reserved', on_hand, reserved) AS message
      FROM stock WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand`,
    see: SHELF,
  }),
  sqlCheck({
    invariant: 'I2',
    name: 'reserved is the sum of open reservations',
    over: 'stock',
    wrong: `SELECT sku, location_id AS "locationId", format('%s is not %s', stock.reserved, coalesce(held.quantity, 0)) AS message
      FROM stock FULL JOIN (
        SELECT sku, location_id, sum(quantity) AS quantity FROM reservations WHERE state = 'open' GROUP BY 1, 2
      ) AS held USING (sku, location_id)
      WHERE stock.reserved IS DISTINCT FROM coalesce(held.quantity, 0)`,
    see: HOLDINGS,
  }),
  sqlCheck({
    invariant: 'I2',
    name: 'on_hand is the sum of its movements',
    over: 'stock',
    wrong: `SELECT sku, location_id AS "locationId", format('%s is not %s', stock.on_hand, coalesce(moved.quantity, 0)) AS message
      FROM stock FULL JOIN (
        SELECT sku, location_id, sum(quantity) AS quantity FROM stock_movements GROUP BY 1, 2
      ) AS moved USING (sku, location_id)
      WHERE stock.on_hand IS DISTINCT FROM coalesce(moved.quantity, 0)`,
    see: SHELF,
  }),
  triggerCheck('I2', 'movements are only added', ['stock_movements']),
  sqlCheck({
    invariant: 'I3',
    name: 'what was committed left the shelf once',
    over: 'stock_movements',
    wrong: `SELECT coalesce(movement.id, kept.id) AS "shipmentId", sku, location_id AS "locationId",
        format('%s committed, %s moved', coalesce(kept.quantity, 0), coalesce(movement.quantity, 0)) AS message
      FROM (
        SELECT reference AS id, sku, location_id, -sum(quantity) AS quantity
        FROM stock_movements WHERE kind = 'committed' GROUP BY 1, 2, 3
      ) AS movement FULL JOIN (
        SELECT shipments.id, sku, reservations.location_id, sum(quantity) AS quantity
        FROM reservations JOIN shipments USING (order_id, location_id) WHERE state = 'committed' GROUP BY 1, 2, 3
      ) AS kept USING (id, sku, location_id)
      WHERE movement.quantity IS DISTINCT FROM kept.quantity`,
    see: `SELECT * FROM shipments LEFT JOIN reservations USING (order_id, location_id)
      LEFT JOIN stock_movements ON reference = shipments.id AND stock_movements.sku = reservations.sku WHERE shipments.id = :shipmentId`,
  }),
  sqlCheck({
    invariant: 'I3',
    name: 'what a refund brought back is on the shelf once',
    over: 'refunds',
    wrong: `SELECT coalesce(movement.id, kept.id) AS "orderId", sku, location_id AS "locationId",
        format('%s restocked, %s moved', coalesce(kept.quantity, 0), coalesce(movement.quantity, 0)) AS message
      FROM (
        SELECT refunds.order_id AS id, sku, location_id, sum(quantity) AS quantity
        FROM stock_movements JOIN refunds ON refunds.id = reference WHERE kind = 'restocked' GROUP BY 1, 2, 3
      ) AS movement FULL JOIN (
        SELECT order_id AS id, sku, location_id, sum(restocked_quantity) AS quantity
        FROM reservations WHERE restocked_quantity > 0 GROUP BY 1, 2, 3
      ) AS kept USING (id, sku, location_id)
      WHERE movement.quantity IS DISTINCT FROM kept.quantity`,
    see: RESERVATIONS,
  }),
  sqlCheck({
    invariant: 'I3',
    name: 'an order that ended holds no stock',
    over: 'reservations',
    wrong: `SELECT order_id AS "orderId", line_number AS "lineId", location_id AS "locationId", format('%s while %s', state, status) AS message
      FROM reservations JOIN orders ON orders.id = order_id
      WHERE (state = 'open' AND status IN ('shipped', 'delivered', 'completed', 'rejected', 'cancelled'))
        OR (state = 'committed' AND status IN ('rejected', 'cancelling', 'cancelled'))
        OR (state = 'released' AND status IN ('confirmed', 'fulfilling', 'shipped', 'delivered', 'completed'))`,
    see: RESERVATIONS,
  }),
  sqlCheck({
    invariant: 'I3',
    name: 'a reservation covers its line',
    over: 'order_lines',
    wrong: `SELECT order_id AS "orderId", line_number AS "lineId", format('%s ordered, %s reserved', quantity, reserved) AS message
      FROM (
        SELECT order_id, line_number, order_lines.quantity, coalesce(sum(reservations.quantity), 0) AS reserved
        FROM order_lines LEFT JOIN reservations USING (order_id, line_number) GROUP BY 1, 2, 3
      ) AS covered JOIN orders ON orders.id = order_id
      WHERE reserved <> quantity AND NOT (reserved = 0 AND rejection ->> 'code' IS NOT DISTINCT FROM 'OUT_OF_STOCK')`,
    see: RESERVATIONS,
  }),
  sqlCheck({
    invariant: 'I4',
    name: 'nothing was sold that was not there',
    over: 'stock_movements',
    wrong: `SELECT sku, location_id AS "locationId", format('after movement %s there were %s', min(id), min(level)) AS message
      FROM (
        SELECT id, sku, location_id, sum(quantity) OVER (PARTITION BY sku, location_id ORDER BY id) AS level FROM stock_movements
      ) AS history WHERE level < 0 GROUP BY sku, location_id`,
    see: SHELF,
  }),
  sqlCheck({
    invariant: 'I4',
    name: 'nobody was sent away while there was enough',
    over: 'orders',
    wrong: `SELECT id AS "orderId", 'rejected for want of stock, and no line is named that lacked any' AS message
      FROM orders WHERE rejection ->> 'code' = 'OUT_OF_STOCK' AND NOT EXISTS (
        -- Lines on one item lack it together, also when each alone would have had enough.
        SELECT FROM jsonb_to_recordset(rejection -> 'lines') AS line (sku text, requested bigint, available bigint)
        GROUP BY sku HAVING sum(requested) > min(available))`,
    see: 'SELECT id, status, rejection FROM orders WHERE id = :orderId',
  }),
  sqlCheck({
    invariant: 'I5',
    name: 'lines of one item are held together',
    over: 'orders',
    wrong: `SELECT order_id AS "orderId", sku, format('%s ordered, %s reserved', coalesce(ordered.quantity, 0), coalesce(held.quantity, 0)) AS message
      FROM (SELECT order_id, sku, sum(quantity) AS quantity FROM order_lines GROUP BY 1, 2) AS ordered
      FULL JOIN (SELECT order_id, sku, sum(quantity) AS quantity FROM reservations GROUP BY 1, 2) AS held USING (order_id, sku)
      WHERE ordered.quantity IS DISTINCT FROM held.quantity
        -- What is held in another number is another check's; this one is about the wrong item.
        AND (SELECT sum(quantity) FROM order_lines WHERE order_lines.order_id = coalesce(ordered.order_id, held.order_id))
          = (SELECT sum(quantity) FROM reservations WHERE reservations.order_id = coalesce(ordered.order_id, held.order_id))`,
    see: RESERVATIONS,
  }),
];
