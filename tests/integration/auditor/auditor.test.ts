/** The auditor finds nothing in a shop in order, and each promise that is broken on purpose, by the one check that is for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import postgres from 'postgres';
import { CHECKS } from '../../../src/auditor/checks/index.ts';
import { INVARIANTS, type AuditReport, type Violation } from '../../../src/auditor/report.ts';
import type { AuditOptions } from '../../../src/auditor/audit.ts';
import { waitFor } from '../../support/stack.ts';
import { AuditedShop, type ChangeList } from './audited-shop.ts';
import { BROKEN_PROMISES, type BrokenPromise } from './broken-promises.ts';

jest.setTimeout(600_000);

/** Broken at the real Temporal and the real provider, by the tests at the end of this file. */
const BROKEN_OUTSIDE = [
  'a workflow has its order',
  'an order that ended has no workflow',
  'one workflow places an order',
  'an order that is not at its end has a workflow',
];

let shop: AuditedShop;
beforeAll(async () => {
  shop = await AuditedShop.open();
});
afterAll(() => shop.close());

async function run(url: string, statements: readonly string[]): Promise<void> {
  const superuser = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    for (const statement of statements) await superuser.unsafe(statement);
  } finally {
    await superuser.end();
  }
}

/** What the statement of a violation shows, to the auditor's own login. */
async function shownBy({ sql }: Violation, auditorUrl: string): Promise<number> {
  const auditor = postgres(auditorUrl, { max: 1 });
  try {
    return (await auditor.unsafe(sql)).length;
  } finally {
    await auditor.end();
  }
}

async function auditBroken({ statements, payments, carrier, options }: BrokenPromise): Promise<{
  readonly report: AuditReport;
  readonly shown: readonly number[];
}> {
  const { orders, skus } = shop;
  const scene = { orders, skus };
  const keep: ChangeList = (items) => items;
  return shop.withCopy(async (superuserUrl, auditorUrl) => {
    await run(superuserUrl, statements?.(scene) ?? []);
    return shop.withList('payments', payments?.(scene) ?? keep, (payment) =>
      shop.withList('carrier', carrier?.(scene) ?? keep, async (carriers) => {
        const report = await shop.audit(auditorUrl, { ...payment, ...carriers, ...options });
        const shown = await Promise.all(report.violations.map((violation) => shownBy(violation, auditorUrl)));
        return { report, shown };
      }),
    );
  });
}

const named = ({ violations }: AuditReport): string[] => [...new Set(violations.map(({ check }) => check))];

test('finds nothing in a shop with orders of every kind, and says what it looked at', async () => {
  const report = await shop.withCopy((_superuser, auditor) => shop.audit(auditor));
  expect(report.violations).toEqual([]);
  expect(report.checks.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  // What nothing is held against proves nothing; only what is in flight may be none.
  const idle = report.checks.filter(({ checked }) => checked === 0).map(({ name }) => name);
  expect(
    idle.filter(
      (name) =>
        !['the outbox drains', 'what waits to be published is the end of what happened'].includes(name),
    ),
  ).toEqual([]);
});

describe('every promise', () => {
  test('has a check of its own name', () => {
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
    expect(INVARIANTS.filter((invariant) => !CHECKS.some((check) => check.invariant === invariant))).toEqual(
      [],
    );
  });

  test('is broken by a test, for each check', () => {
    const broken = [...BROKEN_PROMISES.map(({ check }) => check), ...BROKEN_OUTSIDE];
    expect(CHECKS.map(({ name }) => name).filter((name) => !broken.includes(name))).toEqual([]);
  });
});

describe('notices', () => {
  test.each(BROKEN_PROMISES.map((promise) => [promise.what, promise.check, promise] as const))(
    '%s: %s, and nothing else',
    async (_what, check, promise) => {
      const { report, shown } = await auditBroken(promise);
      expect(named(report)).toEqual([check]);
      for (const { ids, message } of report.violations) {
        expect(Object.values(ids).every((id) => id.length > 0)).toBe(true);
        expect(message.length).toBeGreaterThan(5);
      }
      expect(shown).toHaveLength(report.violations.length);
    },
  );
});

describe('looks', () => {
  test('again at what may be under way, and says nothing of what is gone by then', async () => {
    let lists = 0;
    const lateOnce: ChangeList = (items) => ((lists += 1) === 1 ? items.slice(1) : items);
    const report = await shop.withCopy((_superuser, auditor) =>
      shop.withList('payments', lateOnce, (changed) => shop.audit(auditor, changed)),
    );
    expect(lists).toBeGreaterThan(1);
    expect(report.violations).toEqual([]);
  });

  test('away from what happened at a provider a moment ago', async () => {
    const { completed } = shop.orders;
    const now: ChangeList = (items) => [
      ...items,
      {
        key: 'just now',
        kind: 'authorize',
        orderId: completed,
        amountMinor: 1,
        currency: 'GBP',
        status: 'succeeded',
        at: new Date().toISOString(),
      },
    ];
    const judge = (graceMs: number) =>
      shop.withCopy((_superuser, auditor) =>
        shop.withList('payments', now, (changed) => shop.audit(auditor, { ...changed, graceMs })),
      );
    expect(named(await judge(600_000))).toEqual([]);
    expect(named(await judge(0))).toEqual(['what the payment provider did is recorded']);
  });

  test('at nothing when a system cannot be read, and says so', async () => {
    const away: Partial<AuditOptions> = { carrier: { url: 'http://127.0.0.1:1', apiKey: 'x' } };
    await expect(shop.withCopy((_superuser, auditor) => shop.audit(auditor, away))).rejects.toThrow(
      'http://127.0.0.1:1 does not answer',
    );
  });
});

describe('the login of the auditor', () => {
  test.each([
    `INSERT INTO locations (id, name, priority) VALUES ('x', 'x', 9)`,
    'UPDATE stock SET reserved = 0',
    'DELETE FROM outbox',
    'TRUNCATE projections.order_summaries',
    'CREATE TABLE mine (id text)',
    'CREATE TABLE projections.mine (id text)',
    'DROP TABLE outbox',
    'SELECT email FROM order_contacts',
    'SELECT key_hash FROM api_keys',
  ])('cannot %s', async (statement) => {
    const auditor = postgres(shop.lab.addresses.env['AUDIT_DATABASE_URL'] ?? '', { max: 1 });
    try {
      // Its own setting could be turned off; what it was never granted could not.
      await auditor`SET default_transaction_read_only = off`;
      await expect(auditor.unsafe(statement)).rejects.toThrow(/permission denied|must be owner/);
    } finally {
      await auditor.end();
    }
  });

  test('is refused when it could write', async () => {
    await expect(shop.withCopy((superuser) => shop.audit(superuser))).rejects.toThrow('could write');
  });
});

describe('the tool', () => {
  const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');
  const tool = async (words: readonly string[], env: Readonly<Record<string, string>>) => {
    const child = spawn(process.execPath, [MAIN, 'audit', ...words], {
      env: { PATH: process.env['PATH'], ...shop.lab.addresses.env, AUDIT_GRACE_MS: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { exitCode, stdout, stderr };
  };

  test('answers 0 for a shop in order, and 1 with all that is wrong for one that is not', async () => {
    const { completed } = shop.orders;
    await shop.withCopy(async (superuserUrl, auditorUrl) => {
      const env = { AUDIT_DATABASE_URL: auditorUrl };
      const { exitCode, stdout } = await tool(['--json'], env);
      expect(JSON.parse(stdout)).toMatchObject({ violations: [] });
      expect(exitCode).toBe(0);
      await run(superuserUrl, [`UPDATE orders SET version = version + 1 WHERE id = '${completed}'`]);
      const broken = await tool([], env);
      expect(broken.exitCode).toBe(1);
      expect(broken.stdout).toContain('I18 events are 1..n and n is the version');
      expect(broken.stdout).toContain(`orderId ${completed}`);
      expect(broken.stdout).toContain('SELECT sequence, type');
    });
  });

  test('answers 2 when something cannot be read, or is not set', async () => {
    const unreachable = await tool(['--json'], { CARRIER_URL: 'http://127.0.0.1:1' });
    expect(unreachable.exitCode).toBe(2);
    expect(JSON.parse(unreachable.stdout)).toMatchObject({ error: { code: 'COULD_NOT_CHECK' } });
    const incomplete = await tool([], { CARRIER_URL: '' });
    expect(incomplete.exitCode).toBe(2);
    expect(incomplete.stderr).toContain('CARRIER_URL');
  });
});

describe('the scheduled audit', () => {
  const runJob = async (run: string): Promise<void> => {
    const { admin } = shop.lab.addresses.keys;
    const answer = await shop.lab.request('POST', '/v1/ops/jobs/audit/runs', {
      idempotencyKey: run,
      key: admin,
    });
    expect(answer).toMatchObject({ status: 202 });
  };
  const causesOf = async (orderId: string): Promise<readonly string[]> =>
    (await shop.lab.order(orderId)).attentions.map(({ code }) => code);

  test('calls a person to an order that it names, until it is put right', async () => {
    const { customers } = shop.orders;
    const { databaseUrl } = shop.lab.addresses;
    const fingerprint = (value: string) => [
      `UPDATE orders SET fingerprint = ${value} WHERE id = '${customers}'`,
    ];
    await run(databaseUrl, fingerprint(`'x' || fingerprint`));
    await runJob('audit-broken');
    await shop.lab.until(
      customers,
      'in need of a person',
      ({ attention }) => attention?.code === 'AUDIT_VIOLATION',
    );
    expect((await shop.lab.order(customers)).attention?.message).toContain(
      'I22 an order and the answer about it come from one request',
    );
    await run(databaseUrl, fingerprint('substr(fingerprint, 2)'));
    await runJob('audit-mended');
    await waitFor(async () => (await causesOf(customers)).length === 0, {
      timeoutMs: 60_000,
      what: 'the order to be let go',
    });
  });
});

/** These break the shop for good, so they come last, and in this order. */
describe('notices at the real systems', () => {
  const auditNow = (backlogMs = 0): Promise<AuditReport> =>
    shop.withCopy((_superuser, auditor) => shop.audit(auditor, { backlogMs, looks: 1 }));
  /** Temporal's list follows a moment after what it lists. */
  const untilNamed = (checks: readonly string[], backlogMs?: number): Promise<boolean> =>
    waitFor(async () => JSON.stringify(named(await auditNow(backlogMs))) === JSON.stringify(checks), {
      timeoutMs: 60_000,
      what: `the audit to name ${checks.join(', ') || 'nothing'}`,
    });

  test.each([
    ['a workflow has its order', () => 'ord_nobody'],
    ['an order that ended has no workflow', () => shop.orders.completed],
  ])('%s', async (check, workflowId) => {
    await shop.atTemporal(async (client) => {
      const handle = await client.workflow.start('nobodyKnowsIt', {
        workflowId: workflowId(),
        taskQueue: 'orders',
      });
      await untilNamed([check]);
      await handle.terminate('test');
      await untilNamed([]);
    });
  });

  test('an order that is placed twice', async () => {
    await shop.atTemporal(async (client) => {
      const workflowId = shop.orders.completed;
      const handle = await client.workflow.start('processOrder', { workflowId, taskQueue: 'orders' });
      await untilNamed(['one workflow places an order'], 600_000);
      await handle.terminate('test');
      await untilNamed([]);
    });
  });

  test('an order whose workflow was ended by hand', async () => {
    await shop.atTemporal(async (client) => {
      await client.workflow.getHandle(shop.orders.fulfilling).terminate('test');
      await untilNamed(['an order that is not at its end has a workflow']);
    });
  });

  test('an operation that was made at the provider by hand', async () => {
    const { paymentProviderUrl, env } = shop.lab.addresses;
    const before = named(await auditNow());
    const answer = await fetch(`${paymentProviderUrl}/v1/authorizations`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${env['PAYMENT_PROVIDER_API_KEY']}`,
        'idempotency-key': 'by-hand',
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        orderId: shop.orders.completed,
        amountMinor: 100,
        currency: 'GBP',
        paymentToken: 'tok_visa',
      }),
    });
    expect(answer.status).toBe(200);
    const after = await auditNow();
    expect(named(after).filter((check) => !before.includes(check))).toEqual([
      'what the payment provider did is recorded',
    ]);
    expect(after.violations).toContainEqual(
      expect.objectContaining({ invariant: 'I10', ids: { key: 'by-hand', orderId: shop.orders.completed } }),
    );
  });
});
