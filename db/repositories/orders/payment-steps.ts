/** What becomes of an order's money: held, refused, taken, let go. */
import { sql, type SQL } from 'drizzle-orm';
import { bookingOperationKey, shipmentIdPrefix } from '../../../src/domain/ids.ts';
import type { PaymentStatus } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { OrderRepository, PaymentState } from '../orders.repository.ts';
import { money, reading, textArray, writing, type Part } from '../sql.ts';
import { fact } from './facts.ts';
import { changeOrder, move } from './order-change.ts';
import {
  operationIsPending,
  pendingOperation,
  planOperations,
  settleOperation,
} from './provider-operations.ts';

const CONFIRM = move('authorize', 'confirm');
const CONFIRMED = sql`moved.status = ${CONFIRM.target}`;
const OPERATION_AMOUNT = money(sql`operation.amount_minor`, sql`operation.currency`);

/** `payment`: the order's money, locked. */
export const PAYMENT = reading(
  'payment',
  sql`SELECT * FROM payment_intents WHERE order_id = (SELECT id FROM held) FOR NO KEY UPDATE`,
);

type PaymentSteps = Pick<
  OrderRepository,
  | 'recordAuthorized'
  | 'recordDeclined'
  | 'recordPaymentUnknown'
  | 'recordCaptured'
  | 'recordVoided'
  | 'planOperation'
  | 'settleNotNeeded'
  | 'readPayment'
>;

export function createPaymentSteps(database: Database): PaymentSteps {
  return { ...holdMoney(database), ...settleMoney(database), ...manageOperations(database) };
}

/** A payment status as a value of a statement. */
export function payment(status: PaymentStatus): SQL {
  return sql`${status}::text`;
}

/** SET payment_status = … */
export function paymentStatus(status: PaymentStatus): SQL {
  return sql`payment_status = ${payment(status)}`;
}

function holdMoney(database: Database): Pick<PaymentSteps, 'recordAuthorized' | 'recordDeclined'> {
  return {
    /**
     * Money that is held is recorded whatever became of the order meanwhile, so that an undo finds it: an order that can
     * no longer be confirmed gets payment.authorized alone and the answer `applied: false`.
     */
    recordAuthorized(input) {
      const canConfirm = sql`held.status = ANY (${textArray(CONFIRM.sources)})`;
      return changeOrder(database, 'orders.recordAuthorized', {
        order: input,
        reads: [pendingOperation(input.operationKey, 'authorize')],
        when: operationIsPending,
        status: sql`CASE WHEN ${canConfirm} THEN ${CONFIRM.target} ELSE held.status END`,
        set: [paymentStatus('authorized')],
        facts: [
          fact(
            'commerce.payment.authorized.v1',
            { amount: OPERATION_AMOUNT, captureBefore: input.captureBefore },
            { from: sql`operation` },
          ),
          fact(
            'commerce.order.confirmed.v1',
            { total: money(sql`held.total_minor`, sql`held.currency`) },
            { when: canConfirm },
          ),
        ],
        effects: [
          settleOperation({ status: 'succeeded', reference: input.providerReference }),
          writing(
            'payment_held',
            sql`UPDATE payment_intents SET authorized_minor = operation.amount_minor, capture_before = ${input.captureBefore}
              FROM moved, operation WHERE payment_intents.order_id = moved.id`,
          ),
          ...planShipments(input.orderId),
        ],
        applied: sql`moved.status <> held.status`,
      });
    },

    recordDeclined(input) {
      const { operationKey, providerReference, declineReason } = input;
      return changeOrder(database, 'orders.recordDeclined', {
        order: input,
        reads: [pendingOperation(operationKey, 'authorize')],
        when: operationIsPending,
        set: [paymentStatus('declined')],
        facts: [
          fact(
            'commerce.payment.declined.v1',
            { amount: OPERATION_AMOUNT, declineReason },
            { from: sql`operation` },
          ),
        ],
        effects: [settleOperation({ status: 'refused', reference: providerReference, code: declineReason })],
      });
    },
  };
}

function settleMoney(database: Database): Pick<PaymentSteps, 'recordCaptured' | 'recordVoided'> {
  return {
    recordCaptured(input) {
      const { operationKey, providerReference, amountMinor } = input;
      return changeOrder(database, 'orders.recordCaptured', {
        order: input,
        reads: [pendingOperation(operationKey, 'capture')],
        when: operationIsPending,
        set: [paymentStatus('captured')],
        facts: [
          fact('commerce.payment.captured.v1', {
            amount: money(sql`${amountMinor}::bigint`, sql`held.currency`),
          }),
        ],
        effects: [
          settleOperation({ status: 'succeeded', reference: providerReference }),
          writing(
            'payment_captured',
            sql`UPDATE payment_intents SET captured_minor = captured_minor + ${amountMinor}::bigint
              FROM moved WHERE payment_intents.order_id = moved.id`,
          ),
        ],
      });
    },

    /** Also of an authorization that never was: the provider remembers the void, and the amount let go is nothing. */
    recordVoided(input) {
      return changeOrder(database, 'orders.recordVoided', {
        order: input,
        reads: [pendingOperation(input.operationKey, 'void'), PAYMENT],
        when: operationIsPending,
        set: [paymentStatus('voided')],
        facts: [
          fact(
            'commerce.payment.voided.v1',
            { amount: money(sql`payment.authorized_minor`, sql`payment.currency`) },
            { from: sql`payment` },
          ),
        ],
        effects: [
          settleOperation({ status: 'succeeded', reference: input.providerReference }),
          writing(
            'payment_voided',
            sql`UPDATE payment_intents SET voided_at = now() FROM moved WHERE payment_intents.order_id = moved.id`,
          ),
        ],
      });
    },
  };
}

/** A shipment for every location that holds stock for a confirmed order, each with the key of its booking. */
function planShipments(orderId: string): Part[] {
  return [
    writing(
      'parcels',
      sql`INSERT INTO shipments (id, order_id, location_id)
        SELECT ${shipmentIdPrefix(orderId)} || row_number() OVER (ORDER BY location_id COLLATE "C"), order_id, location_id
        FROM (
          SELECT DISTINCT reservations.order_id, reservations.location_id
          FROM reservations JOIN moved ON moved.id = reservations.order_id
          WHERE ${CONFIRMED} AND reservations.state = 'open'
        ) AS shelves
        RETURNING id`,
    ),
    planOperations('bookings_planned', {
      key: sql`parcels.id || ${bookingOperationKey('')}`,
      kind: 'book',
      subjectId: sql`parcels.id`,
      from: sql`parcels`,
    }),
  ];
}

function manageOperations(
  database: Database,
): Pick<PaymentSteps, 'recordPaymentUnknown' | 'planOperation' | 'settleNotNeeded' | 'readPayment'> {
  return {
    recordPaymentUnknown(input) {
      return changeOrder(database, 'orders.recordPaymentUnknown', {
        order: input,
        reads: [
          reading(
            'operation',
            sql`SELECT key FROM provider_operations
              WHERE order_id = (SELECT id FROM held) AND kind IN ('authorize', 'capture') AND status = 'pending'
              FOR NO KEY UPDATE`,
          ),
        ],
        when: sql`held.payment_status IN (${payment('none')}, ${payment('authorized')}) AND ${operationIsPending}`,
        set: [paymentStatus('unknown')],
      });
    },

    async planOperation({ orderId, key, kind, subjectId }) {
      const isMoney = kind === 'void';
      await database.query(
        'orders.planOperation',
        sql`INSERT INTO provider_operations (key, order_id, kind, subject_id, amount_minor, currency)
          SELECT ${key}, order_id, ${kind}, ${subjectId}::text,
            CASE WHEN ${isMoney}::boolean THEN amount_minor END, CASE WHEN ${isMoney}::boolean THEN currency END
          FROM payment_intents WHERE order_id = ${orderId}
          ON CONFLICT (key) DO NOTHING`,
      );
    },

    /** A payment that was unknown for this operation's sake is again what it was before it. */
    async settleNotNeeded({ orderId, key }) {
      await changeOrder(database, 'orders.settleNotNeeded', {
        order: { orderId },
        reads: [pendingOperation(key, 'authorize', 'capture', 'void', 'refund', 'book', 'cancel_booking')],
        when: operationIsPending,
        set: [
          sql`payment_status = CASE
            WHEN held.payment_status <> ${payment('unknown')} THEN held.payment_status
            WHEN (SELECT kind FROM operation) = 'authorize' THEN ${payment('none')}
            WHEN (SELECT kind FROM operation) = 'capture' THEN ${payment('authorized')}
            ELSE held.payment_status END`,
        ],
        effects: [settleOperation({ status: 'not_needed' })],
      });
    },

    async readPayment(orderId) {
      const [payment] = await database.query<PaymentState>(
        'orders.readPayment',
        sql`SELECT currency, amount_minor AS "amountMinor", authorized_minor AS "authorizedMinor",
            captured_minor AS "capturedMinor", refunded_minor AS "refundedMinor",
            refund_pending_minor AS "refundPendingMinor", voided_at IS NOT NULL AS voided
          FROM payment_intents WHERE order_id = ${orderId}`,
      );
      return payment ?? null;
    },
  };
}
