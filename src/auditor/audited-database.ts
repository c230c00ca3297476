/** The database as the auditor sees it: it reads, and can do nothing else. */
import postgres from 'postgres';

export type Row = Readonly<Record<string, unknown>>;

export interface AuditedDatabase {
  /** All rows of one statement. `values` stand for $1, $2 …; a list is passed as JSON text. @throws the driver's error */
  rows(statement: string, values?: readonly string[]): Promise<readonly Row[]>;
  /** Rows of one statement in batches, all as they were when it began. */
  batches(statement: string): AsyncIterable<readonly Row[]>;
  /** How many rows a table has; counted once. */
  count(table: string): Promise<number>;
  /** Whether the role could write. */
  canWrite(): Promise<boolean>;
  close(): Promise<void>;
}

const BATCH = 1_000;
/** A statement over everything may take long; nobody waits for its locks, because it takes none that matter. */
const STATEMENT_TIMEOUT_MS = 10 * 60_000;
const INT8 = 20;
const TIMESTAMPTZ = 1184;
const JSON_TYPES = [114, 3802];

export function openAuditedDatabase(url: string): AuditedDatabase {
  const client = postgres(url, {
    max: 2,
    fetch_types: false,
    connect_timeout: 10,
    onnotice: () => undefined,
    connection: {
      application_name: 'order-saga-auditor',
      default_transaction_read_only: true,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      TimeZone: 'UTC',
    },
    types: {
      integer: { to: INT8, from: [INT8], serialize: String, parse: Number },
      instant: {
        to: TIMESTAMPTZ,
        from: [TIMESTAMPTZ],
        serialize: String,
        parse: (text: string) => new Date(text).toISOString(),
      },
      json: {
        to: 3802,
        from: JSON_TYPES,
        serialize: (text: string) => text,
        parse: (text: string): unknown => JSON.parse(text),
      },
    },
  });
  const counts = new Map<string, Promise<number>>();
  const rows = async (statement: string, values: readonly string[] = []): Promise<readonly Row[]> =>
    client.unsafe<Row[]>(statement, [...values]);

  return {
    rows,
    batches: (statement) => client.unsafe<Row[]>(statement).cursor(BATCH),
    count(table) {
      const known = counts.get(table);
      if (known !== undefined) return known;
      const counting = rows(`SELECT count(*) AS count FROM ${table}`).then(([row]) => Number(row?.['count']));
      counts.set(table, counting);
      return counting;
    },
    async canWrite() {
      const [row] = await rows(`
        SELECT bool_or(rolsuper OR has_table_privilege(relation.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writes
        FROM pg_class AS relation JOIN pg_namespace AS room ON room.oid = relnamespace
        CROSS JOIN pg_roles WHERE rolname = current_user AND relkind IN ('r', 'p') AND nspname IN ('public', 'projections')`);
      return row?.['writes'] !== false;
    },
    close: () => client.end({ timeout: 5 }),
  };
}
