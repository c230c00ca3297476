/**
 * What the steps of an order took, given back. Each goes on until it is done, and is safe when its step never happened.
 */
import type { CancelShipmentsResult } from '../../activities/shipping/book-shipments.activity.ts';
import { cancellationRefundId, paymentOperationKey, refundOperationKey } from '../../domain/ids.ts';
import type { OrderRun } from './order-run.ts';
import { REFUSED_REFUND_INTERVAL } from './refunds.ts';

/** The undo of reserving. */
export async function releaseStock(order: OrderRun, onStuck: () => void): Promise<void> {
  const standing = await order.steps.run((activities) => activities.releaseStock(order.reference()), {
    summary: 'Undo: give the stock back',
    attention: 'RELEASE_UNRESOLVED',
    onStuck,
  });
  order.stands(standing);
}

/** The undo of authorizing. Money that turns out to be charged by now is given back instead. */
export async function letMoneyGo(order: OrderRun, onStuck: () => void): Promise<void> {
  if ((await letHoldGo(order, onStuck)) === 'captured') await giveBackMoney(order, onStuck);
}

/**
 * Lets the present hold go. It may have been begun before, so the provider is asked first.
 *
 * @returns `captured` when the money was charged before it could be let go
 */
export async function letHoldGo(
  order: OrderRun,
  onStuck: () => void = () => undefined,
): Promise<'voided' | 'captured'> {
  const { orderId, currency, totalMinor } = order.input;
  const { attempt } = order.hold;
  const { kind } = await order.steps.run(
    (activities, again) => activities.voidPayment({ ...order.reference(), attempt }, ...again),
    {
      summary: 'Let the held money go',
      attention: 'VOID_UNRESOLVED',
      operationKey: paymentOperationKey(orderId, 'void', attempt),
      amount: { amountMinor: totalMinor, currency },
      mayHaveRun: true,
      onStuck,
    },
  );
  return kind;
}

/** The undo of capturing. A refund that the provider refuses for good is tried under a new key, after a person was told. */
export async function giveBackMoney(order: OrderRun, onStuck: () => void): Promise<void> {
  const { orderId } = order.input;
  const { reason = 'cancelled', actor = 'workflow' } = order.cancelRequest ?? {};
  for (let attempt = 1; ; attempt += 1) {
    const input = { ...order.reference(), attempt, reason, actor };
    const { kind } = await order.steps.run(
      (activities, again) => activities.giveBackCapture(input, ...again),
      {
        summary: 'Undo: give back what was charged',
        attention: 'REFUND_UNRESOLVED',
        operationKey: refundOperationKey(cancellationRefundId(orderId, attempt)),
        onStuck,
      },
    );
    if (kind !== 'refused') return;
    onStuck();
    await order.attention.raise('REFUND_REFUSED');
    await order.steps.pause(REFUSED_REFUND_INTERVAL, 'Give back what was charged, again');
    await order.attention.clear('REFUND_REFUSED');
  }
}

/** The undo of booking, once the order is given up. */
export async function stopEveryParcel(order: OrderRun, onStuck: () => void): Promise<void> {
  const outcome = await stopParcels(order, onStuck);
  if (outcome !== 'cancelled') throw new Error('A parcel left after the order was given up');
}

/**
 * Asks the carrier to stop the parcels. The carrier has the last word: a parcel that has left is not called back.
 *
 * @returns `cancelled` when no parcel is under way; otherwise nothing else may be given back
 */
export async function stopParcels(
  order: OrderRun,
  onStuck: () => void = () => undefined,
): Promise<CancelShipmentsResult['kind']> {
  if (!order.saga.has('parcels')) return 'cancelled';
  const { kind } = await order.steps.run(
    (activities, again) => activities.cancelShipments(order.reference(), ...again),
    {
      summary: 'Undo: cancel the parcels that have not left',
      attention: 'BOOKING_CANCEL_UNRESOLVED',
      onStuck,
    },
  );
  if (kind === 'cancelled') order.saga.drop('parcels');
  return kind;
}

/**
 * The same of parcels that are to be booked anew: they are planned once more, under the next number, before the order goes on.
 *
 * @returns `cancelled` when no parcel is under way; otherwise nothing may be booked anew
 */
export async function giveParcelsBack(order: OrderRun): Promise<CancelShipmentsResult['kind']> {
  if (!order.saga.has('parcels')) return 'cancelled';
  const { attempt } = order.booking;
  const { kind } = await order.steps.run(
    (activities, again) => activities.replanShipments({ ...order.reference(), attempt }, ...again),
    {
      summary: 'Give back the parcels that are to be booked anew',
      attention: 'BOOKING_CANCEL_UNRESOLVED',
    },
  );
  if (kind !== 'cancelled') return kind;
  order.saga.drop('parcels');
  order.booking.attempt += 1;
  return kind;
}
