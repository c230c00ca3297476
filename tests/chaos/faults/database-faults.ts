/** F14: a database that is there and busy: every connection taken, locks that are held, deadlocks, statements that take too long. */
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import type { Seeded } from '../support/seeded.ts';
import type { FaultCase, FaultLab } from './fault-lab.ts';

/** Runs a transaction that holds on to what it has locked until `until` resolves. */
async function holding(
  lab: FaultLab,
  lock: (transaction: postgres.TransactionSql) => Promise<unknown>,
  until: () => Promise<unknown>,
): Promise<void> {
  const other = postgres(lab.shop.addresses.databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await other.begin(async (transaction) => {
      await lock(transaction);
      await until();
    });
  } finally {
    await other.end({ timeout: 5 });
  }
}

/** Nobody gets at the orders, so statements pile up until no connection is left. */
async function poolExhausted(lab: FaultLab, random: Seeded): Promise<void> {
  const holdMs = random.integer(2_500, 6_000);
  await lab.customers.shelf();
  const locked = holding(
    lab,
    (transaction) => transaction`LOCK TABLE orders IN ACCESS EXCLUSIVE MODE`,
    () => delay(holdMs),
  );
  await lab.customers.shopFor(25, 40);
  await locked;
}

/** The one row that all orders need is locked, again and again, each time for a moment. */
async function lockWaits(lab: FaultLab, random: Seeded): Promise<void> {
  const sku = await lab.customers.shelf();
  const shopping = lab.customers.shopFor(12, 100);
  for (let locks = random.integer(2, 4); locks > 0; locks -= 1) {
    const holdMs = random.integer(300, 2_500);
    await holding(
      lab,
      (transaction) => transaction`SELECT 1 FROM stock WHERE sku = ${sku} FOR UPDATE`,
      () => delay(holdMs),
    );
  }
  await shopping;
}

/** Locks that outlast every statement timeout. */
async function statementTimeout(lab: FaultLab, random: Seeded): Promise<void> {
  const sku = await lab.customers.shelf();
  const holdMs = random.integer(11_000, 14_000);
  const shopping = lab.customers.shopFor(8, 200);
  await holding(
    lab,
    (transaction) => transaction`SELECT 1 FROM stock WHERE sku = ${sku} FOR UPDATE`,
    () => delay(holdMs),
  );
  await shopping;
}

/** Somebody else locks an order and then its stock, against our own order of locking, so that one of the two must give way. */
async function deadlock(lab: FaultLab, random: Seeded): Promise<void> {
  const sku = await lab.customers.shelf();
  const other = await lab.shop.stock({ main: 100, west: 100 });
  const shopping = Promise.all([lab.customers.shopFor(10, 100), buyBoth(lab, [other, sku])]);
  for (let tries = random.integer(4, 8); tries > 0; tries -= 1) {
    await holding(
      lab,
      async (transaction) => {
        const rows =
          await transaction`SELECT sku, location_id FROM stock WHERE sku IN (${sku}, ${other}) ORDER BY sku, location_id`;
        for (const { sku: locked, location_id: locationId } of rows.toReversed()) {
          await transaction`SELECT 1 FROM stock WHERE sku = ${String(locked)} AND location_id = ${String(locationId)} FOR UPDATE`;
          await delay(random.integer(20, 200));
        }
      },
      () => delay(random.integer(10, 100)),
    ).catch((error: unknown) => {
      // The server chose us to give way.
      if (!(error instanceof postgres.PostgresError && error.code === '40P01')) throw error;
    });
  }
  await shopping;
}

async function buyBoth(lab: FaultLab, skus: readonly string[]): Promise<void> {
  await Promise.all(
    [1, 2, 3, 4, 5].flatMap(() => skus.map((sku) => lab.customers.buy({ sku, quantity: 2 }))),
  );
}

export const DATABASE_FAULTS: readonly FaultCase[] = [
  { fault: 'F14', name: 'pool-exhausted', run: poolExhausted },
  { fault: 'F14', name: 'lock-waits', run: lockWaits },
  { fault: 'F14', name: 'statement-timeout', run: statementTimeout },
  { fault: 'F14', name: 'deadlock', run: deadlock },
];
