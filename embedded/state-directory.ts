/** Where a stack keeps its data: `.order-saga` in its checkout, which only its owner can enter. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSharedDirectory } from './postgres/binaries.ts';

export interface StateDirectory {
  readonly directory: string;
  readonly postgresData: string;
  readonly temporal: string;
  readonly aws: string;
  readonly simulators: string;
  readonly logs: string;
  readonly run: string;
  readonly secretsFile: string;
  readonly demoKeysFile: string;
  readonly auditorFile: string;
  readonly lockFile: string;
}

const SHARED_DATA_DIRECTORY = '/var/lib/order-saga';

export function stateDirectoryOf(directory: string, postgresData: string): StateDirectory {
  return {
    directory,
    postgresData,
    temporal: join(directory, 'temporal'),
    aws: join(directory, 'aws'),
    simulators: join(directory, 'simulators'),
    logs: join(directory, 'logs'),
    run: join(directory, 'run'),
    secretsFile: join(directory, 'secrets.json'),
    demoKeysFile: join(directory, 'demo-keys.json'),
    auditorFile: join(directory, 'auditor.json'),
    lockFile: join(directory, 'start.lock'),
  };
}

/** Makes the directory if need be. @throws Error with what to do when it belongs to another user */
export function openStateDirectory(directory: string): StateDirectory {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
  } catch (error) {
    throw new Error(
      `${directory} cannot be used by this user (${(error as Error).message}). Start as the user it belongs to, or remove it.`,
      { cause: error },
    );
  }
  return stateDirectoryOf(directory, choosePostgresData(directory));
}

/**
 * PostgreSQL does not run as root, and the user who runs it instead may not be able to enter the checkout, so root's data
 * lies outside. The place is noted, so that a checkout that was moved finds its data again.
 */
function choosePostgresData(directory: string): string {
  if (process.getuid?.() !== 0) return join(directory, 'postgres');
  const note = join(directory, 'postgres-directory');
  if (existsSync(note)) {
    const noted = readFileSync(note, 'utf8').trim();
    refuseCopy(directory, noted);
    return join(noted, 'data');
  }
  makeSharedDirectory(SHARED_DATA_DIRECTORY);
  removeForgotten(directory);
  // Not derived from the checkout's path: who removes a checkout and clones again to the same place begins empty, with a
  // password that the earlier data would not know.
  const home = join(SHARED_DATA_DIRECTORY, randomBytes(8).toString('hex'));
  makeSharedDirectory(home);
  writeFileSync(join(home, 'owner'), `${directory}\n`);
  writeFileSync(note, `${home}\n`);
  return join(home, 'data');
}

/** The data of a state directory that was removed and had this path: its password is gone, so nobody can read it any more. */
function removeForgotten(directory: string): void {
  for (const name of readdirSync(SHARED_DATA_DIRECTORY)) {
    const home = join(SHARED_DATA_DIRECTORY, name);
    const ownerFile = join(home, 'owner');
    const isForgotten = existsSync(ownerFile) && readFileSync(ownerFile, 'utf8').trim() === directory;
    // A server that was left behind may still run there.
    if (isForgotten && !existsSync(join(home, 'data', 'postmaster.pid')))
      rmSync(home, { recursive: true, force: true });
  }
}

/** Two checkouts on one data directory would be the end of it. */
function refuseCopy(directory: string, home: string): void {
  const ownerFile = join(home, 'owner');
  const owner = existsSync(ownerFile) ? readFileSync(ownerFile, 'utf8').trim() : directory;
  if (owner === directory) return;
  const othersNote = join(owner, 'postgres-directory');
  if (existsSync(othersNote) && readFileSync(othersNote, 'utf8').trim() === home)
    throw new Error(
      `${directory} is a copy of ${owner}, and both would use one PostgreSQL. Remove ${directory} to start empty here.`,
    );
  writeFileSync(ownerFile, `${directory}\n`);
}

/** Removes the data; keys and secrets stay, so that what a person has noted keeps working. @returns what was removed */
export function removeData(state: StateDirectory): string[] {
  const removed = [state.postgresData, state.temporal, state.aws, state.simulators, state.logs].filter(
    existsSync,
  );
  for (const path of removed) rmSync(path, { recursive: true, force: true });
  return removed;
}
