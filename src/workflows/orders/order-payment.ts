/**
 * The customer's money from the first hold until it is charged. A hold that ends before that is let go and taken anew, and
 * where that is refused the order is given up: money is never lost in silence, and never held twice.
 */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { paymentOperationKey } from '../../domain/ids.ts';
import { isInterruption, refusalIn } from '../shared/steps.ts';
import type { OrderRun } from './order-run.ts';
import { giveBackMoney, letHoldGo, letMoneyGo, stopParcels } from './order-undos.ts';
import { waitForAPerson, waitForCancellation } from './order-waits.ts';

/** The provider's reasons not to charge that say that it holds nothing any more. */
const HOLD_GONE = ['authorization_expired', 'already_voided'];

/**
 * Registers the undo of the first hold before it is asked for. That is a local activity, which leaves no trace in a workflow
 * task that is lost; when the task is given out again together with a cancellation, the story does not come to it a second
 * time, and the money that is held would be forgotten.
 */
export function expectHold(order: OrderRun): void {
  order.saga.expect('authorization', (onStuck) => letMoneyGo(order, onStuck));
}

/** Screening has let nobody ask for the money, so there is no hold, and the provider need not be asked about one. */
export function expectNoHold(order: OrderRun): void {
  order.saga.drop('authorization');
}

/** Holds the money under the number of the present attempt. @throws PAYMENT_DECLINED as a refusal */
export async function authorize(order: OrderRun): Promise<void> {
  const { orderId, currency, totalMinor, payment } = order.input;
  const { attempt } = order.hold;
  order.announce(attempt === 1 ? 'Authorizing the payment' : 'Holding the money anew');
  const amount = { amountMinor: totalMinor, currency };
  const input = { ...order.reference(), amount, paymentToken: payment.token, attempt };
  const hold = () =>
    order.steps.run((activities, again) => activities.authorizePayment(input, ...again), {
      summary: attempt === 1 ? 'Hold the money' : `Hold the money, attempt ${attempt}`,
      attention: 'AUTHORIZATION_UNRESOLVED',
      // After a review the customer waits for nothing, and whoever has decided does.
      quickly: attempt === 1 && order.decision === null,
      operationKey: paymentOperationKey(orderId, 'authorize', attempt),
      amount,
    });
  const held = await order.saga.step('authorization', hold, (onStuck) => letMoneyGo(order, onStuck));
  order.stands(held);
  order.holdsMoneyUntil(held.captureBefore);
}

/** Charges what is held. Where the provider will not, nothing but a cancellation helps; unless the hold is gone. */
export async function capture(order: OrderRun): Promise<void> {
  order.announce('Charging the customer');
  const { orderId, currency, totalMinor, deadlines } = order.input;
  const { attempt } = order.hold;
  const amount = { amountMinor: totalMinor, currency };
  const mayHaveRun = order.saga.has('capture');
  const charge = () =>
    order.steps.run(
      (activities, again) => activities.capturePayment({ ...order.reference(), amount, attempt }, ...again),
      {
        summary: 'Charge what was held',
        attention: 'CAPTURE_UNRESOLVED',
        quickly: order.isQuickAfterAnswer,
        operationKey: paymentOperationKey(orderId, 'capture', attempt),
        amount,
        mayHaveRun,
      },
    );
  try {
    order.stands(await order.saga.step('capture', charge, (onStuck) => giveBackMoney(order, onStuck)));
  } catch (error) {
    if (refusalIn(error)?.type !== 'CAPTURE_REFUSED' || isHoldGone(error)) throw error;
    return waitForCancellation(order, 'CAPTURE_REFUSED');
  }
  order.shipByMs = Date.now() + deadlines.shipWithinMs;
}

/** Runs the part of the story that needs the money held, and takes the hold anew as often as it ends before. */
export async function whileHeld(order: OrderRun, part: () => Promise<void>): Promise<void> {
  while ((await untilHoldEnds(order, part)) === 'ending') await renewHold(order);
}

/** Steps that talk to somebody are ended early; when they are taken up again they ask first what became of them. */
async function untilHoldEnds(order: OrderRun, part: () => Promise<void>): Promise<'done' | 'ending'> {
  const leftMs = order.hold.endsMs - Date.now();
  if (leftMs <= 0) return 'ending';
  const scope = new CancellationScope();
  const timer = new CancellationScope();
  let isEnding = false;
  if (Number.isFinite(leftMs)) {
    const wait = async (): Promise<void> => {
      await sleep(leftMs, { summary: 'The hold on the money ends soon' });
      isEnding = true;
      scope.cancel();
    };
    timer.run(wait).catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  }
  try {
    await scope.run(part);
    return 'done';
  } catch (error) {
    if (isHoldGone(error)) return 'ending';
    const isCancelled = CancellationScope.current().consideredCancelled;
    if (isEnding && !isCancelled && isInterruption(error)) return 'ending';
    throw error;
  } finally {
    timer.cancel();
  }
}

function isHoldGone(error: unknown): boolean {
  const refused = refusalIn(error);
  return refused?.type === 'CAPTURE_REFUSED' && HOLD_GONE.some((reason) => reason === refused.details);
}

/**
 * The former hold is gone for certain before another one is asked for, and the provider lets nobody charge it from then on.
 * A charge that came first stands, and the story finds it when it goes on.
 */
async function renewHold(order: OrderRun): Promise<void> {
  order.announce('Holding the money anew');
  if (!order.onlyCancellationHelps) {
    if ((await letHoldGo(order)) === 'captured') return order.holdsMoneyUntil(null);
    if (order.input.payment.token !== null && (await holdAgain(order))) return;
  }
  await giveUp(order);
}

/** @returns false when it was declined: then nothing is held */
async function holdAgain(order: OrderRun): Promise<boolean> {
  order.takesAnotherHold();
  try {
    await authorize(order);
    return true;
  } catch (error) {
    if (refusalIn(error)?.type !== 'PAYMENT_DECLINED') throw error;
    return false;
  }
}

/** Without money the order is cancelled, unless a parcel has left: that is for a person to put right. */
async function giveUp(order: OrderRun): Promise<void> {
  order.onlyCancellationHelps = true;
  const parcels = await CancellationScope.nonCancellable(() => stopParcels(order));
  if (parcels === 'cancelled') await order.cancelByItself('payment_expired');
  await waitForAPerson(order, parcels === 'left' ? 'SHIPPED_UNPAID' : 'CANCEL_PARTLY_LOST');
}
