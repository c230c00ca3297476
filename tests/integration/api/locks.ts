/** Locks by which a test holds the service between two of its statements. */
import postgres from 'postgres';
import { waitFor } from '../../support/stack.ts';

export interface HeldLock {
  /** Harmless when it was released before. */
  readonly release: () => Promise<void>;
}

export interface Locks {
  /** Whoever reads or writes the table waits. */
  lockTable(name: string): Promise<HeldLock>;
  /** Whoever writes the row of an Idempotency-Key waits. */
  lockKey(keyHash: string): Promise<HeldLock>;
  /** Until a statement of an API process waits for one of these locks. */
  untilApiWaits(): Promise<void>;
  /** Ends the statements of API processes that wait: they never happen, as when the machine had died before them. */
  endApiStatements(): Promise<void>;
  /** Until when the attempt at a key is waited for, from now on; an interval as PostgreSQL reads it. */
  setLease(keyHash: string, interval: string): Promise<void>;
  close(): Promise<void>;
}

export function openLocks(databaseUrl: string): Locks {
  const observer = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const hold = async (statement: string, parameters: readonly string[]): Promise<HeldLock> => {
    const holder = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
    await holder.unsafe('BEGIN');
    await holder.unsafe(statement, [...parameters]);
    let released: Promise<void> | undefined;
    return {
      release: () =>
        (released ??= (async () => {
          await holder.unsafe('COMMIT');
          await holder.end();
        })()),
    };
  };
  return {
    lockTable: (name) => hold(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`, []),
    lockKey: (keyHash) => hold('SELECT FROM idempotency_answers WHERE key = $1 FOR UPDATE', [keyHash]),
    untilApiWaits: async () => {
      await waitFor(
        async () => {
          // By the lock itself: a statement that was given its lock is shown as waiting until it has the processor.
          const rows = await observer`SELECT FROM pg_stat_activity JOIN pg_locks USING (pid)
            WHERE datname = current_database() AND application_name = 'order-saga-api' AND NOT granted`;
          return rows.length > 0;
        },
        { timeoutMs: 20_000, intervalMs: 10, what: 'a statement of the API to wait' },
      );
    },
    endApiStatements: async () => {
      await observer`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'order-saga-api'`;
    },
    setLease: async (keyHash, interval) => {
      await observer`UPDATE idempotency_answers SET leased_until = now() + ${interval}::interval WHERE key = ${keyHash}`;
    },
    close: async () => {
      await observer.end();
    },
  };
}
