/** The tables, who may read them, and what a person needs in them to try the embedded stack. */
import { AuditRoleError, ensureAuditRole } from '../db/audit-role.ts';
import { createDatabase } from '../db/client.ts';
import { migrate } from '../db/migrate.ts';
import { createRepositories } from '../db/repositories/index.ts';
import { seedDemo } from '../db/seed.ts';
import { ENVIRONMENT } from '../src/config/env.ts';
import { registerDemoKeys, type DemoKeys } from './demo-keys.ts';
import type { Part, PartContext } from './part.ts';
import { writePrivateFile } from './private-file.ts';

export interface AuditorOptions {
  readonly password: string;
  /** Where the tool finds what an audit needs; for the owner alone. */
  readonly file: string;
  /** The variables of our processes that no part adds; AUDIT_DATABASE_URL among them when a person has set it. */
  readonly own: Readonly<Record<string, string>>;
}

/** Migrates DATABASE_URL; adds demo items and the demo keys if there are keys, and the auditor. Safe to repeat. */
export function databasePart(options: {
  readonly demoKeys: DemoKeys | null;
  readonly auditor: AuditorOptions;
}): Part {
  return {
    name: 'Tables and demo data',
    async start(context) {
      const url = context.env['DATABASE_URL'] ?? '';
      await migrate(url);
      if (options.demoKeys) await seed(url, options.demoKeys);
      return { addresses: {}, env: await prepareAuditor(url, options.auditor, context) };
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

/** Adds AUDIT_DATABASE_URL, unless the given database does not let us make a login. */
async function prepareAuditor(
  databaseUrl: string,
  { password, file, own }: AuditorOptions,
  { env, report }: PartContext,
): Promise<Record<string, string>> {
  const auditUrl = own['AUDIT_DATABASE_URL'] ?? auditorOf(databaseUrl, password);
  try {
    await ensureAuditRole(databaseUrl, auditUrl);
  } catch (error) {
    if (!(error instanceof AuditRoleError)) throw error;
    report(`no audit: ${error.message}`);
    return {};
  }
  const all: Readonly<Record<string, string>> = { ...env, ...own, AUDIT_DATABASE_URL: auditUrl };
  const needed = Object.keys(ENVIRONMENT.audit.shape).filter((name) => name in all);
  writePrivateFile(file, Object.fromEntries(needed.map((name) => [name, all[name]])));
  return { AUDIT_DATABASE_URL: auditUrl };
}

/** A login belongs to the whole server, so it is named after the database. */
function auditorOf(databaseUrl: string, password: string): string {
  const url = new URL(databaseUrl);
  url.username = `${url.pathname.slice(1)}_auditor`;
  url.password = password;
  return url.href;
}
