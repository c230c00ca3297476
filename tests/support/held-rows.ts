/** A row that somebody else holds at this moment: whoever wants to change it stands in line until it is let go. */
import postgres from 'postgres';
import { waitFor } from './stack.ts';

export interface HeldRows {
  /** Runs a statement as the one who holds the rows. */
  run(statement: string, parameters?: readonly (string | number)[]): Promise<void>;
  /** Waits until so many statements of others stand in line, in any part of the line. @returns their processes */
  untilWaiting(count: number): Promise<readonly number[]>;
  /** Ends the connection of one who waits, as a machine does that dies. */
  kill(processId: number): Promise<void>;
  /** Keeps what was changed and lets the rows go; nothing when they were let go before. */
  release(): Promise<void>;
  /** Lets the rows go and disconnects. */
  close(): Promise<void>;
}

/** Locks the shelves of an item as an order does that takes from them. */
export async function holdShelves(databaseUrl: string, sku: string): Promise<HeldRows> {
  const holder = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const observer = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  await holder.unsafe('BEGIN');
  await holder.unsafe('SELECT FROM stock WHERE sku = $1 ORDER BY location_id FOR UPDATE', [sku]);
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (!isHeld) return;
    isHeld = false;
    await holder.unsafe('COMMIT');
  };
  return {
    run: async (statement, parameters = []) => void (await holder.unsafe(statement, [...parameters])),
    untilWaiting: (count) =>
      waitFor(
        async () => {
          const rows = await observer<{ pid: number }[]>`
            SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' ORDER BY query_start, pid`;
          return rows.length >= count ? rows.map(({ pid }) => pid) : null;
        },
        { timeoutMs: 30_000, intervalMs: 10, what: `${count} statements to wait for the shelf` },
      ),
    kill: async (processId) => void (await observer`SELECT pg_terminate_backend(${processId})`),
    release,
    close: async () => {
      await release();
      await holder.end();
      await observer.end();
    },
  };
}
