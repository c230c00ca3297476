/** An order as the API answers it, as one expression over a row `orders`, so that every reader takes it in one statement. */
import { sql } from 'drizzle-orm';
import { instant } from '../sql.ts';

const amount = (column: string) =>
  sql`json_build_object('amountMinor', ${sql.raw(column)}, 'currency', orders.currency)`;

/** What a line holds where; stock that was given back is held nowhere. */
const ALLOCATIONS = sql`(
  SELECT json_build_object(
      'all', coalesce(json_agg(json_build_object('locationId', location_id, 'quantity', quantity)
        ORDER BY location_id COLLATE "C"), '[]'),
      'only', CASE WHEN count(*) = 1 THEN min(location_id) END) AS value
  FROM reservations
  WHERE reservations.order_id = order_lines.order_id AND reservations.line_number = order_lines.line_number
    AND reservations.state <> 'released')`;

const LINES = sql`(
  SELECT json_agg(json_build_object(
      'lineId', line_number::text, 'sku', sku, 'name', name, 'quantity', quantity,
      'unitPrice', ${amount('unit_price_minor')}, 'total', ${amount('total_minor')},
      'locationId', allocations.value -> 'only', 'allocations', allocations.value -> 'all') ORDER BY line_number)
  FROM order_lines CROSS JOIN LATERAL ${ALLOCATIONS} AS allocations WHERE order_lines.order_id = orders.id)`;

const SHIPMENTS = sql`(
  SELECT coalesce(json_agg(json_build_object(
      'id', id, 'locationId', location_id, 'carrier', carrier, 'trackingNumber', tracking_number, 'status', status)
    ORDER BY location_id COLLATE "C"), '[]')
  FROM shipments WHERE shipments.order_id = orders.id)`;

const REFUNDS = sql`(
  SELECT coalesce(json_agg(json_build_object(
      'id', id, 'status', status, 'amount', ${amount('amount_minor')}, 'reason', reason, 'restock', restock,
      'failureCode', failure_code,
      'lines', lines, 'createdAt', ${instant(sql`created_at`)}, 'settledAt', ${instant(sql`settled_at`)})
    ORDER BY refunds.created_at, id), '[]')
  FROM refunds WHERE refunds.order_id = orders.id)`;

const ATTENTIONS = sql`(
  SELECT coalesce(json_agg(json_build_object('code', code, 'since', ${instant(sql`since`)}, 'message', message)
    ORDER BY since DESC), '[]')
  FROM attention_causes WHERE attention_causes.order_id = orders.id)`;

/** What of the order's money is where, by the ledger alone. */
const BOOKED = sql`(
  SELECT
    coalesce(sum(amount_minor) FILTER (WHERE account = 'cash_at_provider' AND kind = 'capture'), 0) AS captured,
    coalesce(-sum(amount_minor) FILTER (WHERE account = 'cash_at_provider' AND kind <> 'capture'), 0) AS refunded,
    coalesce(-sum(amount_minor) FILTER (WHERE account = 'refunds_due'), 0) AS refund_due
  FROM ledger_journals JOIN ledger_entries ON ledger_entries.journal_id = ledger_journals.id
  WHERE ledger_journals.order_id = orders.id)`;

const TOTALS_AND_PAYMENT = sql`(
  SELECT json_build_object(
    'totals', json_build_object(
      'items', json_build_object('currency', orders.currency, 'amountMinor',
        (SELECT sum(total_minor) FROM order_lines WHERE order_lines.order_id = orders.id)),
      'total', ${amount('orders.total_minor')},
      'captured', ${amount('booked.captured')},
      'refunded', ${amount('booked.refunded')},
      'outstanding', ${amount('orders.total_minor - booked.captured + booked.refunded')},
      'refundDue', ${amount('booked.refund_due')}),
    'payment', json_build_object('method', method, 'captureBefore', ${instant(sql`capture_before`)})) AS value
  FROM payment_intents CROSS JOIN ${BOOKED} AS booked WHERE payment_intents.order_id = orders.id)`;

/** One json value: an OrderView. */
export const ORDER_VIEW = sql`(
  SELECT json_build_object(
    'id', orders.id, 'version', orders.version, 'status', orders.status, 'paymentStatus', orders.payment_status,
    'attention', CASE WHEN orders.attention_code IS NOT NULL THEN json_build_object('code', orders.attention_code,
      'since', ${instant(sql`orders.attention_since`)}, 'message', orders.attention_message) END,
    'attentions', ${ATTENTIONS},
    'waiting', CASE WHEN orders.waiting_for IS NOT NULL THEN json_build_object('for', orders.waiting_for,
      'owner', orders.waiting_owner, 'since', ${instant(sql`orders.waiting_since`)},
      'until', ${instant(sql`orders.waiting_until`)}) END,
    'rejection', orders.rejection, 'customerId', orders.customer_id, 'currency', orders.currency,
    'lines', ${LINES}, 'totals', money.value -> 'totals', 'payment', money.value -> 'payment',
    'shipments', ${SHIPMENTS}, 'refunds', ${REFUNDS},
    'createdAt', ${instant(sql`orders.created_at`)}, 'updatedAt', ${instant(sql`orders.updated_at`)})
  FROM ${TOTALS_AND_PAYMENT} AS money)`;
