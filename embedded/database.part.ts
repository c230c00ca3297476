/** The tables, and what a person needs in them to try the embedded stack. */
import { createDatabase } from '../db/client.ts';
import { migrate } from '../db/migrate.ts';
import { createRepositories } from '../db/repositories/index.ts';
import { seedDemo } from '../db/seed.ts';
import { registerDemoKeys, type DemoKeys } from './demo-keys.ts';
import type { Part } from './part.ts';

/** Migrates DATABASE_URL; adds demo items and the demo keys if there are keys. Safe to repeat. */
export function databasePart(options: { readonly demoKeys: DemoKeys | null }): Part {
  return {
    name: 'Tables and demo data',
    async start({ env }) {
      const url = env['DATABASE_URL'] ?? '';
      await migrate(url);
      if (options.demoKeys) await seed(url, options.demoKeys);
      return { addresses: {}, env: {} };
    },
  };
}

async function seed(url: string, demoKeys: DemoKeys): Promise<void> {
  const database = createDatabase({ url, poolSize: 2, applicationName: 'order-saga-embedded' });
  try {
    await seedDemo(database);
    await registerDemoKeys(createRepositories(database).access, demoKeys);
  } finally {
    await database.close();
  }
}
