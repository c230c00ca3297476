/** What operators do to an order before its label is bought, and what they know of operations whose answer was lost. */
import { sql, type SQL } from 'drizzle-orm';
import { InvariantViolatedError } from '../../../src/domain/database-errors.ts';
import { ACTIONS } from '../../../src/domain/operations/actions.ts';
import type { PaymentOperationKind } from '../../../src/domain/payments/payment-operation.ts';
import type { Database } from '../../client.ts';
import type { OperatorChanges, RerouteOutcome, ResolvedOperation } from '../operator-changes.repository.ts';
import { instant, json, reading, statement, textArray, writing, type Part } from '../sql.ts';
import { bookingKeyOf } from './booking-keys.ts';
import { fact } from './facts.ts';
import { changeOrder, changeParts } from './order-change.ts';
import { lockShelves } from './shelf-parts.ts';
import { freshWaiting } from './waiting-parts.ts';

const PAYMENT_KINDS: readonly PaymentOperationKind[] = ['authorize', 'capture', 'void', 'refund'];

export function createOperatorSteps(database: Database): OperatorChanges {
  return { ...holdOrders(database), ...redirectOrders(database), ...resolveOperations(database) };
}

function holdOrders(database: Database): Pick<OperatorChanges, 'recordHeld' | 'recordReleased'> {
  return {
    recordHeld({ orderId }) {
      return changeOrder(database, 'orders.recordHeld', {
        order: { orderId },
        legalIn: ACTIONS.hold.possibleIn,
        when: sql`held.waiting_for IS DISTINCT FROM 'held'`,
        waiting: sql`'held'`,
      });
    },

    recordReleased({ orderId }) {
      return changeOrder(database, 'orders.recordReleased', {
        order: { orderId },
        when: sql`held.waiting_for = 'held'`,
        waiting: freshWaiting(sql`held.status`),
      });
    },
  };
}

/** An order that the carrier had refused is booked anew, so it waits for the carrier again. */
const AFTER_CORRECTION = sql`CASE WHEN held.waiting_for = 'correction' THEN ${freshWaiting(sql`held.status`)} ELSE held.waiting_for END`;

function redirectOrders(database: Database): Pick<OperatorChanges, 'changeAddress' | 'reroute'> {
  return {
    changeAddress({ orderId, shipTo }) {
      return changeOrder(database, 'orders.changeAddress', {
        order: { orderId },
        legalIn: ACTIONS.change_address.possibleIn,
        reads: [
          reading(
            'contact',
            sql`SELECT order_id FROM order_contacts WHERE order_id = (SELECT id FROM held) FOR NO KEY UPDATE`,
          ),
        ],
        when: sql`EXISTS (SELECT FROM contact)`,
        waiting: AFTER_CORRECTION,
        effects: [
          writing(
            'redirected',
            sql`UPDATE order_contacts SET ship_to = ${json(shipTo)} FROM moved WHERE order_contacts.order_id = moved.id`,
          ),
        ],
      });
    },

    async reroute(input) {
      const name = 'orders.reroute';
      const [outcome] = await database.query<RerouteOutcome>(name, rerouteStatement(input));
      if (outcome === undefined) throw new InvariantViolatedError(name, 'the order must exist');
      return outcome;
    },
  };
}

function rerouteStatement({ orderId, cause, locationId }: Parameters<OperatorChanges['reroute']>[0]): SQL {
  const legalIn = ACTIONS.reroute.possibleIn;
  return statement(
    changeParts({
      order: { orderId, cause },
      legalIn,
      reads: [
        reading(
          'moving',
          sql`SELECT line_number, sku, location_id, quantity FROM reservations
            WHERE order_id = (SELECT id FROM held) AND state = 'open' AND location_id <> ${locationId}
            ORDER BY line_number, location_id FOR NO KEY UPDATE`,
        ),
        ...lockShelves(
          sql`SELECT sku, location_id, quantity FROM moving
            UNION ALL SELECT sku, ${locationId}::text, quantity FROM moving`,
        ),
        reading(
          'room',
          sql`SELECT (SELECT count(*) FROM wanted)
            = (SELECT count(*) FROM shelves WHERE location_id <> ${locationId} OR free >= quantity) AS suffices`,
        ),
        reading(
          'planned',
          sql`SELECT id, location_id, booking_attempt FROM shipments
            WHERE order_id = (SELECT id FROM held) AND status = 'pending' ORDER BY id FOR NO KEY UPDATE`,
        ),
        reading('kept', sql`SELECT id FROM planned ORDER BY location_id = ${locationId} DESC, id LIMIT 1`),
      ],
      when: sql`(SELECT suffices FROM room) AND EXISTS (SELECT FROM moving)`,
      waiting: AFTER_CORRECTION,
      facts: [
        fact('commerce.inventory.rerouted.v1', {
          from: sql`(SELECT jsonb_agg(DISTINCT location_id) FROM moving)`,
          to: locationId,
          units: sql`(SELECT sum(quantity)::bigint FROM moving)`,
        }),
      ],
      effects: [...moveReservations(locationId), ...movePlannedParcels(locationId)],
    }),
    sql`SELECT CASE
        WHEN EXISTS (SELECT FROM moved) THEN 'rerouted'
        WHEN held.status <> ALL (${textArray(legalIn)}) THEN 'status'
        WHEN NOT EXISTS (SELECT FROM moving) THEN 'rerouted'
        ELSE 'out_of_stock' END AS kind,
      held.status, coalesce((SELECT version FROM moved), held.version) AS version
    FROM held`,
  );
}

/** The same units are held at another location; a line that was split is whole there. */
function moveReservations(locationId: string): Part[] {
  return [
    writing(
      'let_go',
      sql`DELETE FROM reservations USING moved, moving
        WHERE reservations.order_id = moved.id AND reservations.line_number = moving.line_number
          AND reservations.location_id = moving.location_id`,
    ),
    writing(
      'taken',
      sql`INSERT INTO reservations (order_id, line_number, location_id, sku, quantity)
        SELECT moved.id, line_number, ${locationId}, sku, sum(quantity)::bigint FROM moved, moving
        GROUP BY moved.id, line_number, sku
        ON CONFLICT (order_id, line_number, location_id)
          DO UPDATE SET quantity = reservations.quantity + excluded.quantity`,
    ),
    writing(
      'shelves_changed',
      sql`UPDATE stock SET reserved = reserved
          + CASE WHEN shelves.location_id = ${locationId} THEN shelves.quantity ELSE -shelves.quantity END
        FROM moved, shelves WHERE stock.sku = shelves.sku AND stock.location_id = shelves.location_id`,
    ),
  ];
}

/** Of parcels that nobody was told of, one goes from the new location, under the key that it has. */
function movePlannedParcels(locationId: string): Part[] {
  const isSurplus = sql`planned.id <> (SELECT id FROM kept)`;
  return [
    writing(
      'parcels_dropped',
      sql`DELETE FROM shipments USING moved, planned
        WHERE shipments.order_id = moved.id AND shipments.id = planned.id AND ${isSurplus}`,
    ),
    writing(
      'bookings_dropped',
      sql`DELETE FROM provider_operations USING moved, planned
        WHERE provider_operations.order_id = moved.id AND key = ${bookingKeyOf(sql`planned`)}
          AND provider_operations.status = 'pending' AND ${isSurplus}`,
    ),
    writing(
      'parcel_moved',
      sql`UPDATE shipments SET location_id = ${locationId}, updated_at = now() FROM moved
        WHERE shipments.order_id = moved.id AND shipments.id = (SELECT id FROM kept)`,
    ),
  ];
}

function resolveOperations(database: Database): Pick<OperatorChanges, 'recordResolution' | 'findResolution'> {
  return {
    async recordResolution({ actionId, orderId, operationKey, outcome, providerReference, evidence, actor }) {
      const rows = await database.query(
        'orders.recordResolution',
        sql`WITH operation AS MATERIALIZED (
            SELECT key FROM provider_operations
            WHERE key = ${operationKey} AND order_id = ${orderId} AND kind = ANY (${textArray(PAYMENT_KINDS)})
              AND status = 'pending' FOR NO KEY UPDATE
          ), stored AS (
            INSERT INTO operation_resolutions (action_id, operation_key, outcome, provider_reference, evidence, actor)
            SELECT ${actionId}, key, ${outcome}, ${providerReference}::text, ${evidence}, ${actor} FROM operation
            ON CONFLICT (action_id) DO NOTHING
            RETURNING action_id
          )
          SELECT action_id FROM stored
          UNION ALL
          SELECT action_id FROM operation_resolutions WHERE action_id = ${actionId}`,
      );
      return rows.length > 0 ? 'recorded' : 'settled_already';
    },

    async findResolution(operationKey) {
      const [resolution] = await database.query<ResolvedOperation>(
        'orders.findResolution',
        sql`SELECT outcome, operation_resolutions.provider_reference AS "providerReference", order_id AS "orderId", kind,
            coalesce(provider_operations.amount_minor, payment_intents.amount_minor) AS "amountMinor",
            payment_intents.currency, ${instant(sql`operation_resolutions.created_at`)} AS at
          FROM operation_resolutions
          JOIN provider_operations ON key = operation_key JOIN payment_intents USING (order_id)
          WHERE operation_key = ${operationKey}
          ORDER BY operation_resolutions.created_at DESC LIMIT 1`,
      );
      return resolution ?? null;
    },
  };
}
