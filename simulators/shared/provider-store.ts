/** What both providers keep: operations, the answer to every key, fault rules, and webhooks to be sent. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Store } from './store.ts';

export const PROVIDER_SCHEMA = `
  CREATE TABLE IF NOT EXISTS operations (
    position     INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    key          TEXT NOT NULL UNIQUE,
    operation    TEXT NOT NULL,
    order_id     TEXT NOT NULL,
    amount_minor INTEGER,
    currency     TEXT,
    status       TEXT NOT NULL,
    parent_key   TEXT,
    -- What only this kind of operation has, JSON.
    detail       TEXT NOT NULL DEFAULT '{}',
    at           TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS operations_by_order ON operations (order_id);
  CREATE INDEX IF NOT EXISTS operations_by_parent ON operations (parent_key);

  -- The answer that a key got, refusals included: the same key gets it again, byte for byte.
  CREATE TABLE IF NOT EXISTS answers (
    key         TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status      INTEGER NOT NULL,
    body        TEXT NOT NULL
  ) STRICT;

  -- Keys that have arrived, whatever became of them: a look-up tells only a key, and a fault may be for one order.
  CREATE TABLE IF NOT EXISTS keys_seen (key TEXT PRIMARY KEY, order_id TEXT NOT NULL) STRICT;

  CREATE TABLE IF NOT EXISTS fault_rules (
    position  INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL,
    order_id  TEXT,
    behaviour TEXT NOT NULL,
    delay_ms  INTEGER,
    code      TEXT,
    -- -1: until lifted
    times     INTEGER NOT NULL
  ) STRICT;

  -- order_id '' is the mode for every order that has none of its own.
  CREATE TABLE IF NOT EXISTS webhook_modes (
    order_id  TEXT PRIMARY KEY,
    mode      TEXT NOT NULL,
    copies    INTEGER NOT NULL,
    window_ms INTEGER NOT NULL
  ) STRICT;

  -- One row for each time that a webhook is to be delivered; removed when it was.
  CREATE TABLE IF NOT EXISTS webhook_deliveries (
    position        INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id      TEXT NOT NULL,
    order_id        TEXT NOT NULL,
    body            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'held')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS webhook_deliveries_due ON webhook_deliveries (state, next_attempt_ms);
`;

const answerRow = z.object({ fingerprint: z.string(), status: z.number(), body: z.string() });
/** What was answered, or is to be answered, to a key. */
export interface Answer {
  readonly status: number;
  /** JSON text */
  readonly body: string;
}

const operationRow = z.object({
  position: z.number(),
  id: z.string(),
  key: z.string(),
  operation: z.string(),
  order_id: z.string(),
  amount_minor: z.number().nullable(),
  currency: z.string().nullable(),
  status: z.enum(['succeeded', 'declined', 'failed']),
  parent_key: z.string().nullable(),
  detail: z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text))),
  at: z.string(),
});

/** One thing that was really done (or declined) at the provider. */
export interface RecordedOperation {
  readonly id: string;
  readonly key: string;
  readonly operation: string;
  readonly orderId: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** `failed`: it was done, and turned out later not to have worked. */
  readonly status: 'succeeded' | 'declined' | 'failed';
  readonly parentKey: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  /** RFC 3339 UTC */
  readonly at: string;
}

function toOperation(row: z.output<typeof operationRow>): RecordedOperation {
  return {
    id: row.id,
    key: row.key,
    operation: row.operation,
    orderId: row.order_id,
    amountMinor: row.amount_minor,
    currency: row.currency,
    status: row.status,
    parentKey: row.parent_key,
    detail: row.detail,
    at: row.at,
  };
}

export type Operations = ReturnType<typeof createOperations>;
/** The list of operations, in the order of their making. */
export function createOperations(store: Store) {
  const columns =
    'position, id, key, operation, order_id, amount_minor, currency, status, parent_key, detail, at';
  return {
    insert(operation: RecordedOperation): void {
      store.run(
        `INSERT INTO operations (id, key, operation, order_id, amount_minor, currency, status, parent_key, detail, at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        operation.id,
        operation.key,
        operation.operation,
        operation.orderId,
        operation.amountMinor,
        operation.currency,
        operation.status,
        operation.parentKey,
        JSON.stringify(operation.detail),
        operation.at,
      );
    },
    /** An operation that was done turns out not to have worked. */
    fail(key: string, detail: Readonly<Record<string, unknown>>): void {
      store.run(
        `UPDATE operations SET status = 'failed', detail = ? WHERE key = ?`,
        JSON.stringify(detail),
        key,
      );
    },
    byKey(key: string): RecordedOperation | null {
      const row = store.first(operationRow, `SELECT ${columns} FROM operations WHERE key = ?`, key);
      return row && toOperation(row);
    },
    /** The successful operations of one kind that build on `parentKey`, the oldest first. */
    succeededChildren(parentKey: string, operation: string): RecordedOperation[] {
      return store
        .all(
          operationRow,
          `SELECT ${columns} FROM operations WHERE parent_key = ? AND operation = ? AND status = 'succeeded' ORDER BY position`,
          parentKey,
          operation,
        )
        .map(toOperation);
    },
    ofOrder(orderId: string | undefined): RecordedOperation[] {
      const rows =
        orderId === undefined
          ? store.all(operationRow, `SELECT ${columns} FROM operations ORDER BY position`)
          : store.all(
              operationRow,
              `SELECT ${columns} FROM operations WHERE order_id = ? ORDER BY position`,
              orderId,
            );
      return rows.map(toOperation);
    },
    /** @param cursor what the page before gave as `nextCursor` */
    page(cursor: number, limit: number): { items: RecordedOperation[]; nextCursor: string | null } {
      const rows = store.all(
        operationRow,
        `SELECT ${columns} FROM operations WHERE position > ? ORDER BY position LIMIT ?`,
        cursor,
        limit + 1,
      );
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toOperation),
        nextCursor: rows.length > limit && last ? String(last.position) : null,
      };
    },
  };
}

export type Keys = ReturnType<typeof createKeys>;
/** What each idempotency key was used for. */
export function createKeys(store: Store) {
  const orderRow = z.object({ order_id: z.string() });
  return {
    /** Remembers which order a key belongs to, before anything else happens to the request. */
    see(key: string, orderId: string): void {
      store.run('INSERT INTO keys_seen (key, order_id) VALUES (?, ?) ON CONFLICT DO NOTHING', key, orderId);
    },
    orderOf(key: string): string | null {
      return store.first(orderRow, 'SELECT order_id FROM keys_seen WHERE key = ?', key)?.order_id ?? null;
    },
    answer(key: string): (Answer & { readonly fingerprint: string }) | null {
      return store.first(answerRow, 'SELECT fingerprint, status, body FROM answers WHERE key = ?', key);
    },
    keepAnswer(key: string, fingerprint: string, answer: Answer): void {
      store.run(
        'INSERT INTO answers (key, fingerprint, status, body) VALUES (?, ?, ?, ?)',
        key,
        fingerprint,
        answer.status,
        answer.body,
      );
    },
  };
}

/** A digest that is equal for equal requests, whatever the order of their members. */
export function fingerprintOf(operation: string, body: unknown): string {
  return createHash('sha256')
    .update(`${operation}\n${JSON.stringify(sorted(body))}`)
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
