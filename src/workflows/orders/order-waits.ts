/** Waits that a person or a cancellation ends. */
import { CancellationScope, condition } from '@temporalio/workflow';
import type { AttentionCode } from '../../domain/orders/attention.ts';
import { waitsAtMostMs } from '../../domain/orders/waiting-state.ts';
import type { OrderRun } from './order-run.ts';
import { stopParcels } from './order-undos.ts';

/** No rule says what is right, so nothing more is taken, sent or given back until a person has put it right. */
export async function waitForAPerson(order: OrderRun, code: AttentionCode): Promise<void> {
  order.announce('Waiting for a person');
  order.endCancellability();
  await withAttention(order, code, () => condition(() => false));
}

/** Nothing but a cancellation helps. Goods that are not paid for, or cannot all be sent, do not leave meanwhile. */
export async function waitForCancellation(order: OrderRun, code: AttentionCode): Promise<void> {
  order.onlyCancellationHelps = true;
  await CancellationScope.nonCancellable(() => stopParcels(order));
  await withAttention(order, code, () => condition(() => false));
}

/** Calls a person for as long as the wait lasts. */
export async function withAttention(
  order: OrderRun,
  code: AttentionCode,
  wait: () => Promise<void>,
): Promise<void> {
  await order.attention.raise(code);
  try {
    await wait();
  } finally {
    await order.attention.clear(code);
  }
}

/**
 * Begins a step once no operator holds the order. Where nobody does it adds nothing, not even a turn of the event loop, so
 * that the histories of such orders stay as they are.
 */
export function whenReleased(order: OrderRun, step: () => Promise<void>): Promise<void> {
  return order.isStopped ? untilReleased(order).then(step) : step();
}

/** A parcel that has left is charged, for holding the order would help nobody any more. */
async function untilReleased(order: OrderRun): Promise<void> {
  while (order.isStopped && !hasAParcelLeft(order)) {
    if (order.isHeld) await waitHeld(order);
    else await condition(() => order.isHeld || !order.isStopped);
  }
  order.isHeld = false;
}

function hasAParcelLeft(order: OrderRun): boolean {
  return order.parcels.nextChange('shipped') !== null;
}

/** The order says that it waits for an operator; after a day of that a person is called. */
async function waitHeld(order: OrderRun): Promise<void> {
  const { orderId, deadlines } = order.input;
  order.announce('Held by an operator');
  await order.steps.run((activities) => activities.recordHold({ orderId }), {
    summary: 'An operator holds the order',
    attention: 'RECORD_UNRESOLVED',
  });
  const isOver = (): boolean => !order.isHeld || hasAParcelLeft(order);
  const leftMs = waitsAtMostMs('held', deadlines);
  if (!(await condition(isOver, leftMs, { summary: 'Held for too long by now' })))
    await withAttention(order, 'HELD_TOO_LONG', () => condition(isOver));
  await order.steps.run((activities) => activities.recordRelease({ orderId }), {
    summary: 'The order goes on',
    attention: 'RECORD_UNRESOLVED',
  });
}
