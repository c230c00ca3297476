/**
 * F12: clocks of our programs that jump, forwards and backwards, by seconds and by days. Those of PostgreSQL, Temporal and
 * the providers stay: a server's clock cannot be moved without moving the machine's.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Seeded } from '../support/seeded.ts';
import { PROGRAMS, type FaultCase, type FaultLab, type ProgramName } from './fault-lab.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const OFFSETS_MS = [-48 * HOUR_MS, -HOUR_MS, -20 * SECOND_MS, 20 * SECOND_MS, HOUR_MS, 48 * HOUR_MS];

/** One program's clock jumps several times while orders are under way, and is right again at last. */
async function jumps(lab: FaultLab, random: Seeded, program: ProgramName): Promise<void> {
  const shopping = lab.customers.shopFor(8, 250);
  for (const offsetMs of random.sample(OFFSETS_MS, 3)) {
    await lab.shiftClock(program, offsetMs);
    await delay(random.integer(500, 2_000));
  }
  await lab.heal();
  await shopping;
}

/** All are wrong, each in its own way, and stay so until every order has ended. */
async function disagree(lab: FaultLab, random: Seeded): Promise<void> {
  // Webhooks are signed with the time, so an API whose clock is off by more than five minutes refuses them: its own stays near.
  for (const program of PROGRAMS)
    await lab.shiftClock(
      program,
      program === 'api' ? random.integer(-200, 200) * SECOND_MS : random.pick(OFFSETS_MS),
    );
  await lab.customers.shopFor(8, 250);
  await lab.customers.untilAllEnded();
}

export const CLOCK_FAULTS: readonly FaultCase[] = [
  ...PROGRAMS.map((program) => ({
    fault: 'F12',
    name: `clock-jumps-${program}`,
    run: (lab: FaultLab, random: Seeded) => jumps(lab, random, program),
  })),
  { fault: 'F12', name: 'clocks-disagree', run: disagree },
];
