/** Money that goes back: claimed first, then given or, when the provider refuses for good, released again. */
import { sql, type SQL } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { refundOperationKey } from '../../../src/domain/ids.ts';
import { ORDER_TRANSITIONS } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { OrderRepository, RefundRequest, StartRefundOutcome } from '../orders.repository.ts';
import { json, money, reading, statement, textArray, writing, type Part } from '../sql.ts';
import { fact } from './facts.ts';
import { changeOrder, lockOrder } from './order-change.ts';
import { PAYMENT, payment } from './payment-steps.ts';
import { operationIsPending, pendingOperation, settleOperation } from './provider-operations.ts';
import {
  isReturned,
  pendingRefund,
  restock,
  RETURNED,
  returnedQuantity,
  settleClaim,
  settleRefund,
} from './refund-parts.ts';

/** Goods can come back only from an order that left. */
const RETURNABLE = [ORDER_TRANSITIONS.ship.to, ORDER_TRANSITIONS.deliver.to, ORDER_TRANSITIONS.complete.to];

type RefundSteps = Pick<OrderRepository, 'startRefund' | 'recordRefunded' | 'recordRefundFailed'>;

type Refusal = Extract<StartRefundOutcome, { kind: 'refused' }>['reason'];

interface StartRefundRow {
  readonly outcome: 'started' | 'nothing_to_refund' | 'interrupted' | Refusal;
  readonly amountMinor: number;
  readonly currency: string;
  readonly refundableMinor: number;
}

export function createRefundSteps(database: Database): RefundSteps {
  return { ...claimRefund(database), ...settleRefunds(database) };
}

function claimRefund(database: Database): Pick<RefundSteps, 'startRefund'> {
  return {
    async startRefund(request) {
      const name = 'orders.startRefund';
      const [row] = await database.query<StartRefundRow>(name, startRefundStatement(request));
      if (row === undefined) throw new InvariantViolatedError(name, 'the order must exist');
      const { outcome, refundableMinor } = row;
      // Another attempt with the same id may have written its refund while this statement waited; now it can be seen.
      const started = outcome === 'started' ? row : await findRefund(database, request);
      if (started !== undefined) {
        const { amountMinor, currency } = started;
        return { kind: 'started', amountMinor, currency, operationKey: refundOperationKey(request.refundId) };
      }
      if (outcome === 'started' || outcome === 'interrupted')
        throw new InvariantViolatedError(name, 'a refund belongs to one order');
      if (outcome === 'nothing_to_refund') return { kind: outcome };
      return { kind: 'refused', reason: outcome, refundableMinor };
    },
  };
}

function settleRefunds(database: Database): Pick<RefundSteps, 'recordRefunded' | 'recordRefundFailed'> {
  return {
    recordRefunded(input) {
      return changeOrder(database, 'orders.recordRefunded', {
        order: input,
        reads: [
          pendingOperation(input.operationKey, 'refund'),
          PAYMENT,
          pendingRefund(input.refundId),
          RETURNED,
        ],
        when: sql`${operationIsPending} AND EXISTS (SELECT FROM refund)`,
        set: [
          sql`payment_status = (
            SELECT CASE WHEN payment.refunded_minor + refund.amount_minor = payment.captured_minor
              THEN ${payment('refunded')} ELSE ${payment('partially_refunded')} END FROM payment, refund)`,
        ],
        facts: [
          fact(
            'commerce.payment.refunded.v1',
            {
              refundId: input.refundId,
              amount: money(sql`refund.amount_minor`, sql`refund.currency`),
              reason: sql`refund.reason`,
              restocked: sql`refund.restock AND jsonb_array_length(refund.lines) > 0`,
            },
            { from: sql`refund` },
          ),
        ],
        effects: [
          settleOperation({ status: 'succeeded', reference: input.providerReference }),
          settleRefund(sql`status = 'succeeded'`),
          settleClaim(sql`refunded_minor = payment_intents.refunded_minor + refund.amount_minor`),
          ...restock(),
        ],
      });
    },

    recordRefundFailed(input) {
      const { failureCode } = input;
      return changeOrder(database, 'orders.recordRefundFailed', {
        order: input,
        reads: [pendingOperation(input.operationKey, 'refund'), pendingRefund(input.refundId), RETURNED],
        when: sql`${operationIsPending} AND EXISTS (SELECT FROM refund)`,
        effects: [
          settleOperation({ status: 'refused', code: failureCode }),
          settleRefund(sql`status = 'failed', failure_code = ${failureCode}`),
          settleClaim(sql`refunded_minor = payment_intents.refunded_minor`),
          writing(
            'quantities_given_back',
            sql`UPDATE order_lines SET refunded_quantity = refunded_quantity - ${returnedQuantity}
              FROM moved WHERE order_lines.order_id = moved.id AND ${isReturned}`,
          ),
        ],
      });
    },
  };
}

async function findRefund(
  database: Database,
  { refundId, orderId }: RefundRequest,
): Promise<Pick<StartRefundRow, 'amountMinor' | 'currency'> | undefined> {
  const [refund] = await database.query<Pick<StartRefundRow, 'amountMinor' | 'currency'>>(
    'orders.findRefund',
    sql`SELECT amount_minor AS "amountMinor", currency FROM refunds WHERE id = ${refundId} AND order_id = ${orderId}`,
  );
  return refund;
}

/** A line that is named twice counts once, with the sum. */
function quantitiesByLine({ by }: RefundRequest): Readonly<Record<string, number>> {
  const quantities = new Map<string, number>();
  for (const { lineId, quantity } of 'lines' in by ? by.lines : [])
    quantities.set(lineId, (quantities.get(lineId) ?? 0) + quantity);
  return Object.fromEntries(quantities);
}

/**
 * One statement that looks, decides and claims. What was captured, refunded and promised is read from the locked row of
 * the payment, so two refunds at once cannot together claim more than there is.
 */
function startRefundStatement(request: RefundRequest): SQL {
  const { by, refundId, restock, reason, actor } = request;
  const quantities = quantitiesByLine(request);
  const lines = Object.entries(quantities).map(([lineId, quantity]) => ({ lineId, quantity }));
  const restocks = restock && lines.length > 0;
  return statement(
    [
      lockOrder(request.orderId),
      PAYMENT,
      reading(
        'earlier',
        sql`SELECT * FROM refunds WHERE id = ${refundId} AND order_id = (SELECT id FROM held)`,
      ),
      reading('returned', sql`SELECT ${json(quantities)} AS quantities`),
      reading(
        'lines',
        sql`SELECT ${returnedQuantity} AS quantity, unit_price_minor, quantity - refunded_quantity AS returnable
          FROM order_lines WHERE order_id = (SELECT id FROM held) AND ${isReturned}
          ORDER BY line_number FOR NO KEY UPDATE`,
      ),
      reading(
        'claim',
        sql`SELECT captured_minor, refundable, ${askedMinor(by)} AS asked FROM (
          SELECT captured_minor, captured_minor - refunded_minor - refund_pending_minor AS refundable FROM payment) AS money`,
      ),
      reading(
        'verdict',
        sql`SELECT asked AS amount, refundable, CASE
            WHEN EXISTS (SELECT FROM earlier) THEN 'repeated'
            WHEN ${'remainder' in by}::boolean AND refundable = 0 THEN 'nothing_to_refund'
            WHEN captured_minor = 0 THEN 'not_captured'
            WHEN ${lines.length}::bigint <> (SELECT count(*) FROM lines) THEN 'unknown_line'
            WHEN EXISTS (SELECT FROM lines WHERE quantity > returnable) THEN 'exceeds_line_quantity'
            WHEN ${restocks}::boolean AND held.status <> ALL (${textArray(RETURNABLE)}) THEN 'not_shipped'
            WHEN asked > refundable THEN 'exceeds_captured'
            WHEN asked = 0 THEN 'nothing_to_refund'
            ELSE 'start' END AS outcome
          FROM held, claim`,
      ),
      writing(
        'opened',
        sql`INSERT INTO refunds (id, order_id, amount_minor, currency, reason, restock, lines, actor)
          SELECT ${refundId}, held.id, verdict.amount, held.currency, ${reason}, ${restock}, ${json(lines)}, ${actor}
          FROM held, verdict WHERE verdict.outcome = 'start'
          ON CONFLICT (id) DO NOTHING
          RETURNING id, order_id, amount_minor, currency`,
      ),
      ...claimParts(refundId),
    ],
    sql`SELECT CASE
          WHEN verdict.outcome = 'repeated' THEN 'started'
          WHEN verdict.outcome <> 'start' THEN verdict.outcome
          WHEN opened.id IS NULL THEN 'interrupted'
          ELSE 'started' END AS outcome,
        coalesce(earlier.amount_minor, verdict.amount) AS "amountMinor", held.currency,
        verdict.refundable AS "refundableMinor"
      FROM held, verdict LEFT JOIN earlier ON true LEFT JOIN opened ON true`,
  );
}

/** Over `money` and `lines`. */
function askedMinor(by: RefundRequest['by']): SQL {
  if ('amountMinor' in by) return sql`${by.amountMinor}::bigint`;
  if ('remainder' in by) return sql`refundable`;
  return sql`(SELECT coalesce(sum(quantity * unit_price_minor), 0)::bigint FROM lines)`;
}

/** The money, the quantities and the key of a refund that was opened. */
function claimParts(refundId: string): Part[] {
  return [
    writing(
      'money_claimed',
      sql`UPDATE payment_intents SET refund_pending_minor = refund_pending_minor + opened.amount_minor
        FROM opened WHERE payment_intents.order_id = opened.order_id`,
    ),
    writing(
      'quantities_claimed',
      sql`UPDATE order_lines SET refunded_quantity = refunded_quantity + ${returnedQuantity}
        FROM opened WHERE order_lines.order_id = opened.order_id AND ${isReturned}`,
    ),
    writing(
      'operation_planned',
      sql`INSERT INTO provider_operations (key, order_id, kind, subject_id, amount_minor, currency)
        SELECT ${refundOperationKey(refundId)}, order_id, 'refund', id, amount_minor, currency FROM opened`,
    ),
  ];
}
