/**
 * One stack for each checkout: takes the lock, clears what a killed stack has left behind, checks that every port is
 * free before anything is started, then starts the parts and stops them in reverse.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { loadDemoKeys, type DemoKeys } from './demo-keys.ts';
import { FileLock } from './file-lock.ts';
import { stopLeftovers, type ProcessHost } from './managed-process.ts';
import { StartedParts } from './part.ts';
import { describePortHolder } from './port-holder.ts';
import { isPortFree } from './ports.ts';
import { writePrivateFile } from './private-file.ts';
import type { Screen } from './screen.ts';
import { loadSecrets } from './secrets.ts';
import { variablesOfProcesses, type PortVariable, type Settings } from './settings.ts';
import { apiUrl, stackParts } from './stack.ts';
import { openStateDirectory, removeData, type StateDirectory } from './state-directory.ts';

export interface SupervisedStack {
  readonly apiUrl: string;
  readonly addresses: Readonly<Record<string, string>>;
  readonly demoKeys: DemoKeys | null;
  readonly state: StateDirectory;
  /** @throws AggregateError with what could not be stopped */
  stop(onStopping: (part: string) => void): Promise<void>;
}

export interface SupervisorOptions {
  readonly settings: Settings;
  /** Removes the data first. */
  readonly fresh: boolean;
  readonly screen: Screen;
  /** Aborted: the start is given up. */
  readonly stop: AbortSignal;
  /** Aborted: what still runs is killed. */
  readonly hurry: AbortSignal;
}

const LEFTOVER_STOP_TIMEOUT_MS = 15_000;

/** @throws Error for a person: what is wrong and what to do; nothing runs then */
export async function startSupervised(options: SupervisorOptions): Promise<SupervisedStack> {
  const state = openStateDirectory(options.settings.stateDirectory);
  const lock = acquireLock(state);
  try {
    return await startLocked(options, state, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(
  options: SupervisorOptions,
  state: StateDirectory,
  lock: FileLock,
): Promise<SupervisedStack> {
  const { settings, screen } = options;
  mkdirSync(state.logs, { recursive: true });
  const leftovers = await stopLeftovers(state.run, LEFTOVER_STOP_TIMEOUT_MS);
  if (leftovers.length > 0)
    screen.line(`Stopped what an earlier start had left behind: ${leftovers.join(', ')}.`);
  await requireFreePorts(settings);
  if (options.fresh) tellRemoved(screen, removeData(state), settings);
  const demoKeys = settings.hasDemoData ? loadDemoKeys(state.demoKeysFile) : null;
  const tell = (text: string): void => screen.line(`${new Date().toISOString()} ${text}`);
  const host: ProcessHost = {
    logDirectory: state.logs,
    runDirectory: state.run,
    onIncident: (name, what) => tell(`${name} ${what}`),
    hurry: options.hurry,
  };
  const parts = stackParts({
    settings,
    state,
    host,
    demoKeys,
    secrets: loadSecrets(state.secretsFile),
    variables: variablesOfProcesses(process.env),
    durable: true,
    onNotice: tell,
  });
  const started = new StartedParts();
  const stop = async (onStopping: (part: string) => void): Promise<void> => {
    await started.stop(onStopping);
    lock.release();
  };
  try {
    await screen.steps(parts, (part, report) => started.add(part, report, options.stop));
    // Asked to stop while the last part was starting.
    options.stop.throwIfAborted();
  } catch (error) {
    await stop(() => undefined);
    throw error;
  }
  return { apiUrl: apiUrl(settings), addresses: started.addresses, demoKeys, state, stop };
}

const holderSchema = z.object({ pid: z.int(), startedAt: z.string() });

function acquireLock(state: StateDirectory): FileLock {
  const holderFile = join(state.directory, 'start.json');
  const lock = FileLock.tryAcquire(state.lockFile);
  if (lock) {
    writePrivateFile(holderFile, { pid: process.pid, startedAt: new Date().toISOString() });
    return lock;
  }
  throw new Error(`order-saga runs in this directory already${describeHolder(holderFile)}`);
}

function describeHolder(holderFile: string): string {
  try {
    const { pid, startedAt } = holderSchema.parse(JSON.parse(readFileSync(holderFile, 'utf8')));
    return `: process ${pid}, since ${startedAt}. Stop it with Ctrl+C in its terminal, or: kill ${pid}`;
  } catch {
    // It has taken the lock a moment ago and not yet written who it is.
    return '. Stop it with Ctrl+C in its terminal.';
  }
}

/** @throws Error naming every port that is taken, its variable, and who has it */
async function requireFreePorts(settings: Settings): Promise<void> {
  const replaced: Partial<Record<PortVariable, boolean>> = {
    POSTGRES_PORT: settings.databaseUrl !== undefined,
    TEMPORAL_PORT: settings.temporalAddress !== undefined,
    TEMPORAL_UI_PORT: settings.temporalAddress !== undefined,
    AWS_PORT: !settings.aws.isEmbedded,
  };
  const lines: string[] = [];
  for (const [variable, port] of Object.entries(settings.ports)) {
    if (replaced[variable as PortVariable] || (await isPortFree(port))) continue;
    const holder = describePortHolder(port);
    lines.push(`  ${variable}: port ${port} is taken${holder ? ` by ${holder}` : ''}`);
  }
  if (lines.length === 0) return;
  const example = /^ {2}(\w+): port (\d+)/.exec(lines[0] ?? '');
  throw new Error(
    `Nothing was started, because ports are taken:\n${lines.join('\n')}\n` +
      `Stop who has them, or choose others: ${example?.[1]}=${Number(example?.[2]) + 1000} npm start`,
  );
}

function tellRemoved(screen: Screen, removed: readonly string[], settings: Settings): void {
  screen.line(removed.length === 0 ? 'There was no data to remove.' : 'Removed the data of earlier starts:');
  for (const path of removed) screen.line(`  ${path}`);
  const kept = [
    ...(settings.databaseUrl ? ['DATABASE_URL'] : []),
    ...(settings.temporalAddress ? ['TEMPORAL_ADDRESS'] : []),
    ...(settings.aws.isEmbedded ? [] : ['AWS_ENDPOINT_URL']),
  ];
  if (kept.length > 0) screen.line(`What lies behind ${kept.join(', ')} is yours and was not touched.`);
}
