/** The test run's own stack, in the process that runs the set-up and the tear-down. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDemoKeys } from '../../embedded/demo-keys.ts';
import { stopLeftovers, type ProcessHost } from '../../embedded/managed-process.ts';
import { startParts, type StartedParts } from '../../embedded/part.ts';
import { findFreePorts } from '../../embedded/ports.ts';
import { commandLineOf } from '../../embedded/process-table.ts';
import { loadSecrets, type Secrets } from '../../embedded/secrets.ts';
import { readSettings, PORT_VARIABLES, type Settings } from '../../embedded/settings.ts';
import { stackParts, type StackOptions } from '../../embedded/stack.ts';
import { stateDirectoryOf, type StateDirectory } from '../../embedded/state-directory.ts';
import { STACK_FILE_VARIABLE, type StackAddresses } from './stack.ts';

const DIRECTORY_PREFIX = 'order-saga-test-';
const STOP_TIMEOUT_MS = 10_000;
/**
 * What the tests of one run may ask for is more than what one customer may; and they order for few customers with few cards,
 * which is what screening is to find.
 */
const VARIABLES = {
  RETURN_WINDOW_MS: '1500',
  RATE_LIMIT_PER_SECOND: '2000',
  LOG_LEVEL: 'info',
  FRAUD_SCREENING: 'off',
};

let running: { readonly parts: StartedParts; readonly directory: string } | undefined;

/** Where each part itself is, whatever our processes reach it through. */
export interface DirectAddresses {
  readonly DATABASE_URL: string;
  readonly TEMPORAL_ADDRESS: string;
  readonly AWS_ENDPOINT_URL: string;
  readonly PAYMENT_PROVIDER_URL: string;
  readonly CARRIER_URL: string;
}

/** What may differ between the stacks of tests; all else is as in the embedded stack. */
export interface TestStackOptions extends Partial<
  Pick<
    StackOptions,
    | 'moreApiPorts'
    | 'programFiles'
    | 'durable'
    | 'postgresSettings'
    | 'temporalSettings'
    | 'scaling'
    | 'onNotice'
  >
> {
  /** Go before what the stack would set for our processes; what makes them of the addresses may put something in between. */
  readonly variables?:
    StackOptions['variables'] | ((direct: DirectAddresses) => Promise<StackOptions['variables']>);
  /** Directories that lie somewhere else, for example on a disk that can be filled. */
  readonly state?: Partial<Pick<StateDirectory, 'postgresData' | 'simulators' | 'aws'>>;
  /** Of the embedded stack, for example ORDER_WORKERS or fixed ports. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly host?: Partial<ProcessHost>;
}

/** Starts everything once for a whole run and tells the tests where it is. */
export async function startTestStack(): Promise<void> {
  const directory = await makeStackDirectory();
  stopWhenAsked();
  try {
    const { parts, addresses } = await startStackIn(directory);
    running = { parts, directory };
    const file = join(directory, 'stack.json');
    writeFileSync(file, JSON.stringify(addresses), { mode: 0o600 });
    process.env[STACK_FILE_VARIABLE] = file;
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

export async function stopTestStack(): Promise<void> {
  const stack = running;
  running = undefined;
  if (!stack) return;
  try {
    await stack.parts.stop();
  } finally {
    rmSync(stack.directory, { recursive: true, force: true });
  }
}

/** An empty directory that a stack and all its data live in; those that killed runs have left are removed with what runs there. */
export async function makeStackDirectory(): Promise<string> {
  await removeAbandonedStacks();
  const directory = mkdtempSync(join(tmpdir(), DIRECTORY_PREFIX));
  // Another user runs PostgreSQL when the tests run as root.
  chmodSync(directory, 0o711);
  writeFileSync(join(directory, 'owner'), `${process.pid}\n${commandLineOf(process.pid)}`);
  return directory;
}

/** Starts a whole stack on free ports. @returns its parts, which the caller stops, and where they are */
export async function startStackIn(
  directory: string,
  options: TestStackOptions = {},
): Promise<{ readonly parts: StartedParts; readonly addresses: StackAddresses }> {
  const ports = await findFreePorts(PORT_VARIABLES.length);
  const settings = readSettings({
    ...Object.fromEntries(PORT_VARIABLES.map((name, index) => [name, `${ports[index]}`])),
    ...options.settings,
  });
  const state = { ...stateDirectoryOf(directory, join(directory, 'postgres')), ...options.state };
  const secrets = loadSecrets(state.secretsFile);
  const keys = loadDemoKeys(state.demoKeysFile);
  const host: ProcessHost = {
    logDirectory: state.logs,
    runDirectory: state.run,
    onIncident: (name, what) => void process.stderr.write(`the tests' ${name} ${what}\n`),
    hurry: new AbortController().signal,
    ...options.host,
  };
  const {
    moreApiPorts = [],
    programFiles = {},
    durable = false,
    postgresSettings = {},
    temporalSettings = {},
  } = options;
  const { scaling = {}, onNotice = () => undefined } = options;
  const direct = directAddresses(settings, secrets);
  const ownVariables =
    typeof options.variables === 'function' ? await options.variables(direct) : options.variables;
  const variables = { ...VARIABLES, ...ownVariables };
  const parts = await startParts(
    stackParts({
      settings,
      state,
      secrets,
      demoKeys: keys,
      variables,
      durable,
      postgresSettings,
      temporalSettings,
      host,
      moreApiPorts,
      programFiles,
      scaling,
      onNotice,
    }),
    () => undefined,
  );
  return { parts, addresses: addressesOf({ ...parts.env, ...direct }, keys) };
}

function directAddresses(
  { ports, temporalAddress }: Settings,
  { postgresPassword }: Secrets,
): DirectAddresses {
  return {
    DATABASE_URL: `postgres://postgres:${encodeURIComponent(postgresPassword)}@127.0.0.1:${ports.POSTGRES_PORT}/order_saga`,
    TEMPORAL_ADDRESS: temporalAddress ?? `127.0.0.1:${ports.TEMPORAL_PORT}`,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${ports.AWS_PORT}`,
    PAYMENT_PROVIDER_URL: `http://127.0.0.1:${ports.PAYMENT_PROVIDER_PORT}`,
    CARRIER_URL: `http://127.0.0.1:${ports.CARRIER_PORT}`,
  };
}

function addressesOf(env: Readonly<Record<string, string>>, keys: StackAddresses['keys']): StackAddresses {
  const variable = (name: string): string => {
    const value = env[name];
    if (value === undefined) throw new Error(`no part of the stack has set ${name}`);
    return value;
  };
  return {
    postgresAdminUrl: variable('DATABASE_URL').replace(/[^/]+$/, 'postgres'),
    databaseUrl: variable('DATABASE_URL'),
    temporalAddress: variable('TEMPORAL_ADDRESS'),
    temporalUiUrl: env['TEMPORAL_UI_URL'] ?? null,
    awsEndpointUrl: variable('AWS_ENDPOINT_URL'),
    awsRegion: variable('AWS_REGION'),
    apiUrl: `http://127.0.0.1:${variable('API_PORT')}`,
    paymentProviderUrl: variable('PAYMENT_PROVIDER_URL'),
    carrierUrl: variable('CARRIER_URL'),
    mailUrl: variable('MAIL_LOOKUP_URL'),
    smtpUrl: variable('SMTP_URL'),
    keys,
    codecKeys: variable('TEMPORAL_CODEC_KEYS'),
    env: { ...env },
  };
}

/** Jest ends at once when it is asked to and does not come to the tear-down. */
function stopWhenAsked(): void {
  const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, exitCode] of Object.entries(exitCodes))
    process.once(signal, () => {
      const end = (): never => process.exit(exitCode);
      stopTestStack().then(end, end);
    });
}

/** What a run that was killed has left behind: its servers are stopped, its directories removed. */
async function removeAbandonedStacks(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(DIRECTORY_PREFIX)) continue;
    const directory = join(tmpdir(), name);
    if (isInUse(directory)) continue;
    await stopLeftovers(join(directory, 'run'), STOP_TIMEOUT_MS);
    rmSync(directory, { recursive: true, force: true });
  }
}

function isInUse(directory: string): boolean {
  try {
    const [pid, commandLine] = readFileSync(join(directory, 'owner'), 'utf8').split('\n');
    return commandLineOf(Number(pid)) === commandLine;
  } catch {
    // Another user's, or one that is being made or removed at this moment.
    return true;
  }
}
