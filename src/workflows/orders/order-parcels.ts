/**
 * Booking the parcels of an order, and what follows when the carrier refuses one of them: nothing that was booked leaves, a
 * person corrects the order, and the parcels are booked anew.
 */
import { CancellationScope, condition } from '@temporalio/workflow';
import { refusalIn } from '../shared/steps.ts';
import type { OrderRun } from './order-run.ts';
import { giveParcelsBack, stopEveryParcel } from './order-undos.ts';
import { waitForAPerson, waitForCancellation, whenReleased, withAttention } from './order-waits.ts';

/** Carries on until the carrier has taken every parcel. Orders of older stories wait for their cancellation instead. */
export function fulfil(order: OrderRun): Promise<void> {
  return order.isCorrectable ? bookUntilTaken(order) : bookOrGiveUp(order);
}

async function bookOrGiveUp(order: OrderRun): Promise<void> {
  if (!(await book(order))) await waitForCancellation(order, 'SHIPMENT_REFUSED');
}

async function bookUntilTaken(order: OrderRun): Promise<void> {
  do {
    if (order.booking.isRefused) await untilCorrected(order);
    await whenReleased(order, async () => {
      order.booking.isRefused = !(await book(order));
    });
  } while (order.booking.isRefused);
}

/** @returns false when the carrier refuses a parcel; those before it may be booked */
async function book(order: OrderRun): Promise<boolean> {
  order.announce('Booking the parcels');
  const mayHaveRun = order.saga.has('parcels');
  const bookParcels = () =>
    order.steps
      .run((activities, again) => activities.bookShipments(order.reference(), ...again), {
        summary: 'Book a parcel for each location',
        attention: 'BOOKING_UNRESOLVED',
        mayHaveRun,
      })
      // Parcels before the refused one may be booked, so this is no refusal of the whole step: its undo stays.
      .catch((error: unknown) => {
        if (refusalIn(error)?.type !== 'SHIPMENT_REFUSED') throw error;
        return null;
      });
  const booked = await order.saga.step('parcels', bookParcels, (onStuck) => stopEveryParcel(order, onStuck));
  if (booked === null) return false;
  order.stands(booked);
  order.parcels.expect(booked.shipmentIds);
  return true;
}

/**
 * Parcels that were booked to where the order does not go must not leave, so they are given back before anybody is called. It is
 * taken up again after a hold on the money that ended meanwhile, and then finds nothing to give back.
 */
async function untilCorrected(order: OrderRun): Promise<void> {
  order.announce('Waiting for a correction');
  const parcels = await CancellationScope.nonCancellable(() => giveParcelsBack(order));
  // What has left cannot be sent elsewhere, nor can the rest without it: neither a cancellation nor a new hold changes that.
  if (parcels !== 'cancelled')
    await CancellationScope.nonCancellable(() => waitForAPerson(order, 'CANCEL_PARTLY_LOST'));
  await withAttention(order, 'SHIPMENT_REFUSED', () => condition(() => !order.booking.isRefused));
}
