/**
 * What every race has: a shop, a source of chance that a seed decides, and what was found wrong.
 *
 * Owns: how many requests are under way at once, when the shop has come to rest, and what must hold then, whatever raced.
 */
import { sql } from 'drizzle-orm';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Seeded } from '../support/seeded.ts';
import type { Answer, ShopLab } from '../support/shop-lab.ts';

/** Requests under way at once, over all processes of the API. */
const IN_FLIGHT = 64;
/** A shop in which nothing moves for so long is stuck. Steps that found nobody are tried again within two minutes. */
const STUCK_AFTER_MS = 180_000;
const ANSWER_TIMEOUT_MS = 60_000;

/** What a race counted, for the report. */
export type RaceNumbers = Readonly<Record<string, number>>;

export interface RaceRun {
  readonly lab: ShopLab;
  readonly random: Seeded;
  /** From 0 to 1 of the full size; every race keeps enough of itself to be one. */
  readonly scale: number;
  /** What must be told when the race fails. */
  readonly findings: Findings;
  /** Tells how far it is. */
  readonly say: (progress: string) => void;
}

export interface Race {
  readonly name: string;
  /** What must not happen. */
  readonly promise: string;
  readonly run: (race: RaceRun) => Promise<RaceNumbers>;
}

/** Collects what is wrong, so that one run tells all of it. */
export class Findings {
  readonly problems: string[] = [];

  equal(what: string, actual: unknown, expected: unknown): void {
    const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (is !== should) this.problems.push(`${what}: ${is}, expected ${should}`);
  }

  add(problem: string): void {
    this.problems.push(problem);
  }
}

/** So many of the full size, never fewer than `least`. */
export function scaled(full: number, scale: number, least: number): number {
  return Math.max(least, Math.round(full * scale));
}

/** Runs the work for each entry, so many at once, and answers in the order of the entries. */
export async function race<Entry, Result>(
  entries: readonly Entry[],
  work: (entry: Entry, index: number) => Promise<Result>,
  inFlight = IN_FLIGHT,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = entries.entries();
  const worker = async (): Promise<void> => {
    for (const [index, entry] of waiting) results[index] = await work(entry, index);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, entries.length) }, worker));
  return results;
}

/** How often each value came, by its name. */
export function tally(values: readonly (string | number)[]): Readonly<Record<string, number>> {
  const counts = Map.groupBy(values, String);
  return Object.fromEntries(
    [...counts].map(([value, all]) => [value, all.length] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/**
 * Waits until every order has ended, and every event and webhook is where it belongs.
 * @throws Error with what is left when nothing moves any more
 */
export async function comeToRest({ database }: ShopLab): Promise<void> {
  let [left, movedAtMs] = ['', performance.now()];
  const end = await waitFor(
    async () => {
      const [row] = await database.query<Record<string, number>>(
        'races.underWay',
        sql`SELECT
          (SELECT count(*) FROM orders WHERE status NOT IN ('completed', 'rejected', 'cancelled')) AS orders,
          (SELECT coalesce(sum(version), 0)::bigint FROM orders
            WHERE status NOT IN ('completed', 'rejected', 'cancelled')) AS versions,
          (SELECT count(*) FROM outbox) AS outbox,
          (SELECT count(*) FROM refunds WHERE status = 'pending') AS refunds,
          (SELECT count(*) FROM webhook_inbox WHERE state = 'pending') AS webhooks`,
      );
      if (row === undefined) return null;
      if (Object.values(row).every((count) => count === 0)) return 'rested';
      if (JSON.stringify(row) !== left) [left, movedAtMs] = [JSON.stringify(row), performance.now()];
      return performance.now() - movedAtMs > STUCK_AFTER_MS ? 'stuck' : null;
    },
    { timeoutMs: Number.POSITIVE_INFINITY, intervalMs: 500, what: 'the shop to have finished everything' },
  );
  if (end === 'stuck')
    throw new Error(`Nothing has moved for ${STUCK_AFTER_MS} ms, and this is left: ${left}`);
}

/** Tells a simulator something, again when the connection is lost on the way. */
export async function control(lab: ShopLab, ...told: Parameters<ShopLab['control']>): Promise<unknown> {
  const { answer } = await waitFor(async () => ({ answer: await lab.control(...told) }), {
    timeoutMs: ANSWER_TIMEOUT_MS,
    what: `${told.slice(0, 3).join(' ')} to be answered`,
  });
  return answer;
}

/** Reads something of the service, again when the connection is lost on the way. */
export function read(lab: ShopLab, path: string): Promise<Answer> {
  return waitFor(() => lab.request('GET', path), {
    timeoutMs: ANSWER_TIMEOUT_MS,
    what: `GET ${path} to be answered`,
  });
}
