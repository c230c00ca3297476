import type { BrokenPromise } from './broken-promises.ts';
import { unguarded } from './rewriting.ts';

/** I1–I5. */
export const BROKEN_STOCK: readonly BrokenPromise[] = [
  {
    check: 'stock within bounds',
    what: 'a shelf with less than is held there',
    statements: ({ skus: [sku] }) => [
      'ALTER TABLE stock DROP CONSTRAINT stock_reserved_within_on_hand',
      `INSERT INTO stock_movements (sku, location_id, quantity, kind, reference, reason, actor)
        SELECT sku, location_id, 1 - on_hand, 'adjustment', 'test', 'test', 'test' FROM stock WHERE sku = '${sku}' AND reserved > 1`,
      `UPDATE stock SET on_hand = 1 WHERE sku = '${sku}' AND reserved > 1`,
    ],
  },
  {
    check: 'reserved is the sum of open reservations',
    what: 'a counter that no reservation explains',
    statements: ({ skus: [, other] }) => [
      `UPDATE stock SET reserved = reserved + 1 WHERE sku = '${other}' AND location_id = 'west'`,
    ],
  },
  {
    check: 'on_hand is the sum of its movements',
    what: 'stock that no movement explains',
    statements: ({ skus: [sku] }) => [
      `UPDATE stock SET on_hand = on_hand + 1 WHERE sku = '${sku}' AND location_id = 'west'`,
    ],
  },
  {
    check: 'movements are only added',
    what: 'movements that can be rewritten',
    statements: () => ['ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only'],
  },
  {
    check: 'what was committed left the shelf once',
    what: 'goods that left with another parcel',
    statements: ({ orders }) =>
      unguarded(
        'stock_movements',
        `UPDATE stock_movements SET reference = 'shp_another'
          WHERE reference = (SELECT min(id) FROM shipments WHERE order_id = '${orders.customers}') AND sku =
            (SELECT min(sku) FROM reservations WHERE order_id = '${orders.customers}')`,
      ),
  },
  {
    check: 'what a refund brought back is on the shelf once',
    what: 'goods that came back and were forgotten',
    statements: ({ orders }) => [
      `UPDATE reservations SET restocked_quantity = 0 WHERE order_id = '${orders.refunded}'`,
    ],
  },
  {
    check: 'an order that ended holds no stock',
    what: 'stock that a cancelled order still holds',
    statements: ({ orders }) => [
      `WITH kept AS (
        UPDATE reservations SET state = 'open', ended_at = NULL WHERE order_id = '${orders.cancelled}' AND line_number = 1
        RETURNING sku, location_id, quantity)
      UPDATE stock SET reserved = reserved + quantity FROM kept
      WHERE stock.sku = kept.sku AND stock.location_id = kept.location_id`,
    ],
  },
  {
    check: 'a reservation covers its line',
    what: 'a line without its reservation',
    statements: ({ orders }) => [
      `DELETE FROM reservations WHERE order_id = '${orders.cancelled}' AND line_number = 1`,
    ],
  },
  {
    check: 'nothing was sold that was not there',
    what: 'a sale before the goods came',
    statements: ({ skus: [sku] }) =>
      [-1_000, 1_000].map(
        (
          quantity,
        ) => `INSERT INTO stock_movements (sku, location_id, quantity, kind, reference, reason, actor)
          VALUES ('${sku}', 'west', ${quantity}, 'adjustment', 'test ${quantity}', 'test', 'test')`,
      ),
  },
  {
    check: 'nobody was sent away while there was enough',
    what: 'a buyer who was sent away from a full shelf',
    statements: ({ orders }) => [
      `UPDATE orders SET rejection = jsonb_set(rejection, '{lines,0,available}', '1000') WHERE id = '${orders.outOfStock}'`,
    ],
  },
  {
    check: 'lines of one item are held together',
    what: 'the wrong item held for a line',
    statements: ({ orders, skus: [, other] }) => [
      `UPDATE reservations SET sku = '${other}' WHERE order_id = '${orders.cancelled}' AND line_number = 1`,
    ],
  },
];
