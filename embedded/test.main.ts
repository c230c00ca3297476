/**
 * `npm test`: everything that CI checks, on parts of its own. `npm run check` (`--static`): what needs nothing started.
 * The last line counts; a static check counts as one test.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ensureChromium } from './chromium.ts';
import { PROJECT_DIRECTORY } from './node-program.ts';
import { signalProcess } from './process-table.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
}

interface StaticCheck {
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  /** What to do when it fails. */
  readonly advice: string;
}

const STATIC_CHECKS: readonly StaticCheck[] = [
  { title: 'Format', command: ['prettier', '--check', '--log-level=warn', '.'], advice: ': npm run format' },
  { title: 'Lint', command: ['oxlint', '--quiet'], advice: '' },
  { title: 'Types', command: ['tsc', '--noEmit'], advice: '' },
  { title: 'Types of the console', command: ['tsc', '--noEmit', '--project', 'console'], advice: '' },
];
/** Without the look at plans, which takes minutes of the whole machine and has a command of its own. */
const USUAL = ['--selectProjects', 'unit', 'stack'];
const countSchema = z.object({ passed: z.int(), failed: z.int() });
/** Where the reporter in tests/support writes what it has counted. */
const COUNT_FILE_VARIABLE = 'ORDER_SAGA_TEST_COUNT';

/** Aborted by Ctrl+C and the like; the reason is the exit code. */
const stop = new AbortController();

function listenForStop(): void {
  const request = (exitCode: number): void => stop.abort(exitCode);
  process.on('SIGINT', () => request(130));
  process.on('SIGTERM', () => request(143));
  process.on('SIGHUP', () => request(129));
  if (process.channel) process.once('disconnect', () => request(129));
  // A closed terminal must not keep the tests' servers from being stopped: there is nobody left to tell.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

interface Running {
  readonly interrupt: () => void;
  /** Its exit code. */
  readonly exited: Promise<number>;
}

/** Runs a program of node_modules/.bin with our output; asks it to stop when we are asked to. */
function run([command, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(command, args, {
    cwd: PROJECT_DIRECTORY,
    env: { ...process.env, ...env },
    // In a session of its own, so that whatever it has started can be ended with it.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const interrupt = (): void => void child.kill('SIGTERM');
  stop.signal.addEventListener('abort', interrupt);
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      stop.signal.removeEventListener('abort', interrupt);
      if (child.pid !== undefined) signalProcess(-child.pid, 'SIGKILL');
      resolve(code ?? 1);
    });
  });
  return { interrupt, exited };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function runStaticChecks(): Promise<Count> {
  const count = { passed: 0, failed: 0 };
  for (const check of STATIC_CHECKS) {
    if (stop.signal.aborted) break;
    const startedAt = performance.now();
    const code = await run(check.command).exited;
    count[code === 0 ? 'passed' : 'failed'] += 1;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const advice = code === 0 ? '' : check.advice;
    say(`${code === 0 ? '✔' : '✖'} ${check.title} (${check.command.join(' ')}, ${seconds} s)${advice}`);
  }
  return count;
}

async function runTests(jestArguments: readonly string[]): Promise<Count> {
  say('Tests (jest), on a PostgreSQL, a Temporal server, an SNS and SQS and processes of their own');
  const directory = mkdtempSync(join(tmpdir(), 'order-saga-count-'));
  const countFile = join(directory, 'count.json');
  try {
    const env = {
      [COUNT_FILE_VARIABLE]: countFile,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    };
    const tests = run(['jest', ...jestArguments], env);
    const watch = endWhatDoesNotEnd(countFile, tests.interrupt);
    const code = await tests.exited;
    clearInterval(watch);
    const count = readCount(countFile);
    // Something failed that is no test: the set-up, the tear-down, or no test was found.
    return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A test that leaves something open would keep Jest from ending. It has its time to stop the servers, and then has failed. */
function endWhatDoesNotEnd(countFile: string, interrupt: () => void): NodeJS.Timeout {
  const LIMIT_MS = 60_000;
  return setInterval(() => {
    const countedAt = statSync(countFile, { throwIfNoEntry: false })?.mtimeMs;
    if (countedAt === undefined || Date.now() - countedAt < LIMIT_MS) return;
    say('The tests are over, but one has left something open (jest --detectOpenHandles finds it).');
    interrupt();
  }, 5_000);
}

function readCount(file: string): Count {
  try {
    return countSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Jest has ended before it came to count, which its exit code tells as well.
    return { passed: 0, failed: 0 };
  }
}

async function prepareBrowser(): Promise<Count> {
  try {
    say(`✔ Browser (${await ensureChromium(say)})`);
    return { passed: 0, failed: 0 };
  } catch (error) {
    say(`✖ Browser: ${(error as Error).message}`);
    return { passed: 0, failed: 1 };
  }
}

function summarize(counts: readonly Count[]): Count {
  return counts.reduce((sum, count) => ({
    passed: sum.passed + count.passed,
    failed: sum.failed + count.failed,
  }));
}

async function main(): Promise<number> {
  listenForStop();
  const [first, ...rest] = process.argv.slice(2);
  const counts = [await runStaticChecks()];
  if (first !== '--static') {
    if (!stop.signal.aborted) counts.push(await prepareBrowser());
    if (!stop.signal.aborted) counts.push(await runTests(first === undefined ? USUAL : [first, ...rest]));
  }
  if (stop.signal.aborted) {
    say('Stopped before the end.');
    return Number(stop.signal.reason);
  }
  const { passed, failed } = summarize(counts);
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
// The channel to npm would keep this process alive.
process.disconnect?.();
