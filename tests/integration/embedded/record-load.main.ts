/**
 * Records what the scaler of the order workers sees on this machine during some bursts of orders and the calm after them, into
 * embedded/scaling/recorded-load.json, to be held against the rule. Run it with `npm run record:load`; it takes a quarter of an hour.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Observation, ScalingDecision } from '../../../embedded/scaling/scaling-rule.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import { ShopLab } from '../../chaos/support/shop-lab.ts';

const FILE = fileURLToPath(new URL('../../../embedded/scaling/recorded-load.json', import.meta.url));
const CALM_BEFORE_MS = 30_000;
/** Several, because one alone may be over between two looks. */
const BURSTS = 3;
/** At once, and more than one worker takes on. */
const ORDERS_OF_BURST = 100;
const PATIENCE_MS = 300_000;
/** Longer than the time over which the most that was wanted counts, and the steps after it. */
const CALM_AFTER_MS = 690_000;

const lines: string[] = [];
let firstAtMs: number | undefined;

function record(seen: Observation, decision: ScalingDecision): void {
  firstAtMs ??= seen.atMs;
  const shares = seen.coreShares?.map((share) => Math.round(share * 1000) / 1000) ?? null;
  const line = { ...seen, atMs: Math.round(seen.atMs - firstAtMs), coreShares: shares };
  lines.push(JSON.stringify({ seen: line, decided: decision.workers }));
  console.log(lines.at(-1));
}

/** As a careful customer does: again with the same key until it is acknowledged. */
async function order(sku: string): Promise<void> {
  const idempotencyKey = randomBytes(12).toString('hex');
  const body = lab.orderBody([{ sku, quantity: 1 }]);
  const isAcknowledged = async (): Promise<boolean> => {
    const { status } = await lab.request('POST', '/v1/orders', { body, idempotencyKey });
    return status === 201 || status === 202;
  };
  await waitFor(isAcknowledged, { timeoutMs: PATIENCE_MS, what: 'an order', intervalMs: 1_000 });
}

const lab = await ShopLab.start({
  durable: true,
  settings: { ORDER_WORKERS: 'auto' },
  scaling: { onObservation: record },
  onNotice: (text) => console.log(text),
});
try {
  const sku = await lab.stock({ main: 1_000_000 });
  await delay(CALM_BEFORE_MS);
  for (let burst = 1; burst <= BURSTS; burst += 1) {
    await Promise.all(Array.from({ length: ORDERS_OF_BURST }, () => order(sku)));
    console.log(`burst ${burst} of ${BURSTS} is over`);
  }
  await delay(CALM_AFTER_MS);
  const about = `{"cores":${availableParallelism()},"bursts":${BURSTS},"ordersOfBurst":${ORDERS_OF_BURST}}`;
  await writeFile(FILE, `{"about":${about},"looks":[\n${lines.join(',\n')}\n]}\n`);
} finally {
  await lab.stop();
}
