/** F18 and F19: too much at once, and programs that stand still for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import { signalProcess } from '../../../embedded/process-table.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Seeded } from '../support/seeded.ts';
import type { Purchase } from './customers.ts';
import { PROGRAMS, type FaultCase, type FaultLab, type LinkName, type ProgramName } from './fault-lab.ts';

const OUTAGE_MS = 20_000;
const STALL_MS = 5_000;
/** After this long Temporal gives a workflow task to a worker again. */
const WORKFLOW_TASK_TIMEOUT_MS = 10_000;

/** Orders keep coming while nobody can be reached, and all of them at once when it is back. */
async function herd(lab: FaultLab, _random: Seeded, link: LinkName): Promise<void> {
  await lab.links[link].cut();
  const shopping = lab.customers.shopFor(40, OUTAGE_MS / 40);
  await delay(OUTAGE_MS);
  await lab.links[link].connect();
  await shopping;
}

/** Ten times as many want it as there is. */
async function oneSku(lab: FaultLab, random: Seeded): Promise<void> {
  const onHand = random.integer(4, 8);
  const sku = await lab.shop.stock({ main: onHand });
  const purchases = await Promise.all(
    Array.from({ length: onHand * 10 }, () =>
      lab.customers.buy({ sku, mayEndAs: ['completed', 'rejected'] }),
    ),
  );
  const orders = await Promise.all(
    purchases.filter(({ isAccepted }) => isAccepted).map(({ orderId }) => lab.shop.order(orderId)),
  );
  const sold = orders.filter(({ rejection }) => rejection === null).length;
  if (sold !== onHand)
    throw new Error(`I4: ${sold} of ${onHand} were sold to ${purchases.length} who wanted one`);
}

/**
 * Workflows are read anew from their histories again and again, because the worker remembers so many only. With none at all the
 * SDK gives local activities up in the middle, so steps are taken up again and again: slow, and right all the same.
 */
async function smallWorkflowCache(lab: FaultLab, orders: number, size: number): Promise<void> {
  await lab.restartWith('order-worker-1', { WORKFLOW_CACHE_SIZE: String(size) });
  try {
    await lab.customers.shopFor(orders);
    await lab.customers.untilAllEnded();
  } finally {
    await lab.restartWith('order-worker-1', {});
  }
}

/** The program computes and does nothing else: its connections are open and nobody answers on them. */
async function busyLoop(lab: FaultLab, random: Seeded, program: ProgramName): Promise<void> {
  const shopping = lab.customers.shopFor(10, 250);
  for (let stalls = 2; stalls > 0; stalls -= 1) {
    await delay(random.integer(300, 1_500));
    await lab.stall(program, STALL_MS);
  }
  await shopping;
}

/** All its threads are stopped, the engine's too. */
async function stopped(lab: FaultLab, random: Seeded, program: ProgramName): Promise<void> {
  const shopping = lab.customers.shopFor(10, 250);
  await delay(random.integer(300, 1_500));
  const pid = lab.shop.pidOf(program);
  signalProcess(pid, 'SIGSTOP');
  try {
    await delay(STALL_MS + random.integer(0, 12_000));
  } finally {
    signalProcess(pid, 'SIGCONT');
  }
  await shopping;
}

/**
 * The worker stands still after its call has held the money and before Temporal hears of it, until its workflow task is given
 * to it again, together with the customer's wish to cancel: what nobody remembers having begun is let go all the same.
 */
async function workLost(lab: FaultLab): Promise<void> {
  await lab.customers.shelf();
  await lab.links.payments.poison({ type: 'timeout', attributes: { timeout: 0 } }, 'downstream');
  const buying = lab.customers.buy({ mayEndAs: ['cancelled'] });
  const purchase = await waitFor(() => lab.customers.purchases.at(-1), {
    timeoutMs: 10_000,
    what: 'a purchase',
  });
  await waitFor(() => isHeld(lab, purchase), {
    timeoutMs: 60_000,
    intervalMs: 5,
    what: 'the money to be held',
  });
  const pid = lab.shop.pidOf('order-worker-1');
  signalProcess(pid, 'SIGSTOP');
  const cancelling = lab.customers.cancel(purchase);
  try {
    await delay(WORKFLOW_TASK_TIMEOUT_MS + 1_000);
    await lab.heal();
  } finally {
    signalProcess(pid, 'SIGCONT');
  }
  await Promise.all([buying, cancelling]);
}

async function isHeld(lab: FaultLab, { orderId }: Purchase): Promise<boolean> {
  const operations = await lab.shop.control('payments', 'GET', `operations?orderId=${orderId}`);
  return (operations as readonly unknown[]).length > 0;
}

export const LOAD_FAULTS: readonly FaultCase[] = [
  ...(['temporal', 'payments'] as const).map((link) => ({
    fault: 'F18',
    name: `herd-after-outage-${link}`,
    run: (lab: FaultLab, random: Seeded) => herd(lab, random, link),
  })),
  { fault: 'F18', name: 'ten-times-the-load-on-one-sku', run: oneSku },
  { fault: 'F19', name: 'no-workflow-cache', run: (lab) => smallWorkflowCache(lab, 4, 0) },
  { fault: 'F19', name: 'small-workflow-cache', run: (lab) => smallWorkflowCache(lab, 10, 3) },
  { fault: 'F19', name: 'lost-workflow-task', run: workLost },
  ...PROGRAMS.filter((program) => program !== 'maintenance-worker').flatMap((program) => [
    {
      fault: 'F19',
      name: `busy-loop-${program}`,
      run: (lab: FaultLab, random: Seeded) => busyLoop(lab, random, program),
    },
    {
      fault: 'F19',
      name: `stopped-${program}`,
      run: (lab: FaultLab, random: Seeded) => stopped(lab, random, program),
    },
  ]),
];
