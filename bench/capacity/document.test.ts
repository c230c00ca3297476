/** deploy/capacity.md says what the program says, and its commands work. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { PROJECT_DIRECTORY } from '../../embedded/node-program.ts';
import { TEMPORAL_CLOUD_ACTIONS } from './bill.ts';
import { DOCUMENT, documentWithTables, MEASUREMENTS } from './document.ts';
import { calibrate } from './calibration.ts';
import { readMeasurements } from './measurements.ts';

jest.setTimeout(300_000);

const PROGRAM = join(import.meta.dirname, 'capacity.main.ts');
const page = readFileSync(DOCUMENT, 'utf8');
const commands = [...page.matchAll(/^npm run capacity(?: -- ([^#\n]+))?/gm)]
  .map(([, words = '']) => words.trim())
  .filter((words) => !words.includes('--measurements'));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...words: readonly string[]): Promise<Run> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, ...words], {
      env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Run;
  }
}

test('the page has the tables that the program makes; if not: npm run capacity -- --write', async () => {
  expect(page).toBe(await documentWithTables());
});

test('the actions of Temporal Cloud are those in the history of a completed order', () => {
  const file = join(PROJECT_DIRECTORY, 'tests/replay/histories/completed.json');
  const { history } = JSON.parse(readFileSync(file, 'utf8')) as {
    history: { events: readonly { eventType: string; [attributes: string]: unknown }[] };
  };
  const types = history.events.map(({ eventType }) => eventType.replace('EVENT_TYPE_', ''));
  const count = (...wanted: readonly string[]): number =>
    types.filter((type) => wanted.includes(type)).length;
  // All local activities of one workflow task are one action.
  const tasksWithMarkers = types.filter(
    (type, index) => type === 'MARKER_RECORDED' && types[index - 1] !== 'MARKER_RECORDED',
  ).length;
  expect(
    tasksWithMarkers +
      count(
        'WORKFLOW_EXECUTION_STARTED',
        'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
        'WORKFLOW_EXECUTION_SIGNALED',
        'ACTIVITY_TASK_SCHEDULED',
        'TIMER_STARTED',
      ),
  ).toBe(TEMPORAL_CLOUD_ACTIONS);
});

describe('the program', () => {
  /** Nothing is, when the machine that the project was measured on had something else to do. */
  const mayPredict = calibrate(readMeasurements(MEASUREMENTS), 1_000, 1).refusals.length === 0;

  test('is shown in the page', () => {
    expect(commands.length).toBeGreaterThan(3);
  });

  test.each(commands)('does what the page shows: %s', async (words) => {
    const args = words.split(' ').filter((word) => word !== '');
    const { code, stdout } = await run(...args, ...(args.includes('--help') ? [] : ['--orders', '1000']));
    expect([code, stdout === '']).toEqual([args.includes('--help') || mayPredict ? 0 : 1, false]);
    expect(stdout.includes('Simulated at')).toBe(mayPredict && args.includes('--rate'));
  });

  test('names every option that is wrong, and how to use it', async () => {
    const { code, stdout, stderr } = await run('--rate', '0', '--ceiling', '2', '--cores-api', 'many');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/--rate is .*, not 0/);
    expect(stderr).toMatch(/--ceiling is .*, not 2/);
    expect(stderr).toMatch(/--cores-api is .*, not many/);
    expect(stderr).toContain('Usage: npm run capacity');
  });

  test('says what is missing in a file that holds no measurements', async () => {
    const { code, stderr } = await run('--measurements', join(PROJECT_DIRECTORY, 'package.json'));
    expect(code).toBe(1);
    expect(stderr).toContain('holds no measurements');
    expect(stderr).toContain('npm run -s bench -- --only capacity --json');
  });

  test('gives one document to programs, the same for the same seed', async () => {
    const args = ['--rate', '50', '--orders', '1000', '--json'];
    const [one, other] = [await run(...args), await run(...args)];
    expect(JSON.parse(one.stdout)).toMatchObject({
      calibration: {},
      limits: expect.any(Array),
      cores: {},
    });
    expect(one.stdout).toBe(other.stdout);
  });
});
