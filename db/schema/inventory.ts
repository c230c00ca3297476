import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
} from 'drizzle-orm/pg-core';
import { instant, integer8 } from './columns.ts';

export const items = pgTable('items', {
  sku: text().primaryKey(),
  name: text().notNull(),
  weightGrams: integer('weight_grams').notNull().default(500),
  active: boolean().notNull().default(true),
  /** Minor units by currency. */
  prices: jsonb().$type<Readonly<Record<string, number>>>().notNull().default({}),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

export const locations = pgTable('locations', {
  id: text().primaryKey(),
  name: text().notNull(),
  /** The lower number is preferred. */
  priority: integer().notNull().unique(),
});

export const stock = pgTable(
  'stock',
  {
    sku: text()
      .notNull()
      .references(() => items.sku),
    locationId: text('location_id')
      .notNull()
      .references(() => locations.id),
    onHand: integer8('on_hand').notNull(),
    reserved: integer8('reserved').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.sku, table.locationId] })],
);

/** Append-only; on_hand is the sum of its movements. */
export const stockMovements = pgTable(
  'stock_movements',
  {
    id: integer8('id').primaryKey().generatedAlwaysAsIdentity(),
    sku: text().notNull(),
    locationId: text('location_id').notNull(),
    quantity: integer8('quantity').notNull(),
    kind: text({ enum: ['adjustment', 'committed', 'restocked'] }).notNull(),
    reference: text().notNull(),
    reason: text().notNull(),
    actor: text().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({ columns: [table.sku, table.locationId], foreignColumns: [stock.sku, stock.locationId] }),
    unique().on(table.reference, table.kind, table.sku, table.locationId),
    index('stock_movements_shelf').on(table.sku, table.locationId),
  ],
);
