/**
 * The login of the auditor: it can read what it has to check, and nothing else. Kept apart from the migrations, because a
 * role belongs to the whole server, its name and password to the configuration.
 */
import postgres from 'postgres';

/** The role is not there, or not as it must be, and whoever asked may not change that. The message says what to do. */
export class AuditRoleError extends Error {
  override readonly name = 'AuditRoleError';
}

const INSUFFICIENT_PRIVILEGE = '42501';
const SCHEMAS = ['public', 'projections'];
/** What no check needs: personal data, and the digests of keys, cards and addresses. */
const HIDDEN = [
  ['order_contacts', 'order_id'],
  ['fraud_assessments', 'order_id, score, outcome, model_version, parts, degraded, customer_id, at'],
  ['api_keys', 'id, role, customer_id, created_at, revoked_at'],
] as const;

/**
 * Creates the role of `auditUrl`, or gives it that password, and lets it read every table that there is and that will be.
 * Safe to repeat.
 * @param ownerUrl a role that owns the tables; to make the role it has to be allowed to
 * @throws AuditRoleError naming what to do
 */
export async function ensureAuditRole(ownerUrl: string, auditUrl: string): Promise<void> {
  const { username, password } = new URL(auditUrl);
  const role = decodeURIComponent(username);
  if (role === '')
    throw new AuditRoleError('AUDIT_DATABASE_URL names no role: postgres://role:password@host/database.');
  const owner = postgres(ownerUrl, { max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    await refusePowerful(owner, role);
    await makeLogin(owner, role, decodeURIComponent(password));
    await grantReading(owner, role);
  } finally {
    await owner.end({ timeout: 5 });
  }
}

/** A role that is somebody else's must not become the auditor's by a slip in an address. */
async function refusePowerful(owner: postgres.Sql, role: string): Promise<void> {
  const [found] = await owner<{ powerful: boolean }[]>`
    SELECT rolsuper OR rolcreaterole OR rolname = current_user
      OR EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS powerful
    FROM pg_roles WHERE rolname = ${role}`;
  if (found?.powerful === true)
    throw new AuditRoleError(
      `AUDIT_DATABASE_URL names ${role}, which can write. Give the auditor a role of its own.`,
    );
}

async function makeLogin(owner: postgres.Sql, role: string, password: string): Promise<void> {
  const [known] = await owner`SELECT FROM pg_roles WHERE rolname = ${role}`;
  const [made] = await owner<{ login: string; guard: string }[]>`
    SELECT format('%s ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L',
        ${known ? 'ALTER' : 'CREATE'}::text, ${role}::text, ${password}::text) AS login,
      format('ALTER ROLE %I SET default_transaction_read_only = on', ${role}::text) AS guard`;
  try {
    await owner.unsafe(made?.login ?? '');
    await owner.unsafe(made?.guard ?? '');
  } catch (error) {
    if (!(error instanceof postgres.PostgresError) || error.code !== INSUFFICIENT_PRIVILEGE) throw error;
    // Whoever set the server up has made the role; its password is theirs to keep.
    if (known) return;
    throw new AuditRoleError(
      `The role of DATABASE_URL may not create ${role}. Create it once as a superuser: ` +
        `CREATE ROLE ${role} LOGIN PASSWORD '…' (the one in AUDIT_DATABASE_URL).`,
      { cause: error },
    );
  }
}

async function grantReading(owner: postgres.Sql, role: string): Promise<void> {
  const [names] = await owner<{ role: string; database: string }[]>`
    SELECT quote_ident(${role}) AS role, quote_ident(current_database()) AS database`;
  if (names === undefined) return;
  const schemas = SCHEMAS.join(', ');
  await owner.unsafe(`
    GRANT CONNECT ON DATABASE ${names.database} TO ${names.role};
    GRANT USAGE ON SCHEMA ${schemas} TO ${names.role};
    GRANT SELECT ON ALL TABLES IN SCHEMA ${schemas} TO ${names.role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${schemas} GRANT SELECT ON TABLES TO ${names.role};
    ${HIDDEN.map(
      ([table, columns]) => `REVOKE SELECT ON ${table} FROM ${names.role};
        GRANT SELECT (${columns}) ON ${table} TO ${names.role};`,
    ).join('\n')}`);
}
