/** How soon orders flow again: everything is killed again and again while customers go on ordering. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { ReportTable } from '../support/report.ts';
import type { Seeded } from '../support/seeded.ts';
import type { CrashCampaign } from './crash-campaign.ts';
import { VICTIMS, type Victim } from './crash-points.ts';

const CUSTOMERS = 4;
const ROUNDS = 5;
/** Between the moment when orders flow and the next blow, milliseconds. */
const CALM_MS = { least: 200, most: 1500 };
const END_TIMEOUT_MS = 900_000;
/** More than all customers can order in that time. */
const ON_HAND = 1_000_000;

export interface Recovery {
  readonly victim: Victim;
  /** From each kill until an order that was placed after it is confirmed, milliseconds. */
  readonly tookMs: readonly number[];
}

export interface RecoveryRun {
  readonly recoveries: readonly Recovery[];
  readonly orders: number;
  readonly problems: readonly string[];
}

/** Kills every victim several times under load. Every order that was placed meanwhile must have come to its end. */
export async function measureRecovery(
  { lab, victims, acknowledgements }: CrashCampaign,
  random: Seeded,
  say: (text: string) => void,
): Promise<RecoveryRun> {
  const sku = await lab.stock({ main: ON_HAND });
  const keys: string[] = [];
  const place = async (customer: string): Promise<void> => {
    const key = `load-${customer}-${keys.length}`;
    keys.push(key);
    const answer = await lab.insist('POST', '/v1/orders', {
      idempotencyKey: key,
      body: lab.orderBody([{ sku, quantity: 1 }]),
    });
    if (answer.status !== 201) throw new Error(`${key} was answered ${answer.status}: ${answer.text}`);
  };
  const over = new AbortController();
  const customers = Array.from({ length: CUSTOMERS }, async (_, index) => {
    while (!over.signal.aborted) await place(`customer-${index}`);
  });
  const recoveries: Recovery[] = [];
  for (const victim of Object.keys(VICTIMS) as Victim[]) {
    const tookMs: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      await delay(random.integer(CALM_MS.least, CALM_MS.most));
      await victims.strike(victim);
      const deadAt = performance.now();
      await place(`${victim}-${round}`);
      tookMs.push(Math.round(performance.now() - deadAt));
    }
    recoveries.push({ victim, tookMs });
    say(
      `killed ${VICTIMS[victim]} ${ROUNDS} times under load: orders flow again after ${tookMs.join(', ')} ms`,
    );
  }
  over.abort();
  const ends = await Promise.allSettled(customers);
  const problems = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
  for (const key of keys) await acknowledgements.untilClosed(lab.orderIdOf(key));
  const expected = { onHand: ON_HAND - keys.length, reserved: 0 };
  await waitFor(
    async () => {
      const { body } = await lab.request('GET', `/v1/inventory/${sku}`);
      return body['onHand'] === expected.onHand && body['reserved'] === expected.reserved;
    },
    { timeoutMs: END_TIMEOUT_MS, what: `the shelf to stand at ${JSON.stringify(expected)}` },
  ).catch((error: unknown) => problems.push(String(error)));
  return { recoveries, orders: keys.length, problems };
}

export function recoveryTable(recoveries: readonly Recovery[]): ReportTable {
  return {
    columns: ['Killed', 'Times', 'Shortest, ms', 'Longest, ms', 'All, ms'],
    rows: recoveries.map(({ victim, tookMs }) => [
      VICTIMS[victim],
      tookMs.length,
      Math.min(...tookMs),
      Math.max(...tookMs),
      tookMs.join(' '),
    ]),
  };
}
