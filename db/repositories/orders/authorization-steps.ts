/**
 * What becomes of an order's hold on the money besides success: an answer that was lost, a refusal, and a second hold in
 * place of one that is gone.
 */
import { sql } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { paymentOperationKey } from '../../../src/domain/ids.ts';
import type { Database } from '../../client.ts';
import type { OrderRepository } from '../orders.repository.ts';
import { writing } from '../sql.ts';
import { changeOrder } from './order-change.ts';
import { PAYMENT, payment } from './payment-steps.ts';
import {
  operationIsPending,
  pendingOperation,
  planOperations,
  settleOperation,
} from './provider-operations.ts';
import { waitingAfterOutcome, waitsForOutcomes } from './waiting-parts.ts';

type AuthorizationSteps = Pick<
  OrderRepository,
  'recordOutcomeUnknown' | 'recordCaptureRefused' | 'planAuthorization'
>;

const ALL_KINDS = ['authorize', 'capture', 'void', 'refund', 'book', 'cancel_booking'] as const;

export function createAuthorizationSteps(database: Database): AuthorizationSteps {
  return {
    recordOutcomeUnknown({ orderId, operationKey }) {
      const isHeldOrCharged = sql`(SELECT kind FROM operation) IN ('authorize', 'capture')`;
      const waiting = sql`CASE WHEN ${waitsForOutcomes} THEN (SELECT kind FROM operation) || '_outcome'
        ELSE held.waiting_for END`;
      return changeOrder(database, 'orders.recordOutcomeUnknown', {
        order: { orderId },
        reads: [pendingOperation(operationKey, ...ALL_KINDS)],
        when: sql`${operationIsPending} AND (held.waiting_for IS DISTINCT FROM ${waiting}
          OR (${isHeldOrCharged} AND held.payment_status <> ${payment('unknown')}))`,
        set: [
          sql`payment_status = CASE WHEN ${isHeldOrCharged} THEN ${payment('unknown')} ELSE held.payment_status END`,
        ],
        waiting,
      });
    },

    recordCaptureRefused({ orderId, operationKey, refusalCode, providerReference }) {
      return changeOrder(database, 'orders.recordCaptureRefused', {
        order: { orderId },
        reads: [pendingOperation(operationKey, 'capture')],
        when: operationIsPending,
        set: [
          sql`payment_status = CASE WHEN held.payment_status = ${payment('unknown')} THEN ${payment('authorized')}
            ELSE held.payment_status END`,
        ],
        effects: [settleOperation({ status: 'refused', reference: providerReference, code: refusalCode })],
        waiting: waitingAfterOutcome(sql`held.status`),
      });
    },

    async planAuthorization({ orderId, attempt }) {
      const name = 'orders.planAuthorization';
      const change = await changeOrder(database, name, {
        order: { orderId },
        reads: [PAYMENT],
        when: sql`EXISTS (
          SELECT FROM payment WHERE authorization_attempt = ${attempt - 1}::integer AND voided_at IS NOT NULL)`,
        effects: [
          writing(
            'next_authorization',
            sql`UPDATE payment_intents SET authorization_attempt = ${attempt}::integer, authorized_minor = 0,
                capture_before = NULL, voided_at = NULL
              FROM moved WHERE payment_intents.order_id = moved.id`,
          ),
          planOperations('authorization_planned', {
            key: sql`${paymentOperationKey(orderId, 'authorize', attempt)}`,
            kind: 'authorize',
            amountMinor: sql`moved.total_minor`,
            currency: sql`moved.currency`,
            from: sql`(SELECT) AS once`,
          }),
        ],
        // An operator has to move all the same.
        waiting: sql`CASE WHEN held.waiting_for = 'correction' THEN held.waiting_for ELSE 'authorization' END`,
      });
      if (change.applied) return;
      const [planned] = await database.query<{ attempt: number }>(
        name,
        sql`SELECT authorization_attempt AS attempt FROM payment_intents WHERE order_id = ${orderId}`,
      );
      if ((planned?.attempt ?? 0) < attempt)
        throw new InvariantViolatedError(name, 'an order has one hold on the money at a time');
    },
  };
}
