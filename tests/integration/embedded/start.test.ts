/** What a person relies on with `npm start`: it says what is wrong, leaves nothing behind, and loses nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { signalProcess } from '../../../embedded/process-table.ts';
import { createHome, destroyHome, NpmStart, processesOf, type Home } from '../../support/npm-start.ts';
import { waitFor } from '../../support/stack.ts';

const START_TIMEOUT_MS = 150_000;

describe('npm start that cannot start', () => {
  let home: Home;
  beforeAll(async () => {
    home = await createHome();
  });
  afterAll(() => destroyHome(home));
  afterEach(() => expect(processesOf(home)).toEqual([]));

  test('names everything that is wrong with the environment at once', async () => {
    const start = new NpmStart(home, ['--workers', '0'], {
      API_PORT: '99999',
      SMTP_PORT: home.env.MAIL_PORT,
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://user:verysecret@127.0.0.1/shop',
    });
    expect(await start.exited).toBe(1);
    for (const variable of ['API_PORT', 'LOG_LEVEL', 'DATABASE_URL', 'ORDER_WORKERS'])
      expect(start.output).toMatch(new RegExp(`^  ${variable}: `, 'm'));
    expect(start.output).not.toContain('verysecret');
  });

  test('names two variables that want the same port', async () => {
    const start = new NpmStart(home, [], { SMTP_PORT: home.env.MAIL_PORT });
    expect(await start.exited).toBe(1);
    expect(start.output).toContain(`MAIL_PORT: ${home.env.MAIL_PORT} is the port of SMTP_PORT already`);
  });

  test('names the variable and the holder of every port that is taken, and starts nothing', async () => {
    const ports = [Number(home.env.CARRIER_PORT), Number(home.env.API_PORT)];
    const holders = ports.map((port) => createServer().listen(port, '127.0.0.1'));
    try {
      const start = new NpmStart(home);
      expect(await start.exited).toBe(1);
      expect(start.output).toContain(`CARRIER_PORT: port ${ports[0]} is taken by process ${process.pid}`);
      expect(start.output).toContain(`API_PORT: port ${ports[1]} is taken by process ${process.pid}`);
      expect(existsSync(join(home.directory, 'temporal'))).toBe(false);
    } finally {
      for (const holder of holders) holder.close();
    }
  });

  test(
    'stops what was started when a later part fails',
    async () => {
      const start = new NpmStart(home, [], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
      expect(await start.exited).toBe(1);
      expect(start.output).toContain('PostgreSQL');
      expect(start.output).toMatch(/TEMPORAL_ADDRESS \(127\.0\.0\.1:1.*cannot be used/);
    },
    START_TIMEOUT_MS,
  );

  test(
    'leaves nothing behind when it is stopped while it starts',
    async () => {
      const start = new NpmStart(home);
      await start.says(/PostgreSQL/);
      start.signal('SIGINT');
      expect(await start.exited).toBe(0);
      expect(start.output).toContain('nothing runs');
    },
    START_TIMEOUT_MS,
  );

  test('explains itself, and what it does not know', async () => {
    const help = new NpmStart(home, ['--help']);
    expect(await help.exited).toBe(0);
    expect(help.output).toContain('--fresh');
    expect(help.output).toMatch(/--workers N.*auto/);
    const wrong = new NpmStart(home, ['--frehs']);
    expect(await wrong.exited).toBe(2);
    expect(wrong.output).toContain('--frehs');
  });
});

describe('npm start, stopped and killed', () => {
  let home: Home;
  let start: NpmStart;
  const orders: string[] = [];
  beforeAll(async () => {
    home = await createHome();
    start = new NpmStart(home);
    await start.started();
  }, START_TIMEOUT_MS);
  afterAll(() => destroyHome(home));

  const call = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const keys = JSON.parse(readFileSync(join(home.directory, 'demo-keys.json'), 'utf8')) as {
      customer: string;
    };
    const response = await fetch(`http://127.0.0.1:${home.env.API_PORT}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${keys.customer}`,
        'content-type': 'application/json',
        'idempotency-key': `start-test-${orders.length}`,
      },
      body: body ? JSON.stringify(body) : null,
    });
    expect(response.ok).toBe(true);
    return (await response.json()) as Record<string, unknown>;
  };
  /** Places an order with the printed command's own body. */
  const placeOrder = async (): Promise<void> => {
    const body = /-d '(.*)'/.exec(start.output)?.[1] ?? '';
    const order = await call('/v1/orders', JSON.parse(body) as object);
    orders.push(String(order['id']));
  };
  const restart = async (): Promise<void> => {
    start = new NpmStart(home);
    await start.started();
  };
  const expectOrdersToComplete = (): Promise<unknown> =>
    waitFor(
      async () => {
        const found = await Promise.all(orders.map((id) => call(`/v1/orders/${id}`)));
        return found.every((order) => order['status'] === 'completed');
      },
      { timeoutMs: 60_000, what: `the orders ${orders.join(', ')} to complete`, intervalMs: 300 },
    );

  test('refuses to run twice in one directory, and says how to stop the other', async () => {
    const second = new NpmStart(home);
    expect(await second.exited).toBe(1);
    expect(second.output).toMatch(/runs in this directory already: process \d+, since .* kill \d+/);
  });

  test(
    'keeps an order that was under way when it was stopped',
    async () => {
      await placeOrder();
      start.signal('SIGTERM');
      expect(await start.exited).toBe(0);
      expect(processesOf(home)).toEqual([]);
      await restart();
      await expectOrdersToComplete();
    },
    START_TIMEOUT_MS,
  );

  test(
    'starts a process again that has died',
    async () => {
      for (const part of ['src/workers/relay.main.ts', 'postgres']) {
        const victim = processesOf(home).find(({ command }) =>
          command.split(' ').some((word) => word.endsWith(part)),
        );
        expect(victim).toBeDefined();
        signalProcess(victim?.pid ?? 0, 'SIGKILL');
      }
      await start.says(/relay runs again/);
      await start.says(/postgres runs again/);
      await placeOrder();
    },
    START_TIMEOUT_MS,
  );

  test(
    'keeps an order that was under way when everything was killed',
    async () => {
      for (const { pid } of processesOf(home)) signalProcess(pid, 'SIGKILL');
      signalProcess(start.pid, 'SIGKILL');
      await waitFor(() => processesOf(home).length === 0, {
        timeoutMs: 10_000,
        what: 'the end of everything',
      });
      await restart();
      await expectOrdersToComplete();
    },
    START_TIMEOUT_MS,
  );

  test(
    'clears what is left when only the stack itself was killed',
    async () => {
      const supervisor = JSON.parse(readFileSync(join(home.directory, 'start.json'), 'utf8')) as {
        pid: number;
      };
      signalProcess(supervisor.pid, 'SIGKILL');
      await start.exited;
      await restart();
      expect(start.output).toMatch(/Stopped what an earlier start had left behind: .*postgres/);
      await expectOrdersToComplete();
      start.signal('SIGHUP');
      expect(await start.exited).toBe(0);
      expect(processesOf(home)).toEqual([]);
    },
    START_TIMEOUT_MS,
  );

  test(
    'starts empty when asked to, and says what it removed',
    async () => {
      start = new NpmStart(home, ['--fresh']);
      await start.started();
      expect(start.output).toMatch(/Removed the data of earlier starts:\n(.*\n)*.*temporal/);
      expect(await call('/v1/orders')).toMatchObject({ items: [] });
      start.signal('SIGINT');
      expect(await start.exited).toBe(0);
    },
    START_TIMEOUT_MS,
  );
});
