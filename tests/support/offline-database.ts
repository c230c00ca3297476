/** A database that nobody is connected to for a moment, as copying and replacing one needs it. Programs run on, and find it away. */
import postgres from 'postgres';
import { waitFor } from './stack.ts';

/**
 * @param adminUrl of the superuser, on another database of the server
 * @param work is given the superuser's connection and the database's name
 */
export async function withOfflineDatabase(
  adminUrl: string,
  databaseUrl: string,
  work: (admin: postgres.Sql, name: string) => Promise<unknown>,
): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  const name = new URL(databaseUrl).pathname.slice(1);
  try {
    await admin.unsafe(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    try {
      await waitFor(
        async () => {
          await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${name}`;
          const [left] = await admin`SELECT FROM pg_stat_activity WHERE datname = ${name}`;
          return left === undefined;
        },
        { timeoutMs: 30_000, what: 'all connections to be gone' },
      );
      await work(admin, name);
    } finally {
      await admin.unsafe(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    }
  } finally {
    await admin.end({ timeout: 5 });
  }
}
