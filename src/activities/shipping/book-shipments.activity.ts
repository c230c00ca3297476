/**
 * Book and cancel: the carrier takes the parcels, or is told not to come.
 */
import type {
  BookedShipment,
  CancelledBooking,
  OrderRef,
  ShipmentPlan,
} from '../../../db/repositories/orders.repository.ts';
import type { Booking, CarrierPort } from '../../adapters/shipping/carrier.port.ts';
import { bookingCancelOperationKey, bookingOperationKey, paymentOperationKey } from '../../domain/ids.ts';
import type { ShippingAddress } from '../../domain/orders/order.ts';
import { ProviderRefusedError } from '../../domain/provider-errors.ts';
import { recordingUnknown } from '../shared/call-provider.ts';
import { standingOf, type ActivityDependencies, type OrderStanding } from '../shared/dependencies.ts';
import { refusal, stopIfGivenUp } from '../shared/failures.ts';

type Dependencies = Pick<ActivityDependencies, 'orders' | 'carrier'>;

/**
 * Books one parcel for each location and records all labels at once. Operation keys: one for each shipment, stored when the
 * order was confirmed, or when what was booked before was given back; each is looked up first when it may have been booked before.
 *
 * @throws SHIPMENT_REFUSED with the carrier's reason (not retried); parcels that were booked before it stay booked
 * @throws PROVIDER_UNAVAILABLE, CARRIER_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function bookShipments(
  deps: Dependencies,
  input: OrderRef,
  mayHaveRun: boolean,
): Promise<OrderStanding & { readonly shipmentIds: readonly string[] }> {
  const { orderId, cause } = input;
  const { shipments: plans, shipTo } = await deps.orders.readFulfilment(orderId);
  if (shipTo === null) throw refusal('SHIPMENT_REFUSED', 'The address of this order was erased', 'erased');
  const shipments: BookedShipment[] = [];
  for (const plan of plans) {
    const { shipmentId, bookingAttempt } = plan;
    const operationKey = bookingOperationKey(shipmentId, bookingAttempt);
    const booking = await recordingUnknown(deps, { orderId, operationKey }, () =>
      bookOnce(deps.carrier, orderId, plan, shipTo, mayHaveRun),
    );
    shipments.push({
      shipmentId,
      bookingAttempt,
      carrier: booking.carrier,
      trackingNumber: booking.trackingNumber,
      carrierReference: booking.id,
      labelUrl: booking.labelUrl,
    });
  }
  stopIfGivenUp();
  const captureKey = paymentOperationKey(orderId, 'capture');
  const change = await deps.orders.recordBooked({ orderId, cause, shipments, captureKey });
  return { ...standingOf(change), shipmentIds: plans.map((plan) => plan.shipmentId) };
}

async function bookOnce(
  carrier: CarrierPort,
  orderId: string,
  plan: ShipmentPlan,
  shipTo: ShippingAddress,
  mayHaveRun: boolean,
): Promise<Booking> {
  const { shipmentId, locationId, weightGrams, bookingAttempt } = plan;
  const operationKey = bookingOperationKey(shipmentId, bookingAttempt);
  const earlier = mayHaveRun ? await carrier.findByKey(operationKey) : null;
  if (earlier?.status === 'cancelled') {
    throw refusal('SHIPMENT_REFUSED', `The label of ${shipmentId} was cancelled`, 'cancelled');
  }
  if (earlier !== null) return earlier;
  try {
    const fromLocationId = locationId;
    return await carrier.book({ operationKey, orderId, shipmentId, fromLocationId, shipTo, weightGrams });
  } catch (error) {
    if (!(error instanceof ProviderRefusedError)) throw error;
    throw refusal('SHIPMENT_REFUSED', `The carrier refuses ${shipmentId}: ${error.code}`, error.code);
  }
}

/**
 * `cancelled`: no parcel is under way. `left`: at least one had left, and none is cancelled. `partly`: some are cancelled
 * and others have left, because they left at the same moment.
 */
export interface CancelShipmentsResult {
  readonly kind: 'cancelled' | 'left' | 'partly';
}

/**
 * Stops every parcel that has not left. All are looked up before the first is cancelled, because an order of which a parcel
 * has left cannot be cancelled. But where an earlier attempt did not hear what came of a parcel, that one is asked for again
 * in any case: it may be stopped while another has left meanwhile. Safe when nothing was booked: the carrier remembers the cancellation and refuses a booking
 * with that key that arrives later. Operation keys: one for each shipment, stored before the call.
 *
 * @throws PROVIDER_UNAVAILABLE, CARRIER_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export function cancelShipments(deps: Dependencies, input: OrderRef): Promise<CancelShipmentsResult> {
  return stopShipments(deps, input, {
    isStopped: ({ status }) => status === 'cancelled',
    record: (cancelled) => deps.orders.recordBookingCancelled(cancelled),
  });
}

/**
 * Gives back what was booked in vain, so that the order can be booked anew: every parcel is stopped as by
 * {@link cancelShipments}, and is planned once more with the next attempt. One that is planned so already is left alone.
 *
 * @param input.attempt the last attempt that was begun; chosen by the workflow, so that a repetition gives nothing else back
 * @throws PROVIDER_UNAVAILABLE, CARRIER_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export function replanShipments(
  deps: Dependencies,
  input: OrderRef & { readonly attempt: number },
): Promise<CancelShipmentsResult> {
  const { attempt, ...order } = input;
  return stopShipments(deps, order, {
    isStopped: ({ bookingAttempt }) => bookingAttempt > attempt,
    record: (cancelled) => deps.orders.recordBookingReplanned({ ...cancelled, nextAttempt: attempt + 1 }),
  });
}

/** How parcels are stopped. */
interface Stopping {
  /** Whether that is done already. */
  readonly isStopped: (plan: ShipmentPlan) => boolean;
  readonly record: (cancelled: CancelledBooking) => Promise<void>;
}

async function stopShipments(
  deps: Dependencies,
  input: OrderRef,
  stopping: Stopping,
): Promise<CancelShipmentsResult> {
  const { shipments: plans } = await deps.orders.readFulfilment(input.orderId);
  const open = plans.filter((plan) => !stopping.isStopped(plan));
  const hasOneLeft = await anyHasLeft(deps.carrier, open);
  let stoppedCount = plans.length - open.length;
  for (const plan of hasOneLeft ? open.filter(({ isCancelUnknown }) => isCancelUnknown) : open) {
    if (await stopOnce(deps, input, plan, stopping)) stoppedCount += 1;
  }
  if (stoppedCount === plans.length) return { kind: 'cancelled' };
  return { kind: stoppedCount === 0 ? 'left' : 'partly' };
}

async function anyHasLeft(carrier: CarrierPort, plans: readonly ShipmentPlan[]): Promise<boolean> {
  for (const { shipmentId, bookingAttempt } of plans) {
    const booking = await carrier.findByKey(bookingOperationKey(shipmentId, bookingAttempt));
    if (booking?.status === 'shipped' || booking?.status === 'delivered') return true;
  }
  return false;
}

/** @returns false when the parcel had left */
async function stopOnce(
  deps: Dependencies,
  input: OrderRef,
  { shipmentId, bookingAttempt }: ShipmentPlan,
  { record }: Stopping,
): Promise<boolean> {
  const { orderId } = input;
  const operationKey = bookingCancelOperationKey(shipmentId, bookingAttempt);
  await deps.orders.planOperation({
    orderId,
    key: operationKey,
    kind: 'cancel_booking',
    subjectId: shipmentId,
  });
  try {
    const bookingKey = bookingOperationKey(shipmentId, bookingAttempt);
    const booking = await recordingUnknown(deps, { orderId, operationKey }, () =>
      deps.carrier.cancel({ operationKey, bookingKey, orderId }),
    );
    const carrierReference = booking?.id ?? null;
    await record({ ...input, shipmentId, bookingAttempt, operationKey, carrierReference });
    return true;
  } catch (error) {
    if (!(error instanceof ProviderRefusedError) || error.code !== 'already_shipped') throw error;
    await deps.orders.settleNotNeeded({ orderId, key: operationKey });
    return false;
  }
}
