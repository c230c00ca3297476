/**
 * The servers that tests run against, started once for a whole run by global-setup.ts on free ports with directories of
 * their own.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import postgres from 'postgres';
import { migrate } from '../../db/migrate.ts';
import type { DemoKeys } from '../../embedded/demo-keys.ts';

export { waitFor } from '../../embedded/wait-for.ts';
export { startProcess, type TestProcess } from './test-process.ts';

export interface StackAddresses {
  /** As the superuser, on the database "postgres". */
  readonly postgresAdminUrl: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** Null with a server that was started without. */
  readonly temporalUiUrl: string | null;
  readonly awsEndpointUrl: string;
  readonly awsRegion: string;
  readonly apiUrl: string;
  readonly paymentProviderUrl: string;
  readonly carrierUrl: string;
  readonly mailUrl: string;
  readonly smtpUrl: string;
  readonly keys: DemoKeys;
  readonly codecKeys: string;
  /** The complete environment that our processes got. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where global-setup.ts writes the addresses for the processes that run the tests. */
export const STACK_FILE_VARIABLE = 'ORDER_SAGA_TEST_STACK';

/** @throws Error when the run was started without the set-up */
export function stack(): StackAddresses {
  return JSON.parse(readFileSync(stackFile(), 'utf8')) as StackAddresses;
}

/** Everything of the run lies here and is removed with it at the end; logs/ has one file for each process. */
export function stackDirectory(): string {
  return dirname(stackFile());
}

function stackFile(): string {
  const file = process.env[STACK_FILE_VARIABLE];
  if (!file) throw new Error('The servers for the tests are not there: this test belongs below tests/.');
  return file;
}

/** A freshly migrated database of its own, on the shared server or another one. Drop it when done; the end of the run drops all. */
export async function createDatabase(postgresAdminUrl = stack().postgresAdminUrl): Promise<{
  readonly url: string;
  readonly drop: () => Promise<void>;
}> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = new URL(postgresAdminUrl);
  url.pathname = `/${name}`;
  await withAdmin(postgresAdminUrl, async (admin) => admin`CREATE DATABASE ${admin(name)}`);
  await migrate(url.href);
  return {
    url: url.href,
    drop: () =>
      withAdmin(
        postgresAdminUrl,
        async (admin) => admin`DROP DATABASE IF EXISTS ${admin(name)} WITH (FORCE)`,
      ),
  };
}

async function withAdmin(url: string, work: (admin: postgres.Sql) => Promise<unknown>): Promise<void> {
  const admin = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await work(admin);
  } finally {
    await admin.end({ timeout: 5 });
  }
}
