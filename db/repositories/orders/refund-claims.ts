/** How a refund is claimed: money and quantities, before anyone asks the provider. */
import { sql, type SQL } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { paymentOperationKey, refundOperationKey } from '../../../src/domain/ids.ts';
import { ORDER_TRANSITIONS } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { OrderRepository, RefundRequest, StartRefundOutcome } from '../orders.repository.ts';
import { json, money, reading, statement, textArray, writing, type Part } from '../sql.ts';
import { fact } from './facts.ts';
import { journal } from './ledger-parts.ts';
import { changeParts } from './order-change.ts';
import { PAYMENT } from './payment-steps.ts';
import { isReturned, returnedQuantity } from './refund-parts.ts';

/** Goods can come back only from an order that left. */
const RETURNABLE = [ORDER_TRANSITIONS.ship.to, ORDER_TRANSITIONS.deliver.to, ORDER_TRANSITIONS.complete.to];

type Refusal = Extract<StartRefundOutcome, { kind: 'refused' }>['reason'];

interface StartRefundRow {
  readonly outcome: 'started' | 'nothing_to_refund' | 'interrupted' | Refusal;
  readonly amountMinor: number;
  readonly currency: string;
  readonly refundableMinor: number;
  /** Which authorization was captured. */
  readonly authorizationAttempt: number;
}

type StartedRefund = Pick<StartRefundRow, 'amountMinor' | 'currency' | 'authorizationAttempt'>;

export function createRefundClaims(database: Database): Pick<OrderRepository, 'startRefund'> {
  return {
    async startRefund(request) {
      const name = 'orders.startRefund';
      const [row] = await database.query<StartRefundRow>(name, startRefundStatement(request));
      if (row === undefined) throw new InvariantViolatedError(name, 'the order must exist');
      const { outcome, refundableMinor } = row;
      // Another attempt with the same id may have written its refund while this statement waited; now it can be seen.
      const started = outcome === 'started' ? row : await findRefund(database, request);
      if (started !== undefined) {
        const { amountMinor, currency, authorizationAttempt } = started;
        const { refundId, orderId } = request;
        return {
          kind: 'started',
          amountMinor,
          currency,
          operationKey: refundOperationKey(refundId),
          captureKey: paymentOperationKey(orderId, 'capture', authorizationAttempt),
        };
      }
      if (outcome === 'started' || outcome === 'interrupted')
        throw new InvariantViolatedError(name, 'a refund belongs to one order');
      if (outcome === 'nothing_to_refund') return { kind: outcome };
      return { kind: 'refused', reason: outcome, refundableMinor };
    },
  };
}

async function findRefund(
  database: Database,
  { refundId, orderId }: RefundRequest,
): Promise<StartedRefund | undefined> {
  const [refund] = await database.query<StartedRefund>(
    'orders.findRefund',
    sql`SELECT refunds.amount_minor AS "amountMinor", refunds.currency, authorization_attempt AS "authorizationAttempt"
      FROM refunds JOIN payment_intents USING (order_id) WHERE refunds.id = ${refundId} AND refunds.order_id = ${orderId}`,
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
    changeParts({
      order: request,
      reads: [
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
          'decision',
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
          sql`INSERT INTO refunds (id, order_id, amount_minor, currency, reason, restock, lines, actor, from_due_minor)
          SELECT ${refundId}, held.id, decision.amount, held.currency, ${reason}, ${restock}, ${json(lines)}, ${actor},
            least(decision.amount, payment.refund_due_minor)
          FROM held, decision, payment WHERE decision.outcome = 'start'
          ON CONFLICT (id) DO NOTHING
          RETURNING id, order_id, amount_minor, from_due_minor, currency, reason`,
        ),
      ],
      when: sql`EXISTS (SELECT FROM opened)`,
      facts: [
        fact(
          'commerce.payment.refund_requested.v1',
          {
            refundId,
            amount: money(sql`opened.amount_minor`, sql`opened.currency`),
            reason: sql`opened.reason`,
          },
          { from: sql`opened` },
        ),
      ],
      effects: claimParts(refundId),
    }),
    sql`SELECT CASE
          WHEN decision.outcome = 'repeated' THEN 'started'
          WHEN decision.outcome <> 'start' THEN decision.outcome
          WHEN opened.id IS NULL THEN 'interrupted'
          ELSE 'started' END AS outcome,
        coalesce(earlier.amount_minor, decision.amount) AS "amountMinor", held.currency,
        decision.refundable AS "refundableMinor",
        (SELECT authorization_attempt FROM payment) AS "authorizationAttempt"
      FROM held, decision LEFT JOIN earlier ON true LEFT JOIN opened ON true`,
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
      sql`UPDATE payment_intents SET refund_pending_minor = refund_pending_minor + opened.amount_minor,
          refund_due_minor = refund_due_minor - opened.from_due_minor
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
    ...journal({
      kind: 'refund_requested',
      reference: sql`opened.id`,
      amountMinor: sql`opened.amount_minor - opened.from_due_minor`,
      from: sql`opened`,
    }),
  ];
}
