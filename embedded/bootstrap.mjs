/**
 * What every npm script runs first. It needs nothing but the Node that is there (20 or later): it installs the
 * dependencies when they are missing or have changed, and then hands over to the Node 24 that is among them.
 *
 * Nothing is written to stdout here, so that `npm run -s saga -- … --json` prints its answer alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(PROJECT, 'node_modules');
const STAMP = join(MODULES, '.order-saga-stamp');
const INSTALL_LOCK = join(PROJECT, '.order-saga', 'install.lock');
const NODE = join(MODULES, '.bin', 'node');

/** What `node embedded/bootstrap.mjs <name>` runs. */
const PROGRAMS = {
  start: ['embedded/start.main.ts'],
  test: ['embedded/test.main.ts'],
  check: ['embedded/test.main.ts', '--static'],
  saga: ['src/cli/main.ts'],
  'test:crash': ['tests/chaos/crash/crash.main.ts'],
  'test:faults': ['tests/chaos/faults/faults.main.ts'],
  'test:races': ['tests/chaos/races/races.main.ts'],
  'test:model': ['tests/chaos/model/model.main.ts'],
  'test:plans': ['embedded/test.main.ts', '--selectProjects', 'plans'],
  'test:mutation': ['tests/mutation/mutation.main.ts'],
  'record:histories': ['tests/replay/record-histories.main.ts'],
  'record:load': ['tests/integration/embedded/record-load.main.ts'],
  'train:fraud': ['bench/fraud/train-fraud.main.ts'],
  bench: ['bench/bench.main.ts'],
  capacity: ['bench/capacity/capacity.main.ts'],
};

/** A problem to show as it is, without a stack trace. */
class SetUpError extends Error {}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE)
    throw new SetUpError(
      `This is Node ${process.versions.node}, and order-saga needs Node ${OLDEST_NODE} or later to set itself up. Install one from https://nodejs.org and try again.`,
    );
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function digestOfLockFile() {
  return createHash('sha256')
    .update(readFileSync(join(PROJECT, 'package-lock.json')))
    .digest('hex');
}

/** Whether npm's own note of what it has installed agrees with the lock file, so that an install by hand counts too. */
function isInstalled() {
  const wanted = readJson(join(PROJECT, 'package-lock.json'))?.packages;
  const installed = readJson(join(MODULES, '.package-lock.json'))?.packages;
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || (installed[path] ? installed[path].version === entry.version : entry.optional),
  );
}

function npmCommand() {
  const running = process.env.npm_execpath;
  if (running && basename(running) === 'npm-cli.js' && existsSync(running))
    return [process.execPath, running];
  if (spawnSync('npm', ['--version'], { stdio: 'ignore' }).status === 0) return ['npm'];
  throw new SetUpError(
    'The dependencies are not installed, and npm, which installs them, is not on PATH. It comes with Node: https://nodejs.org',
  );
}

/** Runs a command, shows that time passes, and its output only if it fails. */
function runVisibly(what, [command, ...args], options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    const startedAt = Date.now();
    const seconds = () => Math.round((Date.now() - startedAt) / 1000);
    const isTerminal = process.stderr.isTTY;
    if (!isTerminal) say(`${what} …`);
    const show = () => process.stderr.write(isTerminal ? `\r${what} … ${seconds()} s` : '');
    show();
    const ticker = setInterval(
      () => (isTerminal ? show() : say(`${what} … ${seconds()} s`)),
      isTerminal ? 1000 : 20_000,
    );
    const stop = (signal) => child.kill(signal);
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    const finish = (code, problem) => {
      clearInterval(ticker);
      process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
      if (isTerminal)
        process.stderr.write(`\r${what} … ${code === 0 ? `done in ${seconds()} s` : 'failed'}   \n`);
      if (code === 0) resolve();
      else reject(new SetUpError(`${Buffer.concat(output)}\n${problem}`));
    };
    child.once('error', (error) => finish(1, error.message));
    child.once('close', (code, signal) =>
      finish(code ?? 1, `"${[command, ...args].join(' ')}" ended with ${signal ?? `exit code ${code}`}.`),
    );
  });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two commands started at once on a fresh clone would install over each other: the second waits for the first. */
async function withInstallLock(work) {
  mkdirSync(dirname(INSTALL_LOCK), { recursive: true, mode: 0o700 });
  for (let waited = false; ;) {
    try {
      writeFileSync(INSTALL_LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readFileSync(INSTALL_LOCK, 'utf8') || NaN);
    if (Number.isInteger(holder) && !isAlive(holder)) {
      rmSync(INSTALL_LOCK, { force: true });
      continue;
    }
    if (!waited) say('Another command is installing the dependencies; waiting for it …');
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    await work();
  } finally {
    rmSync(INSTALL_LOCK, { force: true });
  }
}

async function installDependencies() {
  const digest = digestOfLockFile();
  const isCurrent = () => {
    try {
      return readFileSync(STAMP, 'utf8') === digest;
    } catch {
      return false;
    }
  };
  if (isCurrent()) return;
  await withInstallLock(async () => {
    if (isCurrent()) return;
    if (!isInstalled())
      await runVisibly('Installing the dependencies (npm ci), about a minute', [
        ...npmCommand(),
        'ci',
        '--no-audit',
        '--no-fund',
        '--no-progress',
        '--loglevel=error',
      ]);
    writeFileSync(STAMP, digest);
  });
}

function versionOfInstalledNode() {
  return spawnSync(NODE, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

/**
 * The package "node" fetches its program in an install script, and npm skips those where they are switched off or not
 * allowed. The same script is run here then.
 */
async function ensureNode() {
  const wanted = readJson(join(MODULES, 'node', 'package.json'))?.version;
  if (!wanted)
    throw new SetUpError('The package "node" is not in node_modules. Remove node_modules and try again.');
  if (existsSync(NODE) && versionOfInstalledNode() === `v${wanted}`) return;
  await withInstallLock(async () => {
    const packageDirectory = join(MODULES, 'node');
    const npm = npmCommand();
    await runVisibly(`Fetching Node ${wanted}, once`, [process.execPath, 'installArchSpecificPackage.js'], {
      cwd: packageDirectory,
      // It calls `npm` by name.
      env: { ...process.env, PATH: `${process.env.PATH}${delimiter}${dirname(npm[npm.length - 1])}` },
    });
    mkdirSync(dirname(NODE), { recursive: true });
    if (!lstatSync(NODE, { throwIfNoEntry: false })) symlinkSync(join('..', 'node', 'bin', 'node'), NODE);
  });
  const version = versionOfInstalledNode();
  if (version !== `v${wanted}`)
    throw new SetUpError(
      `node_modules/.bin/node should be Node ${wanted} and is ${version || 'not there'}. Remove node_modules, and try again with npm's install scripts allowed for the package "node".`,
    );
}

/** Runs the program on Node 24 and ends as it ends. */
function handOver(name, args) {
  const [file, ...fixedArguments] = PROGRAMS[name];
  const child = spawn(
    NODE,
    ['--disable-warning=ExperimentalWarning', join(PROJECT, file), ...fixedArguments, ...args],
    {
      env: { ...process.env, PATH: `${dirname(NODE)}${delimiter}${process.env.PATH ?? ''}` },
      // In a session of its own it gets no signals but those from here; the channel tells it when this process is gone.
      detached: true,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    },
  );
  passOnSignals(child);
  child.once('error', (error) => {
    say(`${NODE} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (osConstants.signals[signal] ?? 0)));
}

function passOnSignals(child) {
  // One Ctrl+C arrives here twice, from the terminal and from npm, and so does a signal to all of a group; programs take
  // a second one for impatience.
  let last = 0;
  const passOn = (signal) => {
    const isRepetition = Date.now() - last < 500;
    last = Date.now();
    if (!isRepetition) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn);
  // npm and the shell between it and us do not always pass on that they were ended.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    passOn('SIGHUP');
  }, 1_000);
}

async function main() {
  const [name, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(PROGRAMS, name ?? ''))
    throw new SetUpError(`Usage: node embedded/bootstrap.mjs ${Object.keys(PROGRAMS).join('|')} [arguments]`);
  checkNode();
  await installDependencies();
  await ensureNode();
  handOver(name, args);
}

main().catch((error) => {
  say(error instanceof SetUpError ? error.message.trim() : String(error?.stack ?? error));
  // Who reads the count at the end of the tests shall find one in any case.
  if (process.argv[2] === 'test' || process.argv[2] === 'check') process.stdout.write('0 passed, 1 failed\n');
  process.exitCode = 1;
});
