/** F13: a disk that is full, and one that cannot be written any more. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Seeded } from '../support/seeded.ts';
import type { Disk } from './disk.ts';
import type { FaultCase, FaultLab } from './fault-lab.ts';

function diskOf(lab: FaultLab): Disk {
  if (lab.disk === null) throw new Error('This lab was started without a disk of its own');
  return lab.disk;
}

/** Waits until a new order is answered with 503: the customer is told, and not left waiting. */
async function untilRefused(lab: FaultLab): Promise<void> {
  await waitFor(() => (lab.customers.answers.get(503) ?? 0) > 0, {
    timeoutMs: 120_000,
    what: 'an order to be answered with 503',
  });
}

/** No byte is left for the database and the providers. */
async function full(lab: FaultLab, random: Seeded): Promise<void> {
  const disk = diskOf(lab);
  // A server that cannot write its log ends all its sessions, or itself; it is started again.
  for (const program of ['postgres', 'payment-provider', 'carrier']) lab.mayEnd.add(program);
  await lab.customers.shopFor(3);
  disk.fill();
  const shopping = [lab.customers.shopFor(6, 300)];
  // What the server had put aside lasts for some orders, so there are new ones until none is taken any more.
  await waitFor(
    () => {
      disk.fill();
      shopping.push(lab.customers.shopFor(2, 100));
      return (lab.customers.answers.get(503) ?? 0) > 0;
    },
    { timeoutMs: 120_000, intervalMs: 1_000, what: 'an order to be answered with 503' },
  );
  await delay(random.integer(1_000, 5_000));
  disk.free();
  await Promise.all(shopping);
}

/** The database's files, and those of the providers, cannot be written; nobody can start on them. */
async function readOnly(lab: FaultLab, random: Seeded): Promise<void> {
  const disk = diskOf(lab);
  const programs = ['postgres', 'payment-provider', 'carrier'];
  for (const program of programs) lab.mayEnd.add(program);
  const shopping = lab.customers.shopFor(8, 300);
  await delay(random.integer(500, 1_500));
  disk.makeReadOnly();
  for (const program of programs) lab.shop.kill(program);
  await untilRefused(lab);
  await delay(random.integer(1_000, 4_000));
  disk.makeWritable();
  await shopping;
}

export const DISK_FAULTS: readonly FaultCase[] = [
  { fault: 'F13', name: 'disk-full', run: full, needsDisk: true },
  { fault: 'F13', name: 'disk-read-only', run: readOnly, needsDisk: true },
];
