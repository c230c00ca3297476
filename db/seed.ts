/** The demo catalogue: enough to see every way an order can go. Never run against a database that serves real orders. */
import { sql } from 'drizzle-orm';
import type { Database } from './client.ts';
import { createInventoryRepository } from './repositories/inventory/inventory-repository.ts';
import { json } from './repositories/sql.ts';

/** Every embedded stack has these two; `main` is preferred. */
const LOCATIONS = [
  { id: 'main', name: 'Main warehouse', priority: 1 },
  { id: 'west', name: 'West warehouse', priority: 2 },
];

interface DemoItem {
  readonly sku: string;
  readonly name: string;
  /** Minor units by currency. */
  readonly prices: Readonly<Record<string, number>>;
  readonly weightGrams: number;
  /** What lies at each location to begin with. */
  readonly stock: { readonly main?: number; readonly west?: number };
}

const ITEMS: readonly DemoItem[] = [
  {
    sku: '85123A',
    name: 'WHITE HANGING HEART T-LIGHT HOLDER',
    prices: { GBP: 255, EUR: 299, USD: 329 },
    weightGrams: 180,
    stock: { main: 500, west: 300 },
  },
  {
    sku: '71053',
    name: 'WHITE METAL LANTERN',
    prices: { GBP: 339, EUR: 399, USD: 435 },
    weightGrams: 620,
    stock: { main: 200, west: 120 },
  },
  {
    sku: '84406B',
    name: 'CREAM CUPID HEARTS COAT HANGER',
    prices: { GBP: 275, EUR: 325, USD: 355 },
    weightGrams: 240,
    stock: { main: 150, west: 150 },
  },
  {
    sku: '84029G',
    name: 'KNITTED UNION FLAG HOT WATER BOTTLE',
    prices: { GBP: 339, EUR: 399 },
    weightGrams: 410,
    stock: { main: 80, west: 60 },
  },
  {
    sku: '22752',
    name: 'SET 7 BABUSHKA NESTING BOXES',
    prices: { GBP: 765, EUR: 899, USD: 985 },
    weightGrams: 540,
    stock: { main: 60, west: 40 },
  },
  {
    sku: '21730',
    name: 'GLASS STAR FROSTED T-LIGHT HOLDER',
    prices: { GBP: 425, EUR: 499 },
    weightGrams: 330,
    stock: { main: 90, west: 30 },
  },
  {
    sku: '22633',
    name: 'HAND WARMER UNION JACK',
    prices: { GBP: 185, EUR: 219, USD: 239 },
    weightGrams: 90,
    stock: { main: 400, west: 400 },
  },
  {
    sku: '84879',
    name: 'ASSORTED COLOUR BIRD ORNAMENT',
    prices: { GBP: 169, EUR: 199, USD: 215 },
    weightGrams: 60,
    stock: { main: 1000, west: 500 },
  },
  // Only in the west: an order for it is served from there.
  {
    sku: '22745',
    name: "POPPY'S PLAYHOUSE BEDROOM",
    prices: { GBP: 210, EUR: 249 },
    weightGrams: 300,
    stock: { west: 75 },
  },
  {
    sku: '22748',
    name: "POPPY'S PLAYHOUSE KITCHEN",
    prices: { GBP: 210, EUR: 249 },
    weightGrams: 310,
    stock: { west: 75 },
  },
  // Ten need both locations.
  {
    sku: 'SPLIT-10',
    name: 'GARDEN BENCH, TEN IN TWO PLACES',
    prices: { GBP: 4500, EUR: 5290, USD: 5790 },
    weightGrams: 9000,
    stock: { main: 6, west: 6 },
  },
  // Nothing of it anywhere: an order for it is rejected.
  {
    sku: 'EMPTY-1',
    name: 'SOLD OUT MUSIC BOX',
    prices: { GBP: 1295, EUR: 1499, USD: 1650 },
    weightGrams: 700,
    stock: {},
  },
];

/**
 * Writes the locations, and every demo item that is not there yet with its opening stock. What is there stays as it is,
 * so a second run changes nothing. Stock enters as adjustments, so that on_hand is the sum of its movements.
 */
export async function seedDemo(database: Database): Promise<void> {
  const inventory = createInventoryRepository(database);
  await database.query(
    'seed.locations',
    sql`INSERT INTO locations (id, name, priority)
      SELECT id, name, priority FROM jsonb_to_recordset(${json(LOCATIONS)}) AS given (id text, name text, priority integer)
      ON CONFLICT (id) DO NOTHING`,
  );
  for (const { sku, name, prices, weightGrams, stock } of ITEMS) {
    if ((await inventory.findItem(sku)) === null) {
      const list = Object.entries(prices).map(([currency, amountMinor]) => ({ amountMinor, currency }));
      await inventory.putItem({ sku, name, prices: list, weightGrams, active: true });
    }
    for (const [locationId, quantity] of Object.entries(stock)) {
      await inventory.adjust({
        adjustmentId: `adj_demo_${sku}`,
        sku,
        locationId,
        quantity,
        reason: 'opening stock',
        actor: 'demo',
      });
    }
  }
}
