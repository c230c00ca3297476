/** The keys of a parcel's present booking and of its cancellation, as expressions over a row of shipments. */
import { sql, type SQL } from 'drizzle-orm';
import { bookingCancelOperationKey, bookingOperationKey } from '../../../src/domain/ids.ts';

/** What stands between the id of a shipment and the number of its booking. */
const BOOK = bookingOperationKey('', 0).slice(0, -1);
const CANCEL = bookingCancelOperationKey('', 0).slice(0, -1);

export function bookingKeyOf(shipments: SQL): SQL {
  return sql`(${shipments}.id || ${BOOK}::text || ${shipments}.booking_attempt)`;
}

export function bookingCancelKeyOf(shipments: SQL): SQL {
  return sql`(${shipments}.id || ${CANCEL}::text || ${shipments}.booking_attempt)`;
}
