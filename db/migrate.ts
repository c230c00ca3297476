/**
 * Brings a database to the present schema by the files of db/migrations, in the order of their names.
 *
 * Each file is sent together with its record as one message of several statements, which the server carries out as one
 * transaction: a file is applied wholly or not at all, whatever happens to the connection. The advisory lock is part of
 * the same transaction, so it cannot be lost on the way, and the record comes first: whoever was slower fails on its
 * primary key before anything else is touched. Files must not contain BEGIN, COMMIT or CREATE INDEX CONCURRENTLY.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import postgres from 'postgres';

export interface MigrationFile {
  /** For example `0001_initial.sql`. */
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, hex. */
  readonly checksum: string;
}

export interface MigrationResult {
  /** Names of the files that this call applied. */
  readonly applied: readonly string[];
  /** Names of the files that were there already. */
  readonly present: readonly string[];
}

/** The files and what the database says of them do not agree; a person must look. Names the file. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;
const LOCK = "SELECT pg_advisory_xact_lock(hashtext('order-saga schema'))";
const RECORDS_TABLE = `
  CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;
const UNIQUE_VIOLATION = '23505';

/** The migrations in their order. @throws MigrationError for a file whose name says no order */
export async function readMigrations(
  directory = new URL('./migrations/', import.meta.url),
): Promise<readonly MigrationFile[]> {
  const names = (await readdir(directory)).sort();
  return Promise.all(
    names.map(async (name) => {
      if (!FILE_NAME.test(name))
        throw new MigrationError(`${name} is not a migration: name it 0001_what_it_does.sql`);
      const text = await readFile(new URL(name, directory), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/**
 * Applies what is missing. Safe to run twice, and at the same time from several machines.
 * @param url postgres:// address of a role that may create tables
 * @throws MigrationError when a file was changed after it had been applied; the server's error when a statement fails
 */
export async function migrate(url: string, files?: readonly MigrationFile[]): Promise<MigrationResult> {
  const migrations = files ?? (await readMigrations());
  const client = postgres(url, {
    max: 1,
    fetch_types: false,
    connection: { application_name: 'order-saga migrate', client_min_messages: 'error' },
  });
  try {
    await client.unsafe(`${LOCK}; ${RECORDS_TABLE};`);
    const recorded = await readRecords(client);
    const applied: string[] = [];
    for (const migration of migrations) {
      const checksum = recorded.get(migration.name);
      if (checksum === undefined && (await apply(client, migration))) applied.push(migration.name);
      if (checksum !== undefined) refuseChange(migration, checksum);
    }
    return {
      applied,
      present: migrations.map(({ name }) => name).filter((name) => !applied.includes(name)),
    };
  } finally {
    await client.end({ timeout: 5 });
  }
}

/** @returns false when another process applied the same file meanwhile */
async function apply(client: postgres.Sql, migration: MigrationFile): Promise<boolean> {
  const record = `INSERT INTO schema_migrations (name, checksum) VALUES ('${migration.name}', '${migration.checksum}')`;
  try {
    await client.unsafe(`${LOCK}; ${record}; ${migration.text}`);
    return true;
  } catch (error) {
    const isOthers =
      error instanceof postgres.PostgresError &&
      error.code === UNIQUE_VIOLATION &&
      error.constraint_name === 'schema_migrations_pkey';
    if (!isOthers) throw error;
    refuseChange(migration, (await readRecords(client)).get(migration.name));
    return false;
  }
}

function refuseChange(migration: MigrationFile, checksum: string | undefined): void {
  if (checksum !== migration.checksum)
    throw new MigrationError(
      `${migration.name} was changed after it had been applied; undo the change and write a new migration`,
    );
}

async function readRecords(client: postgres.Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await client<
    { name: string; checksum: string }[]
  >`SELECT name, checksum FROM schema_migrations`;
  return new Map(rows.map((row) => [row.name, row.checksum]));
}
