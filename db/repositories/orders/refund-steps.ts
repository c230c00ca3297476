/** What becomes of a refund that was claimed: done, refused, or failed after it had been reported as done. */
import { sql, type SQL } from 'drizzle-orm';
import type { EventDataByType } from '../../../src/domain/events/event.ts';
import { ATTENTION_MESSAGES, type AttentionCode } from '../../../src/domain/orders/attention.ts';
import type { Database } from '../../client.ts';
import type { OrderRepository, RefundState } from '../orders.repository.ts';
import { money, writing } from '../sql.ts';
import { fact } from './facts.ts';
import { clearing, raising } from './attention-parts.ts';
import { journal } from './ledger-parts.ts';
import { changeOrder } from './order-change.ts';
import { PAYMENT, payment } from './payment-steps.ts';
import { operationIsPending, pendingOperation, settleOperation } from './provider-operations.ts';
import {
  giveQuantitiesBack,
  pendingRefund,
  restock,
  RETURNED,
  returnedQuantity,
  settleClaim,
  settleRefund,
  succeededRefund,
} from './refund-parts.ts';
import { waitingAfterOutcome } from './waiting-parts.ts';

type RefundSteps = Pick<
  OrderRepository,
  'recordRefunded' | 'recordRefundFailed' | 'recordRefundReturned' | 'readRefund'
>;

const REFUND_IS_PENDING = sql`(${operationIsPending} AND EXISTS (SELECT FROM refund))`;
const FAILED_AFTER_ALL = 'REFUND_FAILED' satisfies AttentionCode;

export function createRefundSteps(database: Database): RefundSteps {
  return { ...settleRefunds(database), ...returnRefunds(database) };
}

function settleRefunds(database: Database): Pick<RefundSteps, 'recordRefunded' | 'recordRefundFailed'> {
  return {
    recordRefunded(input) {
      // Nothing else that failed is left to be asked for again.
      const madeUpFor = clearing(
        FAILED_AFTER_ALL,
        sql`${REFUND_IS_PENDING} AND (SELECT refund_due_minor FROM payment) = 0`,
      );
      return changeOrder(database, 'orders.recordRefunded', {
        order: input,
        reads: [
          pendingOperation(input.operationKey, 'refund'),
          PAYMENT,
          pendingRefund(input.refundId),
          RETURNED,
          ...madeUpFor.reads,
        ],
        when: REFUND_IS_PENDING,
        waiting: waitingAfterOutcome(sql`held.status`),
        set: [
          ...madeUpFor.set,
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
          ...madeUpFor.facts,
        ],
        effects: [
          settleOperation({ status: 'succeeded', reference: input.providerReference }),
          settleRefund(sql`status = 'succeeded'`),
          settleClaim(sql`refunded_minor = payment_intents.refunded_minor + refund.amount_minor`),
          ...journal({ kind: 'refund', ...bookedRefund(sql`refund.amount_minor`) }),
          ...restock(),
        ],
      });
    },

    recordRefundFailed(input) {
      const { failureCode, refundId } = input;
      // It was to make up for one that had failed before, which is due as it was.
      const stillDue = raising(
        failedAfterAll(refundId, failureCode),
        sql`${REFUND_IS_PENDING} AND (SELECT from_due_minor FROM refund) > 0`,
      );
      return changeOrder(database, 'orders.recordRefundFailed', {
        order: input,
        reads: [
          pendingOperation(input.operationKey, 'refund'),
          pendingRefund(refundId),
          RETURNED,
          ...stillDue.reads,
        ],
        when: REFUND_IS_PENDING,
        waiting: waitingAfterOutcome(sql`held.status`),
        set: stillDue.set,
        facts: [failedFact({ failureCode, afterSuccess: false }), ...stillDue.facts],
        effects: [
          settleOperation({ status: 'refused', code: failureCode }),
          settleRefund(sql`status = 'failed', failure_code = ${failureCode}`),
          settleClaim(sql`refund_due_minor = payment_intents.refund_due_minor + refund.from_due_minor`),
          giveQuantitiesBack(sql`restocked_ahead`),
          ...journal({
            kind: 'refund_failed',
            ...bookedRefund(sql`refund.amount_minor - refund.from_due_minor`),
          }),
        ],
      });
    },
  };
}

function returnRefunds(database: Database): Pick<RefundSteps, 'recordRefundReturned' | 'readRefund'> {
  return {
    recordRefundReturned(input) {
      const { failureCode, refundId } = input;
      const isDone = sql`EXISTS (SELECT FROM refund)`;
      const due = raising(failedAfterAll(refundId, failureCode), isDone);
      return changeOrder(database, 'orders.recordRefundReturned', {
        order: input,
        reads: [PAYMENT, succeededRefund(refundId), RETURNED, ...due.reads],
        when: isDone,
        set: [
          ...due.set,
          sql`payment_status = (
            SELECT CASE WHEN payment.refunded_minor = refund.amount_minor
              THEN ${payment('captured')} ELSE ${payment('partially_refunded')} END FROM payment, refund)`,
        ],
        facts: [failedFact({ failureCode, afterSuccess: true }), ...due.facts],
        effects: [
          writing(
            'operation_reversed',
            sql`UPDATE provider_operations SET status = 'refused', refusal_code = ${failureCode}, settled_at = now()
              FROM moved WHERE provider_operations.order_id = moved.id AND key = ${input.operationKey}`,
          ),
          settleRefund(sql`status = 'failed', failure_code = ${failureCode}, returned_at = now()`),
          writing(
            'money_returned',
            sql`UPDATE payment_intents SET refunded_minor = refunded_minor - refund.amount_minor,
                refund_due_minor = refund_due_minor + refund.amount_minor
              FROM moved, refund WHERE payment_intents.order_id = moved.id`,
          ),
          // What lies on the shelf again stays there.
          giveQuantitiesBack(
            sql`restocked_ahead + CASE WHEN (SELECT restock FROM refund) THEN ${returnedQuantity} ELSE 0 END`,
          ),
          ...journal({ kind: 'refund_returned', ...bookedRefund(sql`refund.amount_minor`) }),
        ],
      });
    },

    async readRefund({ orderId, operationKey }) {
      const [refund] = await database.query<RefundState>(
        'orders.readRefund',
        sql`SELECT refunds.id AS "refundId", refunds.status, refunds.returned_at IS NOT NULL AS "hasFailedAfterAll"
          FROM provider_operations JOIN refunds ON refunds.id = subject_id
          WHERE key = ${operationKey} AND kind = 'refund' AND refunds.order_id = ${orderId}`,
      );
      return refund ?? null;
    },
  };
}

/** Over `refund`: what a journal about it says besides its kind. */
function bookedRefund(amountMinor: SQL) {
  return { reference: sql`refund.id`, amountMinor, from: sql`refund` };
}

function failedFact({
  failureCode,
  afterSuccess,
}: Pick<EventDataByType['commerce.payment.refund_failed.v1'], 'failureCode' | 'afterSuccess'>): SQL {
  return fact(
    'commerce.payment.refund_failed.v1',
    {
      refundId: sql`refund.id`,
      amount: money(sql`refund.amount_minor`, sql`refund.currency`),
      failureCode,
      afterSuccess,
    },
    { from: sql`refund` },
  );
}

/** The cause that calls a person to an order that owes its customer money. */
function failedAfterAll(refundId: string, failureCode: string) {
  const message = `${ATTENTION_MESSAGES[FAILED_AFTER_ALL]} Refund ${refundId}: ${failureCode}.`;
  return { code: FAILED_AFTER_ALL, message, raisedBy: 'workflow' };
}
