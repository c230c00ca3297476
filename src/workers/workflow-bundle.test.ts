import { readFile, stat } from 'node:fs/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';

jest.setTimeout(60_000);

const logger = createLogger('test', 'silent');

async function pathOf(interceptorModules: readonly string[] = []): Promise<string> {
  const bundle = await loadWorkflowBundle(interceptorModules, logger);
  if (!('codePath' in bundle)) throw new Error('the bundle was not kept on disk');
  return bundle.codePath;
}

describe('the workflow bundle', () => {
  test('is built once and found again', async () => {
    const first = await pathOf();
    const { mtimeMs } = await stat(first);
    expect(await pathOf()).toBe(first);
    expect((await stat(first)).mtimeMs).toBe(mtimeMs);
  });

  test('exports every workflow, and holds nothing heavy', async () => {
    // The source map at the end quotes the sources and is no code.
    const [code = ''] = (await readFile(await pathOf(), 'utf8')).split('//# sourceMappingURL');
    for (const workflow of ['processOrder', 'amendOrder', 'refuseOrder']) expect(code).toContain(workflow);
    for (const library of ['node_modules/zod', 'node_modules/drizzle-orm', 'node_modules/pino']) {
      expect(code).not.toContain(library);
    }
  });
});
