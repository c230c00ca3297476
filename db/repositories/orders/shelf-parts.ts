/** Stock counters as parts of a statement. Rows of `stock` are always locked in key order, so that no two statements wait for each other. */
import { sql, type SQL } from 'drizzle-orm';
import { reading, writing, type Part } from '../sql.ts';

/**
 * `shelves (sku, location_id, quantity, free)`: one locked row for each shelf that `wanted` names, with the sum of what is
 * wanted of it and what is free now that the lock is taken. Each shelf is looked up by its key, in the order of `wanted`.
 * @param wanted a select of sku, location_id, quantity
 */
export function lockShelves(wanted: SQL): Part[] {
  return [
    reading(
      'wanted',
      sql`SELECT sku, location_id, sum(quantity)::bigint AS quantity FROM (${wanted}) AS demands
        GROUP BY sku, location_id ORDER BY sku, location_id`,
    ),
    reading(
      'shelves',
      sql`SELECT wanted.sku, wanted.location_id, wanted.quantity, shelf.free FROM wanted CROSS JOIN LATERAL (
          SELECT on_hand - reserved AS free FROM stock
          WHERE stock.sku = wanted.sku AND stock.location_id = wanted.location_id FOR NO KEY UPDATE) AS shelf`,
    ),
  ];
}

/** Changes the counters of all `shelves`; `sign` times their quantity. */
export function changeShelves(
  change: { readonly onHand: 1 | 0 | -1; readonly reserved: 1 | 0 | -1 },
  from: SQL,
): Part {
  return writing(
    'shelves_changed',
    sql`UPDATE stock SET on_hand = on_hand + ${sql.raw(String(change.onHand))} * shelves.quantity,
        reserved = reserved + ${sql.raw(String(change.reserved))} * shelves.quantity
      FROM ${from} WHERE stock.sku = shelves.sku AND stock.location_id = shelves.location_id`,
  );
}

/** Writes what entered or left the shelves for good. */
export function recordMovements(movement: {
  readonly kind: 'committed' | 'restocked';
  readonly sign: 1 | -1;
  readonly reference: SQL;
  readonly reason: SQL;
  readonly actor: SQL;
  readonly from: SQL;
}): Part {
  return writing(
    'movements',
    sql`INSERT INTO stock_movements (sku, location_id, quantity, kind, reference, reason, actor)
      SELECT shelves.sku, shelves.location_id, ${sql.raw(String(movement.sign))} * shelves.quantity, ${movement.kind},
        ${movement.reference}, ${movement.reason}, ${movement.actor}
      FROM ${movement.from}`,
  );
}
