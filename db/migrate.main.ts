/**
 * Migrates the database at DATABASE_URL, lets the role of AUDIT_DATABASE_URL read it, and says what it did. Exit code 0: the
 * schema is the present one; 1: it is not.
 */
import { ConfigurationError, readEnvironment } from '../src/config/env.ts';
import { createLogger } from '../src/config/logger.ts';
import { ensureAuditRole } from './audit-role.ts';
import { migrate } from './migrate.ts';

async function main(): Promise<void> {
  const environment = readEnvironment('migrate');
  const logger = createLogger('migrate', environment.LOG_LEVEL);
  try {
    const { applied, present } = await migrate(environment.DATABASE_URL);
    logger.info({ applied, present }, applied.length === 0 ? 'nothing to migrate' : 'migrated');
    if (environment.AUDIT_DATABASE_URL !== undefined)
      await ensureAuditRole(environment.DATABASE_URL, environment.AUDIT_DATABASE_URL);
  } catch (error) {
    logger.fatal({ err: error }, 'could not migrate');
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
