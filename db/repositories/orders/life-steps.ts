/** How an order ends. */
import { sql } from 'drizzle-orm';
import { ORDER_TRANSITIONS, sourcesOf } from '../../../src/domain/orders/order-status.ts';
import type { Database } from '../../client.ts';
import type { OrderRepository } from '../orders.repository.ts';
import { json, reading, writing } from '../sql.ts';
import { fact, rejectedFact } from './facts.ts';
import { changeOrder, move } from './order-change.ts';
import { DROP_UNASKED_AUTHORIZATION, WITHDRAW_REVIEW } from './review-parts.ts';
import { changeShelves, lockShelves } from './shelf-parts.ts';
import { PARCELS } from './shipment-steps.ts';

const REJECT = move('reject');
const COMPLETE = move('complete');
const START_CANCELLING = move('start_cancelling');
const CANCEL = move('cancel');

/** Stock goes back only while the order is on its way to an end without goods, never from under one that is confirmed. */
const RELEASABLE = [...sourcesOf('reject'), ORDER_TRANSITIONS.reject.to, ...CANCEL.sources, CANCEL.target];

/** Parcels that were planned when the order was confirmed and that nobody came to book. */
const DROP_PLANNED_PARCELS = [
  writing(
    'parcels_dropped',
    sql`UPDATE shipments SET status = 'cancelled', updated_at = now() FROM moved
      WHERE shipments.order_id = moved.id AND shipments.status = 'pending'`,
  ),
  writing(
    'bookings_dropped',
    sql`UPDATE provider_operations SET status = 'not_needed', settled_at = now() FROM moved
      WHERE provider_operations.order_id = moved.id AND kind = 'book' AND provider_operations.status = 'pending'`,
  ),
];

type LifeSteps = Pick<
  OrderRepository,
  'releaseReservations' | 'recordRejected' | 'recordCompleted' | 'startCancelling' | 'recordCancelled'
>;

export function createLifeSteps(database: Database): LifeSteps {
  return { ...endOrder(database), ...undoOrder(database) };
}

function endOrder(
  database: Database,
): Pick<LifeSteps, 'recordRejected' | 'recordCompleted' | 'recordCancelled'> {
  return {
    recordRejected(input) {
      const { rejection } = input;
      return changeOrder(database, 'orders.recordRejected', {
        order: input,
        legalIn: REJECT.sources,
        status: sql`${REJECT.target}`,
        set: [sql`rejection = ${json(rejection)}`],
        facts: [rejectedFact(rejection)],
        effects: [WITHDRAW_REVIEW, DROP_UNASKED_AUTHORIZATION],
      });
    },

    recordCompleted(input) {
      return changeOrder(database, 'orders.recordCompleted', {
        order: input,
        legalIn: COMPLETE.sources,
        status: sql`${COMPLETE.target}`,
        facts: [fact('commerce.order.completed.v1', {})],
      });
    },

    recordCancelled(input) {
      return changeOrder(database, 'orders.recordCancelled', {
        order: input,
        legalIn: CANCEL.sources,
        status: sql`${CANCEL.target}`,
        facts: [fact('commerce.order.cancelled.v1', { reason: sql`held.cancellation_reason` })],
        effects: [...DROP_PLANNED_PARCELS, DROP_UNASKED_AUTHORIZATION],
      });
    },
  };
}

function undoOrder(database: Database): Pick<LifeSteps, 'releaseReservations' | 'startCancelling'> {
  return {
    releaseReservations(input) {
      return changeOrder(database, 'orders.releaseReservations', {
        order: input,
        legalIn: RELEASABLE,
        reads: [
          reading(
            'open_reservations',
            sql`SELECT sku, location_id, quantity FROM reservations
              WHERE order_id = (SELECT id FROM held) AND state = 'open' FOR NO KEY UPDATE`,
          ),
        ],
        when: sql`EXISTS (SELECT FROM open_reservations)`,
        facts: [
          fact('commerce.inventory.released.v1', {
            locations: sql`(SELECT jsonb_agg(DISTINCT location_id) FROM open_reservations)`,
            units: sql`(SELECT sum(quantity)::bigint FROM open_reservations)`,
          }),
        ],
        effects: [
          writing(
            'released',
            sql`UPDATE reservations SET state = 'released', ended_at = now() FROM moved
              WHERE reservations.order_id = moved.id AND reservations.state = 'open'
              RETURNING reservations.sku, reservations.location_id, reservations.quantity`,
          ),
          ...lockShelves(sql`SELECT sku, location_id, quantity FROM released`),
          changeShelves({ onHand: 0, reserved: -1 }, sql`shelves`),
        ],
      });
    },

    startCancelling(input) {
      const { reason } = input;
      return changeOrder(database, 'orders.startCancelling', {
        order: input,
        legalIn: START_CANCELLING.sources,
        reads: [PARCELS],
        when: sql`NOT EXISTS (SELECT FROM parcels WHERE status IN ('shipped', 'delivered'))`,
        status: sql`${START_CANCELLING.target}`,
        set: [sql`cancellation_reason = ${reason}`],
        facts: [fact('commerce.order.cancellation_started.v1', { reason })],
        effects: [WITHDRAW_REVIEW],
      });
    },
  };
}
