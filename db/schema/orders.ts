import { boolean, foreignKey, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Rejection, ShippingAddress, ShipmentStatus } from '../../src/domain/orders/order.ts';
import { ORDER_STATUSES, PAYMENT_STATUSES } from '../../src/domain/orders/order-status.ts';
import {
  DEFAULT_DEADLINES,
  type OrderDeadlines,
  type WaitingFor,
  type WaitingOwner,
} from '../../src/domain/orders/waiting-state.ts';
import { currency, instant, integer8 } from './columns.ts';
import { locations, stock } from './inventory.ts';

export const orders = pgTable('orders', {
  id: text().primaryKey(),
  /** The sequence of the order's last event. */
  version: integer().notNull(),
  status: text({ enum: ORDER_STATUSES }).notNull(),
  paymentStatus: text('payment_status', { enum: PAYMENT_STATUSES }).notNull(),
  customerId: text('customer_id').notNull(),
  currency: currency().notNull(),
  totalMinor: integer8('total_minor').notNull(),
  principalId: text('principal_id').notNull(),
  fingerprint: text().notNull(),
  workflowRunId: text('workflow_run_id').notNull(),
  correlationId: text('correlation_id').notNull(),
  rejection: jsonb().$type<Rejection>(),
  cancellationReason: text('cancellation_reason'),
  attentionCode: text('attention_code'),
  attentionSince: instant('attention_since'),
  attentionMessage: text('attention_message'),
  deadlines: jsonb().$type<OrderDeadlines>().notNull().default(DEFAULT_DEADLINES),
  /** Whether it is screened for fraud, chosen when it was placed. */
  isScreened: boolean('is_screened').notNull().default(false),
  /** All four together, or none when the order is at its end. */
  waitingFor: text('waiting_for').$type<WaitingFor>(),
  waitingOwner: text('waiting_owner').$type<WaitingOwner>(),
  waitingSince: instant('waiting_since'),
  waitingUntil: instant('waiting_until'),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/** What calls a person to an order, a row for each cause. The order's own row shows the newest. */
export const attentionCauses = pgTable(
  'attention_causes',
  {
    orderId: text('order_id')
      .notNull()
      .references(() => orders.id),
    code: text().notNull(),
    message: text().notNull(),
    raisedBy: text('raised_by').notNull(),
    since: instant('since').notNull(),
    /** When operations staff were written to about it, and by which mail. */
    mailedAt: instant('mailed_at'),
    mailId: text('mail_id'),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.code] })],
);

/** The only table with personal data in clear. */
export const orderContacts = pgTable('order_contacts', {
  orderId: text('order_id')
    .primaryKey()
    .references(() => orders.id),
  shipTo: jsonb('ship_to').$type<ShippingAddress>().notNull(),
  email: text().notNull(),
  phone: text(),
});

export const orderLines = pgTable(
  'order_lines',
  {
    orderId: text('order_id')
      .notNull()
      .references(() => orders.id),
    lineNumber: integer('line_number').notNull(),
    sku: text().notNull(),
    name: text().notNull(),
    quantity: integer8('quantity').notNull(),
    unitPriceMinor: integer8('unit_price_minor').notNull(),
    totalMinor: integer8('total_minor').notNull(),
    weightGrams: integer('weight_grams').notNull(),
    refundedQuantity: integer8('refunded_quantity').notNull().default(0),
    /** On the shelf again by a refund that has failed after all. */
    restockedAhead: integer8('restocked_ahead').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.lineNumber] })],
);

export const reservations = pgTable(
  'reservations',
  {
    orderId: text('order_id').notNull(),
    lineNumber: integer('line_number').notNull(),
    locationId: text('location_id').notNull(),
    sku: text().notNull(),
    quantity: integer8('quantity').notNull(),
    state: text({ enum: ['open', 'committed', 'released'] })
      .notNull()
      .default('open'),
    restockedQuantity: integer8('restocked_quantity').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    primaryKey({ columns: [table.orderId, table.lineNumber, table.locationId] }),
    foreignKey({
      columns: [table.orderId, table.lineNumber],
      foreignColumns: [orderLines.orderId, orderLines.lineNumber],
    }),
    foreignKey({ columns: [table.sku, table.locationId], foreignColumns: [stock.sku, stock.locationId] }),
  ],
);

const SHIPMENT_STATUSES = [
  'pending',
  'booked',
  'shipped',
  'delivered',
  'cancelled',
] as const satisfies readonly ShipmentStatus[];

export const shipments = pgTable('shipments', {
  id: text().primaryKey(),
  orderId: text('order_id')
    .notNull()
    .references(() => orders.id),
  locationId: text('location_id')
    .notNull()
    .references(() => locations.id),
  status: text({ enum: SHIPMENT_STATUSES }).notNull().default('pending'),
  carrier: text(),
  trackingNumber: text('tracking_number'),
  carrierReference: text('carrier_reference'),
  labelUrl: text('label_url'),
  bookingAttempt: integer('booking_attempt').notNull().default(1),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});
