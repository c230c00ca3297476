/** What becomes of an order's money: held, refused, taken, let go. */
import { sql, type SQL } from 'drizzle-orm';
import { shipmentIdPrefix } from '../../../src/domain/ids.ts';
import { sourcesOf, type PaymentStatus } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { OrderRepository, PaymentState } from '../orders.repository.ts';
import { money, reading, textArray, writing, type Part } from '../sql.ts';
import { bookingKeyOf } from './booking-keys.ts';
import { fact } from './facts.ts';
import { journal } from './ledger-parts.ts';
import { changeOrder, move } from './order-change.ts';
import {
  operationIsPending,
  pendingOperation,
  planOperations,
  settleOperation,
} from './provider-operations.ts';
import { waitingAfterOutcome } from './waiting-parts.ts';

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
      const status = sql`CASE WHEN ${canConfirm} THEN ${CONFIRM.target} ELSE held.status END`;
      return changeOrder(database, 'orders.recordAuthorized', {
        order: input,
        reads: [pendingOperation(input.operationKey, 'authorize')],
        when: operationIsPending,
        status,
        set: [paymentStatus('authorized')],
        waiting: waitingAfterOutcome(status),
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
          ...journal({
            kind: 'authorize',
            reference: sql`operation.key`,
            amountMinor: sql`operation.amount_minor`,
            from: sql`operation`,
          }),
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
        waiting: waitingAfterOutcome(sql`held.status`),
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
        // Paid, it is the warehouse's turn; of an order that is given up meanwhile the money goes back.
        waiting: sql`CASE WHEN held.status = ANY (${textArray(sourcesOf('ship'))}) THEN 'hand_over'
          ELSE ${waitingAfterOutcome(sql`held.status`)} END`,
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
          ...journal({
            kind: 'capture',
            reference: sql`operation.key`,
            amountMinor: sql`${amountMinor}`,
            from: sql`operation`,
          }),
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
        waiting: waitingAfterOutcome(sql`held.status`),
        facts: [
          fact(
            'commerce.payment.voided.v1',
            { amount: money(sql`payment.authorized_minor`, sql`payment.currency`) },
            { from: sql`payment` },
          ),
        ],
        effects: [
          settleOperation(
            input.refusalCode === undefined
              ? { status: 'succeeded', reference: input.providerReference }
              : { status: 'refused', reference: input.providerReference, code: input.refusalCode },
          ),
          writing(
            'payment_voided',
            sql`UPDATE payment_intents SET voided_at = now(), capture_before = NULL
              FROM moved WHERE payment_intents.order_id = moved.id`,
          ),
          ...journal({
            kind: 'void',
            reference: sql`operation.key`,
            amountMinor: sql`payment.authorized_minor`,
            from: sql`operation, payment`,
          }),
          writing(
            'hold_released',
            sql`UPDATE provider_operations SET released_at = now() FROM moved
              WHERE provider_operations.order_id = moved.id AND kind = 'authorize'
                AND provider_operations.status = 'succeeded' AND released_at IS NULL`,
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
          WHERE ${CONFIRMED} AND (SELECT status FROM held) <> moved.status AND reservations.state = 'open'
        ) AS shelves
        RETURNING id, booking_attempt`,
    ),
    planOperations('bookings_planned', {
      key: bookingKeyOf(sql`parcels`),
      kind: 'book',
      subjectId: sql`parcels.id`,
      from: sql`parcels`,
    }),
  ];
}

function manageOperations(
  database: Database,
): Pick<PaymentSteps, 'planOperation' | 'settleNotNeeded' | 'readPayment'> {
  return {
    async planOperation({ orderId, key, kind, subjectId }) {
      const isMoney = kind === 'void' || kind === 'capture';
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
        waiting: waitingAfterOutcome(sql`held.status`),
        effects: [settleOperation({ status: 'not_needed' })],
      });
    },

    async readPayment(orderId) {
      const [payment] = await database.query<PaymentState>(
        'orders.readPayment',
        sql`SELECT currency, amount_minor AS "amountMinor", authorized_minor AS "authorizedMinor",
            captured_minor AS "capturedMinor", refunded_minor AS "refundedMinor",
            refund_pending_minor AS "refundPendingMinor", voided_at IS NOT NULL AS voided,
            authorization_attempt AS "authorizationAttempt"
          FROM payment_intents WHERE order_id = ${orderId}`,
      );
      return payment ?? null;
    },
  };
}
