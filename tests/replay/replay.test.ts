/** Orders that were begun by an earlier version are carried on by this one: every recorded history replays. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../../src/config/temporal.ts';
import { BRANCHES } from './branches.ts';
import { fromFileForm } from './history-file.ts';

// Long enough for a busy machine: thirty orders are lived through once more.
jest.setTimeout(180_000);

interface RecordedHistory {
  readonly workflowId: string;
  readonly history: ReturnType<typeof fromFileForm>;
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const logger = new DefaultLogger('ERROR');
Runtime.install({ logger });

const bundle = (workflowsPath: string): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath: path(workflowsPath),
    failureConverterPath: FAILURE_CONVERTER_PATH,
    logger,
  });

async function read(name: string): Promise<RecordedHistory> {
  const file = await readFile(path(`histories/${name}.json`), 'utf8');
  const { workflowId, history } = JSON.parse(file) as { workflowId: string; history: unknown };
  return { workflowId, history: fromFileForm(history) };
}

/** @returns what is wrong with the replay of each, by name; null where nothing is */
async function replay(
  workflowBundle: WorkflowBundleWithSourceMap,
  names: readonly string[],
): Promise<Record<string, string | null>> {
  const histories = await Promise.all(names.map(read));
  const wrong: Record<string, string | null> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    const name = names[histories.findIndex((recorded) => recorded.workflowId === workflowId)];
    wrong[name ?? workflowId] = error === undefined ? null : error.name;
  }
  return wrong;
}

/** The names of the histories in a folder. */
async function recordedIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(path(folder));
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''))
    .toSorted();
}

const names = Object.keys(BRANCHES).toSorted();
/** Of stories before the present one, the branches that go another way in it. */
const OLDER = ['story-1', 'story-3', 'story-4'];

describe('the recorded histories', () => {
  let present: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    present = await bundle('../../src/workflows/index.ts');
  });

  test('are one of every branch, and no other', async () => {
    expect(await recordedIn('histories')).toEqual(names);
  });

  test('replay on the workflows as they are', async () => {
    expect(await replay(present, names)).toEqual(Object.fromEntries(names.map((name) => [name, null])));
  });

  test.each(OLDER)('of orders that began with %s replay as well', async (story) => {
    const older = (await recordedIn(`histories/${story}`)).map((name) => `${story}/${name}`);
    expect(older).not.toEqual([]);
    expect(await replay(present, older)).toEqual(Object.fromEntries(older.map((name) => [name, null])));
  });

  test('tell when a workflow does another thing than it did', async () => {
    const changed = await bundle('changed-story.ts');
    const before = ['completed', 'two-locations', 'cancelled-while-captured'];
    expect(await replay(changed, before)).toEqual(
      Object.fromEntries(before.map((name) => [name, 'DeterminismViolationError'])),
    );
    // An order that ended before it came to that is carried on all the same.
    expect(await replay(changed, ['out-of-stock'])).toEqual({ 'out-of-stock': null });
  });
});
