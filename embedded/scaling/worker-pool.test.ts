import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ProcessHost, Program } from '../managed-process.ts';
import { commandLineOf, signalProcess } from '../process-table.ts';
import { waitFor } from '../wait-for.ts';
import { WorkerPool } from './worker-pool.ts';

const TELLS_READY = "process.send('ready');";
const WAITS =
  "process.once('disconnect', () => process.exit()); setInterval(() => undefined, 1000); process.once('SIGTERM', () => { console.log('drained'); process.exit(0); });";

let directory: string;
let incidents: string[];
let failures: string[];
let host: ProcessHost;
let pool: WorkerPool;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'order-saga-pool-'));
  incidents = [];
  failures = [];
  host = {
    logDirectory: join(directory, 'logs'),
    runDirectory: join(directory, 'run'),
    onIncident: (name, what) => incidents.push(`${name} ${what}`),
    hurry: new AbortController().signal,
    restartPausesMs: { first: 10, longest: 10, calmAfter: 0 },
  };
});
afterEach(async () => {
  await pool.stop();
  expect(readdirSync(host.runDirectory)).toEqual([]);
  rmSync(directory, { recursive: true, force: true });
});

/** @param scriptOf what each of them runs, by its name */
function poolOf(scriptOf: (name: string) => string): WorkerPool {
  const programOf = (name: string): Program => ({
    name,
    command: process.execPath,
    args: ['--eval', scriptOf(name), directory],
    env: { PATH: process.env['PATH'] },
    workingDirectory: directory,
    ready: 'message',
    readyTimeoutMs: 20_000,
    stopTimeoutMs: 10_000,
  });
  pool = new WorkerPool({
    name: 'worker',
    programOf,
    host,
    onStartFailed: (error) => failures.push(error.message),
  });
  return pool;
}

const logOf = (name: string): string => {
  const file = join(host.logDirectory, `${name}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
const running = (): string[] => [...pool.pids().keys()];
const until = (what: string, condition: () => boolean): Promise<boolean> =>
  waitFor(condition, { timeoutMs: 20_000, what });

describe('a pool of workers', () => {
  test('grows and lets the newest go, which ends in its own time', async () => {
    poolOf(() => `${WAITS} ${TELLS_READY}`);
    await pool.add();
    pool.resize(3);
    // Those that are starting count.
    expect(pool.size).toBe(3);
    await until('three to run', () => running().length === 3);
    expect(running()).toEqual(['worker-1', 'worker-2', 'worker-3']);
    const leaving = pool.pids().get('worker-3') ?? 0;
    pool.resize(2);
    expect(running()).toEqual(['worker-1', 'worker-2']);
    await until('the third to be gone', () => commandLineOf(leaving) === null);
    expect(logOf('worker-3')).toBe('drained\n');
  });

  test('gives no name to two at once, and a free one again', async () => {
    poolOf(() => `${WAITS} ${TELLS_READY}`);
    await Promise.all([pool.add(), pool.add()]);
    pool.resize(1);
    pool.resize(2);
    await until('another one to run', () => running().length === 2);
    expect(running()).toEqual(['worker-1', 'worker-3']);
    await until('the second to have left', () => !existsSync(join(host.runDirectory, 'worker-2.json')));
    await pool.add();
    expect(running()).toEqual(['worker-1', 'worker-3', 'worker-2']);
  });

  test('stops also those that are starting', async () => {
    poolOf(() => `${WAITS} console.log('here');`);
    pool.resize(2);
    await until('both to be on their way', () =>
      ['worker-1', 'worker-2'].every((name) => logOf(name) !== ''),
    );
    expect(running()).toEqual([]);
    const pids = readdirSync(host.runDirectory).map(
      (file) => (JSON.parse(readFileSync(join(host.runDirectory, file), 'utf8')) as { pid: number }).pid,
    );
    expect(pids).toHaveLength(2);
    await pool.stop();
    expect(pids.map(commandLineOf)).toEqual([null, null]);
    expect([pool.size, failures]).toEqual([0, []]);
  });

  test('counts no more on one that could not be started, and says why', async () => {
    poolOf((name) => (name === 'worker-1' ? `${WAITS} ${TELLS_READY}` : 'process.exit(7)'));
    await pool.add();
    pool.resize(2);
    await until('it to fail', () => failures.length === 1);
    expect(failures[0]).toContain('worker-2 ended with exit code 7 while starting');
    expect(pool.size).toBe(1);
    await expect(pool.add()).rejects.toThrow('exit code 7');
  });

  test('counts on one that has crashed, which comes back by itself', async () => {
    poolOf(() => `${WAITS} ${TELLS_READY}`);
    await pool.add();
    const before = pool.pids().get('worker-1') ?? 0;
    signalProcess(before, 'SIGKILL');
    expect(pool.size).toBe(1);
    await until('it to be back', () => incidents.includes('worker-1 runs again'));
    expect(pool.pids().get('worker-1')).not.toBe(before);
  });

  test('lets one go for good that has crashed and would come back', async () => {
    host = { ...host, restartPausesMs: { first: 60_000, longest: 60_000, calmAfter: 0 } };
    poolOf(() => `${WAITS} ${TELLS_READY}`);
    await Promise.all([pool.add(), pool.add()]);
    signalProcess(pool.pids().get('worker-2') ?? 0, 'SIGKILL');
    await until('it to have ended', () => incidents.some((text) => text.startsWith('worker-2 ended')));
    pool.resize(1);
    await until('it to have left', () => !existsSync(join(host.runDirectory, 'worker-2.json')));
    expect(running()).toEqual(['worker-1']);
  });
});
