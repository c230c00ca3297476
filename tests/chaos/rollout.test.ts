/**
 * A new version of the order worker is rolled out while orders are open, and rolled back: each order ends on the version that
 * began it, and none is lost. Every version is a process of its own with code of its own.
 */
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import type { ManagedProcess } from '../../embedded/managed-process.ts';
import { waitingTasksOf } from '../../embedded/scaling/waiting-tasks.ts';
import { runCli } from '../../src/cli/program.ts';
import type { WorkerVersion, WorkerVersions } from '../../src/cli/worker-versions/worker-deployment.ts';
import { waitFor } from '../support/stack.ts';
import { makeChangedRelease, SECOND_THOUGHT_MS, startWorker } from './rollout/release.ts';
import { auditLab } from './support/audit-lab.ts';
import { ShopLab } from './support/shop-lab.ts';

jest.setTimeout(300_000);

const LONG_MS = 86_400_000;
const PINNED = proto.temporal.api.enums.v1.VersioningBehavior.VERSIONING_BEHAVIOR_PINNED;

let lab: ShopLab;
let connection: Connection;
let changed: string;
let sku: string;
/** Workers beside the one of the shop, by name. */
const workers = new Map<string, ManagedProcess>();
/** Orders by what the tests call them. */
const orders = new Map<string, string>();

beforeAll(async () => {
  lab = await ShopLab.start({
    // The worker that the shop comes with. No job moves an order on: each goes on when its test says so.
    variables: {
      WORKER_BUILD_ID: '1.0',
      RECONCILE_INTERVAL_MS: String(LONG_MS),
      REPAIR_DRIFT_INTERVAL_MS: String(LONG_MS),
      AUDIT_INTERVAL_MS: String(LONG_MS),
    },
    // Temporal looks after a second whether a version has drained, instead of after three minutes.
    temporalSettings: {
      'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '1s',
      'matching.wv.VersionDrainageStatusRefreshInterval': '1s',
    },
  });
  changed = join(lab.directory, 'release-1.1');
  mkdirSync(changed);
  makeChangedRelease(changed);
  connection = await Connection.connect({ address: lab.addresses.temporalAddress });
  await lab.control('carrier', 'PUT', 'speed', { shippedAfterMs: LONG_MS, deliveredAfterMs: LONG_MS });
  sku = await lab.stock({ main: 1_000 });
});
afterAll(async () => {
  await Promise.all([...workers.values()].map((worker) => worker.stop()));
  await connection?.close();
  await lab?.stop();
});

/** Runs `saga worker-versions …`. */
async function saga(
  ...words: readonly string[]
): Promise<{ exitCode: number; out: string; remarks: string }> {
  let out = '';
  const remarks: string[] = [];
  const exitCode = await runCli(['worker-versions', ...words], {
    environment: { TEMPORAL_ADDRESS: lab.addresses.temporalAddress },
    projectDirectory: lab.directory,
    writeOut: (text) => {
      out += text;
    },
    remark: (line) => remarks.push(line),
    signal: new AbortController().signal,
  });
  return { exitCode, out, remarks: remarks.join('\n') };
}

async function versions(...words: readonly string[]): Promise<WorkerVersions> {
  const { exitCode, out, remarks } = await saga(...words, '--json');
  if (exitCode !== 0)
    throw new Error(`worker-versions ${words.join(' ')} ended with ${exitCode}: ${remarks}`);
  return JSON.parse(out) as WorkerVersions;
}

async function versionOf(buildId: string): Promise<WorkerVersion | undefined> {
  return (await versions('list')).versions.find((one) => one.buildId === buildId);
}

/** Temporal's list of workflows and its counts of workers follow a moment later. */
async function untilVersion(buildId: string, state: Partial<WorkerVersion>): Promise<void> {
  await waitFor(
    async () => {
      const version = await versionOf(buildId);
      return Object.entries(state).every(([name, value]) => version?.[name as keyof WorkerVersion] === value);
    },
    { timeoutMs: 120_000, what: `version ${buildId} to be ${JSON.stringify(state)}` },
  );
}

const patience = (what: string) => ({ timeoutMs: 60_000, what });

async function start(name: string, buildId: string, release?: string): Promise<void> {
  workers.set(name, await startWorker(lab, name, buildId, release));
  if (buildId !== '')
    await waitFor(async () => (await versionOf(buildId))?.workers, patience(`${buildId} to be seen`));
}
async function stop(name: string): Promise<void> {
  await workers.get(name)?.stop();
  workers.delete(name);
}

/** Places an order, which then waits for the carrier. */
async function place(name: string): Promise<void> {
  const answer = await lab.insist('POST', '/v1/orders', {
    idempotencyKey: `rollout-${name}`,
    body: lab.orderBody([{ sku, quantity: 1 }]),
  });
  expect(answer.status).toBe(201);
  const orderId = lab.orderIdOf(`rollout-${name}`);
  orders.set(name, orderId);
  await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
}

function idOf(name: string): string {
  return orders.get(name) ?? '';
}

async function deliver(name: string): Promise<void> {
  await lab.control('carrier', 'PUT', 'speed', {
    orderId: idOf(name),
    shippedAfterMs: 0,
    deliveredAfterMs: 0,
  });
}

async function complete(...names: readonly string[]): Promise<void> {
  await Promise.all(names.map(deliver));
  await Promise.all(
    names.map((name) => lab.until(idOf(name), 'completed', ({ status }) => status === 'completed')),
  );
}

/** As Temporal shows it. */
async function runsOn(name: string): Promise<{ buildId: string | null; isPinned: boolean }> {
  const { workflowExecutionInfo } = await connection.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution: { workflowId: idOf(name) },
  });
  const info = workflowExecutionInfo?.versioningInfo;
  return { buildId: info?.deploymentVersion?.buildId ?? null, isPinned: info?.behavior === PINNED };
}

async function hasSecondThought(name: string): Promise<boolean> {
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId: idOf(name) },
  });
  return (history?.events ?? []).some(
    ({ timerStartedEventAttributes: timer }) =>
      optionalTsToMs(timer?.startToFireTimeout) === SECOND_THOUGHT_MS,
  );
}

describe('versions of the order worker', () => {
  test('begin with the first that is promoted, which takes the open orders of workers without one over', async () => {
    await start('worker-without-version', '');
    await place('older');
    expect(await runsOn('older')).toEqual({ buildId: null, isPinned: false });
    expect(await versions('list')).toMatchObject({
      deployment: 'orders',
      current: null,
      ramping: null,
      versions: [{ buildId: '1.0', status: 'inactive', workers: 1, openOrders: 0, lastCurrentAt: null }],
    });
    expect(await versions('promote', '1.0')).toMatchObject({ current: '1.0' });
    await stop('worker-without-version');
    await complete('older');
    expect(await runsOn('older')).toEqual({ buildId: '1.0', isPinned: true });
    await place('first');
    await place('second');
    expect(await runsOn('first')).toEqual({ buildId: '1.0', isPinned: true });
  });

  test('are not promoted before their workers run, nor rolled back to what never was', async () => {
    const { exitCode, out, remarks } = await saga('promote', '1.1', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'REFUSED' } });
    expect(remarks).toMatch(/No worker of version 1\.1 runs.*WORKER_BUILD_ID=1\.1.*workers of 1\.0/);
    const back = await saga('rollback');
    expect(back.exitCode).toBe(1);
    expect(back.remarks).toContain('No other version was the current one before');
    expect(await versions('list')).toMatchObject({ current: '1.0' });
  });

  test('take new orders when they are promoted, while older orders stay where they are', async () => {
    await start('worker-1.1', '1.1', changed);
    await place('third');
    expect(await runsOn('third')).toEqual({ buildId: '1.0', isPinned: true });
    expect(await versions('promote', '1.1', '--percent', '20')).toMatchObject({
      current: '1.0',
      ramping: { buildId: '1.1', percent: 20 },
    });
    expect(await versions('rollback')).toMatchObject({ current: '1.0', ramping: null });
    expect(await versions('promote', '1.1')).toMatchObject({ current: '1.1', ramping: null });
    await place('fourth');
    await place('fifth');
    expect(await runsOn('fourth')).toEqual({ buildId: '1.1', isPinned: true });
    expect([await hasSecondThought('first'), await hasSecondThought('fourth')]).toEqual([false, true]);
    await untilVersion('1.0', { status: 'draining', openOrders: 3 });
    await untilVersion('1.1', { status: 'current', openOrders: 2 });
    const { out } = await saga('list');
    expect(out).toMatch(/1\.0 +│ draining +│ +1 +│ +3 /);
    expect(out).toContain('New orders go to version 1.1.');
    await complete('first');
    expect(await runsOn('first')).toEqual({ buildId: '1.0', isPinned: true });
  });

  test('give new orders back when they are rolled back, and finish what they have begun', async () => {
    expect(await versions('rollback')).toMatchObject({ current: '1.0' });
    await place('sixth');
    expect(await runsOn('sixth')).toEqual({ buildId: '1.0', isPinned: true });
    // Neither a worker of the old version nor one of the new may be missed for long.
    await lab.crash('order-worker-1');
    await complete('second', 'fourth', 'sixth');
    for (const [name, buildId] of [
      ['second', '1.0'],
      ['fourth', '1.1'],
      ['sixth', '1.0'],
    ] as const) {
      expect(await runsOn(name)).toEqual({ buildId, isPinned: true });
      expect(await hasSecondThought(name)).toBe(buildId === '1.1');
    }
  });

  test('that are stopped too early keep their orders waiting, and are counted', async () => {
    await untilVersion('1.1', { status: 'draining', openOrders: 1 });
    await stop('worker-1.1');
    await deliver('fifth');
    const waiting = waitingTasksOf({
      temporalAddress: lab.addresses.temporalAddress,
      namespace: 'default',
      taskQueue: 'orders',
    });
    try {
      await waitFor(
        async () => (await waiting.count(new AbortController().signal)) > 0,
        patience('a task of the stopped version to be counted'),
      );
    } finally {
      await waiting.close();
    }
    // Others go on meanwhile.
    await place('seventh');
    await complete('seventh');
    expect((await lab.order(idOf('fifth'))).status).not.toBe('completed');
    await start('worker-1.1', '1.1', changed);
    await complete('fifth');
    expect(await runsOn('fifth')).toEqual({ buildId: '1.1', isPinned: true });
  });

  test('that have drained are shown as that, and can be stopped', async () => {
    await untilVersion('1.1', { status: 'drained', openOrders: 0 });
    await stop('worker-1.1');
    await place('eighth');
    await complete('eighth');
    expect(await runsOn('eighth')).toEqual({ buildId: '1.0', isPinned: true });
  });

  test('that can replay them carry on orders of others, when these are moved', async () => {
    await start('worker-1.2', '1.2');
    await versions('promote', '1.2');
    await untilVersion('1.0', { openOrders: 1 });
    expect(await versions('move', '--from', '1.0', '--to', '1.2')).toMatchObject({ moved: 1, failed: 0 });
    await untilVersion('1.0', { openOrders: 0 });
    await untilVersion('1.2', { openOrders: 1 });
    await complete('third');
    expect(await runsOn('third')).toEqual({ buildId: '1.2', isPinned: true });
  });

  test('are given up when new orders go to workers without one again', async () => {
    await start('worker-without-version', '');
    expect(await versions('promote', '--unversioned')).toMatchObject({ current: null });
    await place('ninth');
    await complete('ninth');
    expect(await runsOn('ninth')).toEqual({ buildId: null, isPinned: false });
  });

  test('have lost nothing', async () => {
    expect(orders.size).toBe(10);
    for (const orderId of orders.values()) expect((await lab.order(orderId)).status).toBe('completed');
    expect(await auditLab(lab)).toEqual([]);
  });
});
