/**
 * Takes up an order whose own run is gone (terminated by hand, timed out, lost with the server's data), from what its rows
 * and the providers say, and brings it to its end by the same story. It runs under the order's workflow id, so there is
 * still one writer for each order.
 *
 * Every step is safe to repeat under its key, and every undo is safe when its step never happened; so all undos are
 * registered, and only what is recorded as done is not done again.
 */
import type { FoundOrder } from '../../activities/orders/find-order.activity.ts';
import { isTerminal } from '../../domain/orders/order-status.ts';
import { OrderRun } from './order-run.ts';
import { giveBackMoney, letMoneyGo, releaseStock, stopEveryParcel } from './order-undos.ts';
import type { ProcessOrderResult } from './process-order.contract.ts';
import { conduct } from './process-order.workflow.ts';
import type { RecoverOrderInput } from './recover-order.contract.ts';
import { refund } from './refunds.ts';

export async function recoverOrder(input: RecoverOrderInput): Promise<ProcessOrderResult> {
  // The payment token was only ever in the run that is gone.
  const order = new OrderRun({ ...input, payment: { token: null } });
  order.isKnown = false;
  return conduct(order, () => takeUp(order));
}

async function takeUp(order: OrderRun): Promise<void> {
  order.announce('Taking up the order');
  const { orderId } = order.input;
  const found = await order.steps.run((activities) => activities.findOrder({ orderId }), {
    summary: 'Where does the order stand?',
    attention: 'WORKFLOW_LOST',
  });
  order.stands(found);
  // What the lost run has raised and can no longer clear; what still holds is raised again by the story.
  for (const code of found.staleAttentions) await order.attention.clear(code);
  for (const request of found.refundsUnderWay) order.alongside(() => finishRefund(order, request));
  // What follows waits for nobody, so whoever waited for this meets the order as it is.
  order.isKnown = true;
  if (isTerminal(order.status)) {
    order.decide(found.rejection === null ? 'confirmed' : 'rejected', found.rejection);
    return;
  }
  order.isHeld = found.isHeld === true;
  takeUpBooking(order, found);
  await registerUndos(order, found);
  await skipWhatIsDone(order, found);
  // A run that was stopping parcels was giving the order up, and nothing but that can be gone on with.
  if (order.status === 'cancelling' || found.parcels.some((parcel) => parcel.status === 'cancelled')) {
    order.alongside(async () => {
      await order.askToCancel({
        reason: 'cancelled',
        actor: 'workflow',
        requestId: order.cause().causationId,
      });
    });
    return;
  }
  recallParcels(order, found);
}

/** Of parcels that were being given back, some may still be booked as before; the story gives them back as well. */
function takeUpBooking(order: OrderRun, { parcels, awaitsCorrection = false }: FoundOrder): void {
  const attempt = Math.max(1, ...parcels.map(({ bookingAttempt = 1 }) => bookingAttempt));
  order.booking.isRefused = awaitsCorrection;
  order.booking.attempt = awaitsCorrection ? attempt - 1 : attempt;
}

async function finishRefund(order: OrderRun, request: FoundOrder['refundsUnderWay'][number]): Promise<void> {
  const { orderId, correlationId } = order.input;
  const notifyRefunded = (refundId: string): void => order.mail('refunded', refundId);
  await refund(
    { orderId, correlationId, steps: order.steps, notifyRefunded },
    { ...request, requestId: order.cause().causationId },
  );
}

const nothing = async (): Promise<void> => undefined;

async function registerUndos(order: OrderRun, found: FoundOrder): Promise<void> {
  await order.saga.step('stock', nothing, (onStuck) => releaseStock(order, onStuck));
  // By a name of its own: when the story finds nothing held, a call of the lost run may still be on its way, and only the
  // undo makes the provider refuse it.
  await order.saga.step('hold of the lost run', nothing, (onStuck) => letMoneyGo(order, onStuck));
  if (found.parcels.length > 0)
    await order.saga.step('parcels', nothing, (onStuck) => stopEveryParcel(order, onStuck));
  if (found.hasLabels) await order.saga.step('capture', nothing, (onStuck) => giveBackMoney(order, onStuck));
}

async function skipWhatIsDone(order: OrderRun, found: FoundOrder): Promise<void> {
  order.hold.attempt = found.hold.attempt;
  if (found.isConfirmed) await order.once('authorize', nothing);
  if (found.hasLabels) await order.once('fulfil', nothing);
  if (found.isCaptured) {
    await order.once('payment', nothing);
    order.shipByMs = Date.now() + order.input.deadlines.shipWithinMs;
  } else if (found.isConfirmed) order.holdsMoneyUntil(found.hold.captureBefore);
}

/** What is written down of the parcels, and what the carrier said while nobody was there to hear it. */
function recallParcels(order: OrderRun, { parcels, hasLabels }: FoundOrder): void {
  if (!hasLabels) return;
  order.parcels.expect(parcels.map((parcel) => parcel.shipmentId));
  const messageId = order.cause().causationId;
  for (const { shipmentId, status, told } of parcels) {
    if (status === 'shipped' || status === 'delivered')
      order.parcels.record({ shipmentId, status, messageId });
    if (told !== null) order.parcels.tell({ shipmentId, status: told, messageId });
  }
}
