import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FileLock } from './file-lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'order-saga-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a file lock', () => {
  test('is held by one until it is released', () => {
    const file = join(directory, 'below', 'lock');
    const first = FileLock.tryAcquire(file);
    expect(first).not.toBeNull();
    expect(FileLock.tryAcquire(file)).toBeNull();
    first?.release();
    const second = FileLock.tryAcquire(file);
    expect(second).not.toBeNull();
    second?.release();
  });

  test('is free again when its holder was killed', async () => {
    const file = join(directory, 'lock');
    const script = `
      const { FileLock } = await import(${JSON.stringify(new URL('./file-lock.ts', import.meta.url).href)});
      console.log(FileLock.tryAcquire(${JSON.stringify(file)}) !== null);
      setInterval(() => undefined, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    });
    const [said] = (await once(holder.stdout, 'data')) as [Buffer];
    expect(said.toString().trim()).toBe('true');
    expect(FileLock.tryAcquire(file)).toBeNull();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = FileLock.tryAcquire(file);
    expect(lock).not.toBeNull();
    lock?.release();
  });
});
