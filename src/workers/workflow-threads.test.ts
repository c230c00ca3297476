import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import workerThreads from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inLightThreads } from './workflow-threads.ts';

const run = promisify(execFile);

const ASK = `
  const { parentPort } = require('node:worker_threads');
  const warned = [];
  console.warn = (text) => warned.push(text);
  let works = true;
  try {
    require('node:v8').promiseHooks.createHook({ init() {} })();
  } catch {
    works = false;
    console.warn('not available');
  }
  console.warn('something else');
  parentPort.postMessage({ works, warned });
`;

const WITHOUT = { callStacks: false };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'order-saga-threads-'));
  for (const name of ['workflow-worker-thread.cjs', 'another-thread.cjs'])
    writeFileSync(join(directory, name), ASK);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function start(name: string): Promise<{ works: boolean; warned: string[] }> {
  // As the SDK does it: by the property, at the moment of the call.
  const thread = new workerThreads.Worker(join(directory, name));
  const [answer] = (await once(thread, 'message')) as [{ works: boolean; warned: string[] }];
  await thread.terminate();
  return answer;
}

describe('the threads that run workflows', () => {
  test('note no call stacks when they are started so, and are silent about it', async () => {
    const answer = await inLightThreads(() => start('workflow-worker-thread.cjs'), WITHOUT);
    expect(answer).toEqual({ works: false, warned: ['something else'] });
  });

  test('note them where they are wanted', async () => {
    const answer = await inLightThreads(() => start('workflow-worker-thread.cjs'), { callStacks: true });
    expect(answer.works).toBe(true);
  });

  test('start also where the process has options for V8, which a thread may not be given', async () => {
    const script = `
      import workerThreads from 'node:worker_threads';
      import { inLightThreads } from ${JSON.stringify(new URL('./workflow-threads.ts', import.meta.url).href)};
      const file = ${JSON.stringify(join(directory, 'workflow-worker-thread.cjs'))};
      const thread = await inLightThreads(async () => new workerThreads.Worker(file), { callStacks: false });
      thread.once('message', ({ works }) => console.log('works', works));`;
    const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=32'];
    const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '--eval', script]);
    expect(stdout).toBe('works false\n');
  });

  test('are the only ones to which this happens, and only meanwhile', async () => {
    const { Worker } = workerThreads;
    expect((await inLightThreads(() => start('another-thread.cjs'), WITHOUT)).works).toBe(true);
    expect((await start('workflow-worker-thread.cjs')).works).toBe(true);
    await expect(inLightThreads(() => Promise.reject(new Error('no server')), WITHOUT)).rejects.toThrow(
      'no server',
    );
    expect(workerThreads.Worker).toBe(Worker);
  });

  test('have the name by which the SDK starts them', () => {
    const require = createRequire(import.meta.url);
    const sdk = join(require.resolve('@temporalio/worker/package.json'), '..', 'lib', 'workflow');
    expect(() => require.resolve(join(sdk, 'workflow-worker-thread.js'))).not.toThrow();
  });
});
