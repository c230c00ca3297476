import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';

interface RecordShipmentMovedInput extends OrderRef {
  readonly shipmentId: string;
  readonly status: 'shipped' | 'delivered';
}

/** A parcel was handed over, or arrived. Safe to repeat. */
export async function recordShipmentMoved(
  { orders }: Pick<ActivityDependencies, 'orders'>,
  { status, ...input }: RecordShipmentMovedInput,
): Promise<OrderStanding> {
  return standingOf(
    status === 'shipped' ? await orders.recordShipped(input) : await orders.recordDelivered(input),
  );
}
