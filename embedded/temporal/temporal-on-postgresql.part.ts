/** The Temporal server in its production shape, keeping everything in PostgreSQL; without a Web UI. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ManagedProcess, type ProcessHost } from '../managed-process.ts';
import type { Part } from '../part.ts';
import { findFreePorts } from '../ports.ts';
import { waitFor } from '../wait-for.ts';
import { DYNAMIC_CONFIGURATION } from './dynamic-configuration.ts';
import { answersFor, registerNamespace } from './namespace.ts';
import { findServerPrograms, type ServerPrograms } from './server-programs.ts';

export interface TemporalOnPostgresqlOptions {
  readonly port: number;
  /** For the file of its settings. */
  readonly directory: string;
  readonly host: ProcessHost;
  /** Fixed by the first start. @default 4, as the server has it where nothing is said */
  readonly historyShards?: number;
  /** Settings that differ from the usual. */
  readonly dynamicConfiguration?: Readonly<Record<string, boolean | number | string>>;
  /** Further variables of the server. */
  readonly variables?: Readonly<Record<string, string>>;
}

const NAMESPACE = 'default';
const RETENTION_DAYS = 3;
const SCHEMAS = {
  temporal: 'postgresql/v12/temporal',
  temporal_visibility: 'postgresql/v12/visibility',
} as const;
/** What the server listens on for itself. */
const OTHER_PORTS = [
  'FRONTEND_HTTP_PORT',
  'FRONTEND_MEMBERSHIP_PORT',
  'HISTORY_GRPC_PORT',
  'HISTORY_MEMBERSHIP_PORT',
  'MATCHING_GRPC_PORT',
  'MATCHING_MEMBERSHIP_PORT',
  'WORKER_GRPC_PORT',
  'WORKER_MEMBERSHIP_PORT',
] as const;

/** Needs DATABASE_URL of a superuser, for two databases of its own there. Adds TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE. */
export function temporalOnPostgresqlPart(options: TemporalOnPostgresqlOptions): Part {
  const address = `127.0.0.1:${options.port}`;
  return {
    name: 'Temporal on PostgreSQL',
    async start({ env, report, signal }) {
      const programs = await findServerPrograms(report, signal);
      const database = new URL(env['DATABASE_URL'] ?? '');
      report('setting its schema up');
      await setUpSchema(programs, database);
      const server = await startServer(programs, database, options, signal);
      try {
        await waitFor(
          async () => {
            await registerNamespace(address, NAMESPACE, RETENTION_DAYS);
            return answersFor(address, NAMESPACE);
          },
          { timeoutMs: 60_000, what: 'the namespace', signal },
        );
      } catch (error) {
        await server.stop();
        throw error;
      }
      return {
        addresses: { Temporal: address },
        env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE },
        stop: () => server.stop(),
      };
    },
  };
}

async function setUpSchema({ schemaTool }: ServerPrograms, database: URL): Promise<void> {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    const env = {
      PATH: process.env['PATH'],
      SQL_PLUGIN: 'postgres12',
      SQL_HOST: database.hostname,
      SQL_PORT: database.port,
      SQL_USER: database.username,
      SQL_PASSWORD: decodeURIComponent(database.password),
      SQL_DATABASE: name,
    };
    const commands = [['create'], ['setup-schema', '-v', '0.0'], ['update-schema', '--schema-name', schema]];
    for (const command of commands) await promisify(execFile)(schemaTool, command, { env });
  }
}

async function startServer(
  { server }: ServerPrograms,
  database: URL,
  options: TemporalOnPostgresqlOptions,
  signal: AbortSignal,
): Promise<ManagedProcess> {
  const { port, directory, host, historyShards = 4, dynamicConfiguration, variables = {} } = options;
  mkdirSync(directory, { recursive: true });
  const settingsFile = join(directory, 'dynamic-configuration.yaml');
  // JSON is YAML, too.
  const settings = Object.entries({ ...DYNAMIC_CONFIGURATION, ...dynamicConfiguration });
  writeFileSync(
    settingsFile,
    JSON.stringify(Object.fromEntries(settings.map(([key, value]) => [key, [{ value }]]))),
  );
  const ports = await findFreePorts(OTHER_PORTS.length);
  return ManagedProcess.start(
    {
      name: 'temporal',
      command: server,
      args: ['--allow-no-auth', 'start'],
      env: {
        PATH: process.env['PATH'],
        DB: 'postgres12_pgx',
        POSTGRES_SEEDS: database.hostname,
        DB_PORT: database.port,
        POSTGRES_USER: database.username,
        POSTGRES_PWD: decodeURIComponent(database.password),
        DBNAME: 'temporal',
        VISIBILITY_DBNAME: 'temporal_visibility',
        SQL_MAX_CONNS: '20',
        NUM_HISTORY_SHARDS: String(historyShards),
        BIND_ON_IP: '127.0.0.1',
        FRONTEND_GRPC_PORT: String(port),
        ...Object.fromEntries(OTHER_PORTS.map((name, index) => [name, String(ports[index])])),
        DYNAMIC_CONFIG_FILE_PATH: settingsFile,
        LOG_LEVEL: 'warn',
        ...variables,
      },
      workingDirectory: directory,
      ready: () => answersFor(`127.0.0.1:${port}`, 'temporal-system'),
      readyTimeoutMs: 90_000,
      stopTimeoutMs: 20_000,
    },
    host,
    signal,
  );
}
