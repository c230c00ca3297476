/**
 * The database is restored from a backup while payment provider, carrier and Temporal have moved on. What was lost is found and
 * named, and nobody guesses: no money and no parcel is moved because of it.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import postgres from 'postgres';
import { withOfflineDatabase } from '../support/offline-database.ts';
import { waitFor } from '../support/stack.ts';
import { auditLab } from './support/audit-lab.ts';
import { ShopLab } from './support/shop-lab.ts';

jest.setTimeout(300_000);

const LONG_MS = 86_400_000;
const BACKUP = 'backup_of_the_shop';

let lab: ShopLab;
beforeAll(async () => {
  // Differences are told at once, by jobs that run when the test says so.
  lab = await ShopLab.start({
    variables: {
      RECONCILE_GRACE_MS: '1',
      RECONCILE_INTERVAL_MS: String(LONG_MS),
      REPAIR_DRIFT_INTERVAL_MS: String(LONG_MS),
      AUDIT_INTERVAL_MS: String(LONG_MS),
    },
  });
  await lab.control('carrier', 'PUT', 'speed', { shippedAfterMs: LONG_MS, deliveredAfterMs: LONG_MS });
});
afterAll(() => lab?.stop());

const whileAway = (work: Parameters<typeof withOfflineDatabase>[2]): Promise<void> =>
  withOfflineDatabase(lab.addresses.postgresAdminUrl, lab.addresses.databaseUrl, work);

const backUp = (): Promise<void> =>
  whileAway((admin, name) => admin.unsafe(`CREATE DATABASE ${BACKUP} TEMPLATE ${name}`));

const restore = (): Promise<void> =>
  whileAway(async (admin, name) => {
    await admin.unsafe(`DROP DATABASE ${name}`);
    await admin.unsafe(`ALTER DATABASE ${BACKUP} RENAME TO ${name}`);
  });

async function placeCharged(key: string, sku: string): Promise<string> {
  const answer = await lab.insist('POST', '/v1/orders', {
    idempotencyKey: key,
    body: lab.orderBody([{ sku, quantity: 1 }]),
  });
  expect(answer.status).toBe(201);
  const orderId = lab.orderIdOf(key);
  await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
  return orderId;
}

/** What waited in the backup would wait for the end of a lease after it. */
async function untilPublished(): Promise<void> {
  const sql = postgres(lab.addresses.databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await waitFor(async () => (await sql`SELECT FROM outbox LIMIT 1`).length === 0, {
      timeoutMs: 60_000,
      what: 'every event to be published',
    });
  } finally {
    await sql.end();
  }
}

async function runJob(name: string): Promise<void> {
  const lastRun = async (): Promise<{ startedAt: string; status: string } | null> => {
    const { body } = await lab.request('GET', '/v1/ops/jobs');
    const jobs = body['items'] as readonly {
      name: string;
      lastRun: { startedAt: string; status: string } | null;
    }[];
    return jobs.find((job) => job.name === name)?.lastRun ?? null;
  };
  const before = (await lastRun())?.startedAt;
  const answer = await lab.request('POST', `/v1/ops/jobs/${name}/runs`, {
    idempotencyKey: `${name}-after-restore`,
  });
  expect(answer.status).toBe(202);
  await waitFor(
    async () => {
      const run = await lastRun();
      return run !== null && run.startedAt !== before && run.status === 'COMPLETED';
    },
    { timeoutMs: 120_000, what: `the job ${name} to have run` },
  );
}

/** All that payment provider and carrier have ever done. */
async function movesOf(...orderIds: readonly string[]): Promise<readonly unknown[]> {
  const each = orderIds.flatMap((orderId) =>
    (['payments', 'carrier'] as const).map((provider) =>
      lab.control(provider, 'GET', `operations?orderId=${orderId}`),
    ),
  );
  return Promise.all(each);
}

describe('a database that is restored from a backup', () => {
  test('is an older shop: what it does not know any more is named, and nothing is guessed', async () => {
    const sku = await lab.stock({ main: 10 });
    const untouched = await placeCharged('before-the-backup', sku);
    const cancelledLater = await placeCharged('cancelled-after-the-backup', sku);
    await untilPublished();
    await backUp();

    const lost = await placeCharged('after-the-backup', sku);
    const cancelled = await lab.insist('POST', `/v1/orders/${cancelledLater}/cancel`, {
      idempotencyKey: 'cancel',
      body: { reason: 'customer_request' },
    });
    expect(cancelled.status).toBe(200);
    await lab.until(cancelledLater, 'cancelled', ({ status }) => status === 'cancelled');
    const moves = await movesOf(untouched, cancelledLater, lost);
    await restore();

    // The shop works again by itself, and knows what it knew.
    await lab.until(untouched, 'there', ({ status }) => status === 'fulfilling');
    await lab.until(cancelledLater, 'as it was', ({ status }) => status === 'fulfilling');
    expect((await lab.request('GET', `/v1/orders/${lost}`)).status).toBe(404);

    // The auditor names the order that is gone and the one that went another way, and no other.
    const violations = await auditLab(lab, 5);
    const named = (orderId: string): readonly string[] =>
      violations.filter((violation) => violation.includes(orderId));
    expect(named(lost).join('\n')).toMatch(/^I10 .*authorize/m);
    expect(named(lost).join('\n')).toMatch(/^I14 /m);
    expect(named(cancelledLater).join('\n')).toMatch(/^I10 .*refund/m);
    expect(named(untouched)).toEqual([]);

    // The reconciliation stores every operation that the providers have and the database has not.
    await runJob('reconcile');
    const { body } = await lab.request('GET', '/v1/ops/breaks?state=open&limit=100');
    const breaks = (
      body['items'] as readonly { orderId: string; operationKey: string; kind: string }[]
    ).filter(({ orderId }) => [lost, cancelledLater].includes(orderId));
    const keysOf = (orderId: string) =>
      breaks
        .filter((found) => found.orderId === orderId && found.kind === 'missing_here')
        .map((found) => found.operationKey);
    expect(keysOf(lost)).toEqual(expect.arrayContaining([`${lost}:authorize:1`, `${lost}:capture:1`]));
    expect(keysOf(cancelledLater).filter((key) => key.includes(':refund:'))).toHaveLength(1);
    const { attention } = await lab.until(
      cancelledLater,
      'called attention to',
      (order) => order.attention !== null,
    );
    expect(attention?.code).toBe('RECONCILIATION_BREAK');

    // A person decides. Neither the jobs nor the workflows have moved money or parcels meanwhile.
    await runJob('repair-drift');
    expect(await movesOf(untouched, cancelledLater, lost)).toEqual(moves);
    const fresh = await placeCharged('after-the-restore', sku);
    expect((await lab.order(fresh)).attention).toBeNull();
  });
});
