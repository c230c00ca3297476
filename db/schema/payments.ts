import { boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { RefundStatus } from '../../src/domain/orders/order.ts';
import type { ProviderOperationKind } from '../../src/domain/payments/payment-operation.ts';
import { currency, instant, integer8 } from './columns.ts';
import { orders } from './orders.ts';

export const paymentIntents = pgTable('payment_intents', {
  orderId: text('order_id')
    .primaryKey()
    .references(() => orders.id),
  method: text().notNull(),
  currency: currency().notNull(),
  amountMinor: integer8('amount_minor').notNull(),
  authorizedMinor: integer8('authorized_minor').notNull().default(0),
  capturedMinor: integer8('captured_minor').notNull().default(0),
  /** Promised, not yet done; counts against what may still be refunded. */
  refundPendingMinor: integer8('refund_pending_minor').notNull().default(0),
  refundedMinor: integer8('refunded_minor').notNull().default(0),
  /** Given back, and taken back by the provider. */
  refundDueMinor: integer8('refund_due_minor').notNull().default(0),
  captureBefore: instant('capture_before'),
  voidedAt: instant('voided_at'),
  /** Which authorization is the present one, from 1. */
  authorizationAttempt: integer('authorization_attempt').notNull().default(1),
});

const OPERATION_KINDS = [
  'authorize',
  'capture',
  'void',
  'refund',
  'book',
  'cancel_booking',
] as const satisfies readonly ProviderOperationKind[];

/** Keys of calls to other companies, stored before the first call. */
export const providerOperations = pgTable('provider_operations', {
  key: text().primaryKey(),
  orderId: text('order_id')
    .notNull()
    .references(() => orders.id),
  kind: text({ enum: OPERATION_KINDS }).notNull(),
  subjectId: text('subject_id'),
  amountMinor: integer8('amount_minor'),
  currency: currency(),
  status: text({ enum: ['pending', 'succeeded', 'refused', 'not_needed'] })
    .notNull()
    .default('pending'),
  providerReference: text('provider_reference'),
  refusalCode: text('refusal_code'),
  createdAt: instant('created_at').notNull().defaultNow(),
  settledAt: instant('settled_at'),
  /** When an authorization no longer held anything. */
  releasedAt: instant('released_at'),
  /** When the provider's list was seen to have it. */
  reconciledAt: instant('reconciled_at'),
});

const REFUND_STATUSES = ['pending', 'succeeded', 'failed'] as const satisfies readonly RefundStatus[];

export const refunds = pgTable('refunds', {
  id: text().primaryKey(),
  orderId: text('order_id')
    .notNull()
    .references(() => orders.id),
  amountMinor: integer8('amount_minor').notNull(),
  currency: currency().notNull(),
  reason: text().notNull(),
  restock: boolean().notNull(),
  lines: jsonb().$type<readonly { readonly lineId: string; readonly quantity: number }[]>().notNull(),
  status: text({ enum: REFUND_STATUSES }).notNull().default('pending'),
  failureCode: text('failure_code'),
  fromDueMinor: integer8('from_due_minor').notNull().default(0),
  returnedAt: instant('returned_at'),
  actor: text().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  settledAt: instant('settled_at'),
});
