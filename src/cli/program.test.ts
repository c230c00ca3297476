import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from './program.ts';

/** Nothing listens on the discard port. */
const NOBODY = 'http://127.0.0.1:9';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saga-cli-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

interface Run {
  readonly exitCode: number;
  readonly out: string;
  readonly remarks: string;
}

async function run(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = { ORDER_SAGA_URL: NOBODY, ORDER_SAGA_API_KEY: 'key' },
  projectDirectory = directory,
): Promise<Run> {
  let out = '';
  const remarks: string[] = [];
  const exitCode = await runCli(words, {
    environment,
    projectDirectory,
    writeOut: (text) => {
      out += text;
    },
    remark: (line) => remarks.push(line),
    signal: new AbortController().signal,
  });
  return { exitCode, out, remarks: remarks.join('\n') };
}

const COMMANDS = [
  ['orders', 'list'],
  ['orders', 'show'],
  ['orders', 'explain'],
  ['orders', 'events'],
  ['attention', 'list'],
  ['orders', 'cancel'],
  ['orders', 'refund'],
  ['orders', 'hold'],
  ['orders', 'release'],
  ['orders', 'retry'],
  ['orders', 'skip-mail'],
  ['orders', 'resolve'],
  ['orders', 'resend'],
  ['orders', 'reroute'],
  ['orders', 'change-address'],
  ['actions', 'list'],
  ['approvals', 'list'],
  ['approvals', 'approve'],
  ['approvals', 'decline'],
  ['bulk', 'preview'],
  ['bulk', 'start'],
  ['bulk', 'list'],
  ['bulk', 'show'],
  ['bulk', 'pause'],
  ['bulk', 'resume'],
  ['bulk', 'stop'],
  ['bulk', 'approve'],
  ['bulk', 'decline'],
  ['inventory', 'show'],
  ['inventory', 'adjust'],
  ['items', 'put'],
  ['items', 'show'],
  ['dead-letters', 'list'],
  ['dead-letters', 'redrive'],
  ['events', 'replay'],
  ['projections', 'rebuild'],
  ['waiting-rooms', 'put'],
  ['waiting-rooms', 'show'],
  ['waiting-rooms', 'list'],
  ['worker-versions', 'list'],
  ['worker-versions', 'promote'],
  ['worker-versions', 'rollback'],
  ['worker-versions', 'move'],
  ['import-retail'],
  ['completions'],
];

describe('help', () => {
  test('of the tool names its environment and exit codes', async () => {
    const { exitCode, out } = await run(['--help']);
    expect(exitCode).toBe(0);
    for (const part of ['ORDER_SAGA_URL', 'ORDER_SAGA_API_KEY', 'Exit codes']) expect(out).toContain(part);
  });

  test.each(COMMANDS)('of %s %s has --json and an example of itself', async (...words) => {
    const given = words.filter((word) => word !== undefined);
    const { exitCode, out } = await run([...given, '--help']);
    expect(exitCode).toBe(0);
    expect(out).toContain('--json');
    expect(out).toContain(`$ npm run saga -- ${given.join(' ')} `);
  });

  test('of the import names source, licence, columns and how to get the file', async () => {
    const { out } = await run(['import-retail', '--help']);
    for (const part of ['10.24432/C5BW33', 'CC BY 4.0', 'InvoiceNo, StockCode', 'read_excel']) {
      expect(out).toContain(part);
    }
  });
});

describe('wrong use ends with 2', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no command', [], /Usage/],
    ['an unknown command', ['frobnicate'], /unknown command/],
    ['an unknown option', ['orders', 'list', '--colour'], /unknown option/],
    ['a missing argument', ['orders', 'show'], /missing required argument/],
    ['a missing option', ['orders', 'cancel', 'ord_1'], /--reason/],
    ['a hold without a reason', ['orders', 'hold', 'ord_1'], /--reason/],
    [
      'an outcome that nothing can have',
      [
        'orders',
        'resolve',
        'o',
        '--reason',
        'r',
        '--operation',
        'k',
        '--evidence',
        'e',
        '--outcome',
        'perhaps',
      ],
      /Allowed choices/,
    ],
    [
      'an address that is not there',
      ['orders', 'change-address', 'ord_1', '--reason', 'r', '--address', 'missing.json'],
      /missing\.json cannot be read as JSON/,
    ],
    ['an unknown status', ['orders', 'list', '--status', 'gone'], /Allowed choices/],
    ['a limit that is no number', ['orders', 'list', '--limit', 'x'], /above zero/],
    ['a refund of nothing', ['orders', 'refund', 'ord_1', '--reason', 'r'], /--amount MINOR, or --line/],
    [
      'a refund by amount and line',
      ['orders', 'refund', 'ord_1', '--reason', 'r', '--amount', '5', '--line', '1:1'],
      /not both/,
    ],
    ['a line without quantity', ['orders', 'refund', 'o', '--reason', 'r', '--line', '1'], /such as 1:2/],
    [
      'an adjustment by nothing',
      ['inventory', 'adjust', 'A', '--location', 'main', '--quantity', '0', '--reason', 'r'],
      /not be zero/,
    ],
    ['a price with a point', ['items', 'put', 'A', '--name', 'n', '--price', 'GBP=2.55'], /GBP=255/],
    [
      'a currency given twice',
      ['items', 'put', 'A', '--name', 'n', '--price', 'GBP=1', '--price', 'GBP=2'],
      /GBP is given twice/,
    ],
    [
      'a rate below zero',
      ['waiting-rooms', 'put', 'r', '--name', 'n', '--sku', 'A', '--rate', '-1'],
      /such as 20 or 0.5/,
    ],
    [
      'an item given twice',
      ['waiting-rooms', 'put', 'r', '--name', 'n', '--rate', '1', '--sku', 'A', '--sku', 'A'],
      /A is given twice/,
    ],
    ['a promotion of nothing', ['worker-versions', 'promote'], /either a version or --unversioned/],
    ['a version that none can be', ['worker-versions', 'promote', "o'clock"], /such as 0\.1\.0/],
    ['more than all orders', ['worker-versions', 'promote', '0.1.0', '--percent', '101'], /1 to 100/],
    [
      'a part of the orders to no version',
      ['worker-versions', 'promote', '--unversioned', '--percent', '5'],
      /--percent is for a version/,
    ],
    ['a move to nowhere', ['worker-versions', 'move', '--from', '0.1.0'], /--to <version>/],
    ['a move to itself', ['worker-versions', 'move', '--from', '1', '--to', '1'], /the same version/],
    [
      'a bulk of nobody knows which orders',
      ['bulk', 'start', '--action', 'hold', '--reason', 'r'],
      /a condition such as --status or --sku, or --order/,
    ],
    [
      'a bulk of named orders and of a filter',
      ['bulk', 'preview', '--action', 'hold', '--order', 'ord_1', '--sku', 'A'],
      /not both/,
    ],
    [
      'a bulk of a file that is not there',
      ['bulk', 'preview', '--action', 'hold', '--orders-file', 'missing.txt'],
      /missing\.txt cannot be read/,
    ],
    [
      'a bulk of what many cannot share',
      ['bulk', 'preview', '--action', 'reroute', '--sku', 'A'],
      /Allowed choices/,
    ],
    ['a bulk without a reason', ['bulk', 'start', '--action', 'hold', '--sku', 'A'], /--reason/],
    ['a watch that takes the order for a number', ['orders', 'explain', '--watch', 'ord_1'], /--watch last/],
    ['completions for a shell that is none', ['completions', 'tcsh'], /Allowed choices/],
    ['a speed below zero', ['import-retail', 'f.csv', '--speed', '-1'], /max or a number/],
    ['a file that is not there', ['import-retail', 'missing.csv'], /missing\.csv cannot be read/],
  ];

  test.each(cases)('%s', async (_what, words, message) => {
    const { exitCode, out, remarks } = await run(words);
    expect(exitCode).toBe(2);
    expect(remarks).toMatch(message);
    expect(out).toBe('');
  });

  test.each(cases)('%s, as one JSON document', async (_what, words) => {
    const { exitCode, out } = await run([...words, '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'WRONG_USE' } });
  });

  test('a file that is not the data set, named with its first line', async () => {
    const path = join(directory, 'other.csv');
    await writeFile(path, 'a;b;c\n1;2;3\n');
    const { exitCode, remarks } = await run(['import-retail', path]);
    expect(exitCode).toBe(2);
    expect(remarks).toMatch(/line 1: has 1 columns.*Expected columns: InvoiceNo/);
  });

  test('an address that is none', async () => {
    const { exitCode, remarks } = await run(['orders', 'list'], { ORDER_SAGA_URL: 'localhost:3000' });
    expect(exitCode).toBe(2);
    expect(remarks).toMatch(/ORDER_SAGA_URL is "localhost:3000"/);
  });
});

test('takes a path from where the person is, though npm runs the tool in the project', async () => {
  const { remarks } = await run(['import-retail', 'missing.csv'], {
    npm_lifecycle_event: 'saga',
    INIT_CWD: directory,
  });
  expect(remarks).toContain(`${join(directory, 'missing.csv')} cannot be read`);
});

describe('nobody answers', () => {
  test('ends with 1, the address and what to do', async () => {
    const { exitCode, out, remarks } = await run(['orders', 'list', '--json']);
    expect(exitCode).toBe(1);
    expect(remarks).toContain(`No answer from the order service at ${NOBODY}`);
    expect(remarks).toContain('npm start');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'UNREACHABLE' } });
  });

  test('or Temporal, where that is asked: ends with 2, because nothing is known', async () => {
    const { exitCode, out, remarks } = await run(['worker-versions', 'list', '--json'], {
      TEMPORAL_ADDRESS: '127.0.0.1:9',
    });
    expect(exitCode).toBe(2);
    expect(remarks).toContain('No answer from Temporal at 127.0.0.1:9. Set TEMPORAL_ADDRESS');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'COULD_NOT_CHECK' } });
  });

  test('says the key to repeat a request with before it sends one', async () => {
    const { remarks } = await run(['orders', 'cancel', 'ord_1', '--reason', 'r']);
    expect(remarks).toMatch(/--idempotency-key saga-[0-9a-f-]{36}\n[\s\S]*No answer/);
  });
});

describe('without ORDER_SAGA_API_KEY', () => {
  async function withDemoKeys(content: string): Promise<string> {
    const project = await mkdtemp(join(directory, 'project-'));
    await mkdir(join(project, '.order-saga'));
    await writeFile(join(project, '.order-saga', 'demo-keys.json'), content);
    return project;
  }
  const keys = JSON.stringify({ operator: 'op-key', importer: 'import-key' });

  test('takes the operator’s demo key for an API on this machine, and says so', async () => {
    const { exitCode, remarks } = await run(
      ['orders', 'list'],
      { ORDER_SAGA_URL: NOBODY },
      await withDemoKeys(keys),
    );
    expect(exitCode).toBe(1);
    expect(remarks).toContain('using the demo key "operator"');
    expect(remarks).not.toContain('op-key');
  });

  test('takes the importer’s demo key for an import', async () => {
    const path = join(directory, 'one.csv');
    await writeFile(path, '700001,A1,LANTERN,6,01/12/2010 08:26,2.55,90001,France\n');
    const { remarks } = await run(
      ['import-retail', path],
      { ORDER_SAGA_URL: NOBODY },
      await withDemoKeys(keys),
    );
    expect(remarks).toContain('using the demo key "importer"');
  });

  test('never sends a demo key to another machine', async () => {
    const environment = { ORDER_SAGA_URL: 'http://orders.example.com' };
    const { exitCode, remarks } = await run(['orders', 'list'], environment, await withDemoKeys(keys));
    expect(exitCode).toBe(2);
    expect(remarks).toContain('ORDER_SAGA_API_KEY is not set');
  });

  test('ends with 2 when no stack was ever started here', async () => {
    const { exitCode, remarks } = await run(['orders', 'list'], { ORDER_SAGA_URL: NOBODY });
    expect(exitCode).toBe(2);
    expect(remarks).toMatch(/ORDER_SAGA_API_KEY is not set.*npm start/);
  });

  test.each([
    ['there is no demo key of the role', '{}', /ORDER_SAGA_API_KEY is not set.*npm start/],
    ['the demo keys are damaged', '{ "operator', /demo-keys\.json is not what `npm start` writes/],
  ])('ends with 2 when %s', async (_what, content, message) => {
    const { exitCode, remarks } = await run(
      ['orders', 'list'],
      { ORDER_SAGA_URL: NOBODY },
      await withDemoKeys(content),
    );
    expect(exitCode).toBe(2);
    expect(remarks).toMatch(message);
  });
});
