import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ManagedProcess, stopLeftovers, type ProcessHost, type Program } from './managed-process.ts';
import { commandLineOf, signalProcess } from './process-table.ts';
import { waitFor } from './wait-for.ts';

const TELLS_READY = "process.send('ready'); process.once('disconnect', () => process.exit());";
const WAITS = 'setInterval(() => undefined, 1000);';

let directory: string;
let incidents: string[];
let hurry: AbortController;
let host: ProcessHost;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'order-saga-managed-'));
  incidents = [];
  hurry = new AbortController();
  host = {
    logDirectory: join(directory, 'logs'),
    runDirectory: join(directory, 'run'),
    onIncident: (name, what) => incidents.push(`${name} ${what}`),
    hurry: hurry.signal,
  };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function program(script: string, options: Partial<Program> = {}): Program {
  return {
    name: 'example',
    command: process.execPath,
    args: ['--eval', script, directory],
    env: { PATH: process.env['PATH'] },
    workingDirectory: directory,
    ready: 'message',
    readyTimeoutMs: 10_000,
    stopTimeoutMs: 5_000,
    ...options,
  };
}

describe('a managed process', () => {
  test('runs until it is stopped, writing into its log', async () => {
    const managed = await ManagedProcess.start(
      program(`console.log('hello'); ${TELLS_READY} ${WAITS}`),
      host,
    );
    const pid = managed.pid ?? 0;
    expect(commandLineOf(pid)).toContain(directory);
    await managed.stop();
    expect(commandLineOf(pid)).toBeNull();
    expect(readFileSync(managed.logFile, 'utf8')).toBe('hello\n');
    expect(readdirSync(host.runDirectory)).toEqual([]);
    expect(incidents).toEqual([]);
  });

  test('tells the end of the log when it ends while it starts', async () => {
    const start = ManagedProcess.start(program("console.error('no such table'); process.exit(3);"), host);
    await expect(start).rejects.toThrow(/example ended with exit code 3 while starting[^]*no such table/);
    expect(readdirSync(host.runDirectory)).toEqual([]);
  });

  test('is ended when it does not become ready in time', async () => {
    const start = ManagedProcess.start(program(WAITS, { readyTimeoutMs: 300 }), host);
    await expect(start).rejects.toThrow('example to be ready');
    expect(readdirSync(host.runDirectory)).toEqual([]);
  });

  test('names a command that is not there', async () => {
    const start = ManagedProcess.start(program('', { command: join(directory, 'missing') }), host);
    await expect(start).rejects.toThrow(/missing could not be started/);
  });

  test('is started again when it has died, and said so', async () => {
    const managed = await ManagedProcess.start(program(`${TELLS_READY} ${WAITS}`), host);
    const firstPid = managed.pid ?? 0;
    signalProcess(firstPid, 'SIGKILL');
    await waitFor(() => incidents.length === 2, { timeoutMs: 10_000, what: 'the process to be back' });
    expect(incidents[0]).toMatch(/^example ended with SIGKILL; starting it again in 0\.5 s/);
    expect(incidents[1]).toBe('example runs again');
    expect(managed.pid).not.toBe(firstPid);
    await managed.stop();
  });

  test('is killed when it ignores the request to stop for too long', async () => {
    const stubborn = program(`process.on('SIGTERM', () => undefined); ${TELLS_READY} ${WAITS}`, {
      stopTimeoutMs: 300,
    });
    const managed = await ManagedProcess.start(stubborn, host);
    const pid = managed.pid ?? 0;
    await managed.stop();
    expect(commandLineOf(pid)).toBeNull();
  });

  test('is killed at once when there is no more time', async () => {
    const stubborn = program(`process.on('SIGTERM', () => undefined); ${TELLS_READY} ${WAITS}`, {
      stopTimeoutMs: 60_000,
    });
    const managed = await ManagedProcess.start(stubborn, host);
    const stopped = managed.stop();
    hurry.abort();
    await stopped;
    expect(commandLineOf(managed.pid ?? 0)).toBeNull();
  });
});

describe('what a killed stack has left behind', () => {
  const startLeftover = (): { pid: number; record: object; gone: Promise<unknown> } => {
    const args = ['--eval', WAITS, directory];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const commandLine = [process.execPath, ...args].join(' ');
    return {
      pid: child.pid ?? 0,
      record: { pid: child.pid, commandLine, stopSignal: 'SIGTERM', killSignal: 'SIGKILL' },
      gone: once(child, 'exit'),
    };
  };
  const writeRecord = (record: unknown): string => {
    mkdirSync(host.runDirectory, { recursive: true });
    const file = join(host.runDirectory, 'example.json');
    writeFileSync(file, typeof record === 'string' ? record : JSON.stringify(record));
    return file;
  };

  test('is stopped', async () => {
    const { pid, record, gone } = startLeftover();
    await waitFor(() => commandLineOf(pid)?.includes(directory), {
      timeoutMs: 5_000,
      what: 'the process to run',
    });
    const file = writeRecord(record);
    expect(await stopLeftovers(host.runDirectory, 5_000)).toEqual(['example']);
    await gone;
    expect(existsSync(file)).toBe(false);
  });

  test('is left alone when the number belongs to another program now', async () => {
    const { pid, record, gone } = startLeftover();
    await waitFor(() => commandLineOf(pid)?.includes(directory), {
      timeoutMs: 5_000,
      what: 'the process to run',
    });
    writeRecord({ ...record, commandLine: 'postgres -D elsewhere' });
    expect(await stopLeftovers(host.runDirectory, 5_000)).toEqual([]);
    expect(commandLineOf(pid)).not.toBeNull();
    signalProcess(pid, 'SIGKILL');
    await gone;
  });

  test('may be a record cut short', async () => {
    const file = writeRecord('{"pid": 12');
    expect(await stopLeftovers(host.runDirectory, 5_000)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });
});
