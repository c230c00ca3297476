/** Waits that a person or a cancellation ends. */
import { CancellationScope, condition } from '@temporalio/workflow';
import type { AttentionCode } from '../../domain/orders/attention.ts';
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
