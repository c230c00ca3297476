import { asc, eq, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import { items, locations } from '../../schema/inventory.ts';
import type { Adjustment, InventoryRepository, InventoryView, Item } from '../inventory.repository.ts';
import { endAttemptStatement } from '../access/idempotency-repository.ts';
import { json, onlyRow, textArray } from '../sql.ts';
import { IS_OPEN } from '../waiting-rooms/admission-parts.ts';

export function createInventoryRepository(database: Database): InventoryRepository {
  return { ...createCatalogue(database), ...createShelves(database) };
}

function createCatalogue(
  database: Database,
): Pick<InventoryRepository, 'readOffers' | 'putItem' | 'putItemOnce' | 'findItem'> {
  return {
    readOffers(skus, currency) {
      return database.query(
        'inventory.readOffers',
        sql`WITH open_rooms AS MATERIALIZED (SELECT room.id, room.skus FROM waiting_rooms AS room WHERE ${IS_OPEN})
          SELECT sku, active, (prices -> ${currency}::text)::bigint AS "unitPriceMinor",
            (SELECT coalesce(sum(on_hand - reserved), 0)::bigint FROM stock WHERE stock.sku = items.sku) AS available,
            (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM open_rooms WHERE skus ? items.sku) AS "waitingRoomIds"
          FROM items WHERE sku = ANY (${textArray(skus)})`,
      );
    },

    async putItem(item) {
      return toItem(onlyRow(await database.query<ItemRow>('inventory.putItem', putItemStatement(item))));
    },

    async putItemOnce(item, ended) {
      await database.query(
        'inventory.putItemOnce',
        sql`WITH ended AS (${endAttemptStatement({ ...ended, isFinal: true })})
          ${putItemStatement(item, sql`FROM ended`)}`,
      );
    },

    async findItem(sku) {
      const [row] = await database.run('inventory.findItem', (builder) =>
        builder.select(ITEM).from(items).where(eq(items.sku, sku)),
      );
      return row ? toItem(row) : null;
    },
  };
}

const ITEM = {
  sku: items.sku,
  name: items.name,
  prices: items.prices,
  weightGrams: items.weightGrams,
  active: items.active,
};

type ItemRow = Pick<typeof items.$inferSelect, keyof typeof ITEM>;

/** @param source where it must find a row for the item to be put; nothing makes it unconditional */
function putItemStatement({ sku, name, prices, weightGrams, active }: Item, source: SQL = sql``): SQL {
  const byCurrency = Object.fromEntries(prices.map((price) => [price.currency, price.amountMinor]));
  return sql`INSERT INTO items (sku, name, prices, weight_grams, active)
    SELECT ${sku}, ${name}, ${json(byCurrency)}, ${weightGrams}::integer, ${active}::boolean ${source}
    ON CONFLICT (sku) DO UPDATE SET name = EXCLUDED.name, prices = EXCLUDED.prices,
      weight_grams = EXCLUDED.weight_grams, active = EXCLUDED.active, updated_at = now()
    RETURNING sku, name, prices, weight_grams AS "weightGrams", active`;
}

function toItem({ prices, ...item }: ItemRow): Item {
  const list = Object.entries(prices).map(([currency, amountMinor]) => ({ amountMinor, currency }));
  return { ...item, prices: list.sort((a, b) => (a.currency < b.currency ? -1 : 1)) };
}

type AdjustRow = {
  readonly hasItem: boolean;
  readonly hasLocation: boolean;
  readonly hasShelf: boolean;
  readonly adjusted: boolean;
};

function createShelves(
  database: Database,
): Pick<InventoryRepository, 'findInventory' | 'adjust' | 'listLocations'> {
  const findInventory = (sku: string): Promise<InventoryView | null> => readInventory(database, sku);
  return {
    findInventory,

    async adjust(adjustment) {
      let row = await tryToAdjust(database, adjustment);
      if (!row.hasItem) return { kind: 'unknown_item' };
      if (!row.hasLocation) return { kind: 'unknown_location' };
      if (!row.hasShelf) {
        const { sku, locationId } = adjustment;
        await database.query(
          'inventory.putShelf',
          sql`INSERT INTO stock (sku, location_id, on_hand) VALUES (${sku}, ${locationId}, 0) ON CONFLICT DO NOTHING`,
        );
        row = await tryToAdjust(database, adjustment);
      }
      const adjusted = row.adjusted || (await wasAdjusted(database, adjustment));
      const inventory = await findInventory(adjustment.sku);
      if (inventory === null) return { kind: 'unknown_item' };
      return { kind: adjusted ? 'adjusted' : 'refused', inventory };
    },

    listLocations() {
      return database.run('inventory.listLocations', (builder) =>
        builder
          .select({ id: locations.id, name: locations.name })
          .from(locations)
          .orderBy(asc(locations.priority)),
      );
    },
  };
}

/** Locks the shelf, decides, and writes movement and counter together; the movement's unique key stops a repetition. */
async function tryToAdjust(database: Database, adjustment: Adjustment): Promise<AdjustRow> {
  const { adjustmentId, sku, locationId, quantity, reason, actor } = adjustment;
  const rows = await database.query<AdjustRow>(
    'inventory.adjust',
    sql`WITH shelf AS MATERIALIZED (
        SELECT * FROM stock WHERE sku = ${sku} AND location_id = ${locationId} FOR NO KEY UPDATE
      ), movement AS (
        INSERT INTO stock_movements (sku, location_id, quantity, kind, reference, reason, actor)
        SELECT sku, location_id, ${quantity}::bigint, 'adjustment', ${adjustmentId}, ${reason}, ${actor}
        FROM shelf WHERE on_hand + ${quantity}::bigint >= reserved
        ON CONFLICT (reference, kind, sku, location_id) DO NOTHING
        RETURNING sku, location_id, quantity
      ), changed AS (
        UPDATE stock SET on_hand = on_hand + movement.quantity FROM movement
        WHERE stock.sku = movement.sku AND stock.location_id = movement.location_id
      )
      SELECT EXISTS (SELECT FROM items WHERE sku = ${sku}) AS "hasItem",
        EXISTS (SELECT FROM locations WHERE id = ${locationId}) AS "hasLocation",
        EXISTS (SELECT FROM shelf) AS "hasShelf", EXISTS (SELECT FROM movement) AS adjusted`,
  );
  return onlyRow(rows);
}

async function wasAdjusted(
  database: Database,
  { adjustmentId, sku, locationId }: Adjustment,
): Promise<boolean> {
  const rows = await database.query(
    'inventory.findAdjustment',
    sql`SELECT 1 FROM stock_movements WHERE reference = ${adjustmentId} AND kind = 'adjustment'
      AND sku = ${sku} AND location_id = ${locationId}`,
  );
  return rows.length > 0;
}

async function readInventory(database: Database, sku: string): Promise<InventoryView | null> {
  const [view] = await database.query<InventoryView>(
    'inventory.findInventory',
    sql`SELECT items.sku, coalesce(sum(on_hand), 0)::bigint AS "onHand", coalesce(sum(reserved), 0)::bigint AS reserved,
        coalesce(sum(on_hand - reserved), 0)::bigint AS available,
        coalesce(json_agg(json_build_object('locationId', locations.id, 'onHand', coalesce(on_hand, 0),
          'reserved', coalesce(reserved, 0), 'available', coalesce(on_hand - reserved, 0))
          ORDER BY locations.priority) FILTER (WHERE locations.id IS NOT NULL), '[]') AS locations
      FROM items LEFT JOIN locations ON true
      LEFT JOIN stock ON stock.sku = items.sku AND stock.location_id = locations.id
      WHERE items.sku = ${sku} GROUP BY items.sku`,
  );
  return view ?? null;
}
