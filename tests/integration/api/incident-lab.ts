/**
 * Incidents as an operator meets them: the console in a real browser upon everything that an order goes through, from the
 * carrier's webhook to the read model. Jobs run when somebody runs them.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { createTemporalClient, type TemporalClient } from '../../../src/config/temporal.ts';
import { makeRelease, type ChangeOfCode } from '../../chaos/rollout/release.ts';
import { auditSystems } from '../../chaos/support/audit-lab.ts';
import type { ConsoleOptions, ConsolePage } from '../../support/console-page.ts';
import { stack, waitFor } from '../../support/stack.ts';
import { createTopology } from '../events/broker.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import { startConsoleLab, type ConsoleLab } from './console-lab.ts';
import type { CheckoutOptions } from './checkout-lab.ts';
import { commonVariables } from './test-api.ts';

/** A busy machine takes its time. */
export const PATIENCE_MS = 240_000;
const DAY_MS = '86400000';

/** A provider that is away and asks for so much patience that a person is called at once. */
export const AWAY = { behaviour: 'maintenance', times: -1, delayMs: 600_000 } as const;

const PROGRAMS = {
  relay: 'src/workers/relay.main.ts',
  projections: 'src/workers/projections.main.ts',
  maintenance: 'src/workers/maintenance-worker.main.ts',
} as const;
export type ProgramName = keyof typeof PROGRAMS;

export interface IncidentLab extends ConsoleLab {
  readonly temporal: TemporalClient;
  /** Begins on the page Attention, as an operator does, and ends there with nothing left. */
  asOperator(
    work: (page: Page, opened: ConsolePage) => Promise<void>,
    options?: Pick<ConsoleOptions, 'refusals'>,
  ): Promise<void>;
  /** The code of this checkout with one change. @returns the folder of it */
  release(change: ChangeOfCode): string;
  /** Ends a program and starts it again. @param release the folder of its code @default this checkout */
  restart(program: ProgramName, release?: string): Promise<void>;
  /** Ends a program until it is started again. */
  end(program: ProgramName): Promise<void>;
  /** Has the parcels of an order leave and arrive, and waits until it is completed. */
  deliver(orderId: string): Promise<void>;
}

export interface IncidentLabOptions extends Pick<CheckoutOptions, 'api'> {
  /** Of the maintenance worker. */
  readonly maintenance?: Readonly<Record<string, string>>;
}

export async function startIncidentLab(options: IncidentLabOptions = {}): Promise<IncidentLab> {
  const topology = await createTopology(stack().awsEndpointUrl);
  // The SDK finds its credentials there; the service runs in this process.
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) process.env[name] = topology.env[name];
  const maintenanceQueue = `maintenance-${randomBytes(6).toString('hex')}`;
  const lab = await startConsoleLab({
    hasWebhooks: true,
    api: {
      ...topology.env,
      MAINTENANCE_TASK_QUEUE: maintenanceQueue,
      RETURN_WINDOW_MS: '500',
      // A cancellation has begun by then, also on a busy machine.
      CONFIRMATION_DEADLINE_MS: '10000',
      ...options.api,
    },
  });
  const environment = {
    ...commonVariables(lab.api.databaseUrl, lab.api.environment.TEMPORAL_TASK_QUEUE),
    ...lab.processes.environment,
    ...topology.env,
    MAINTENANCE_TASK_QUEUE: maintenanceQueue,
    REPAIR_DRIFT_INTERVAL_MS: DAY_MS,
    FIND_STUCK_INTERVAL_MS: DAY_MS,
    RECONCILE_INTERVAL_MS: DAY_MS,
    RECONCILE_GRACE_MS: '1000',
    ...options.maintenance,
  };
  const programs = new Map<ProgramName, RunningProgram>();
  const end = async (name: ProgramName): Promise<void> => {
    const running = programs.get(name);
    programs.delete(name);
    await running?.stop();
  };
  const restart = async (name: ProgramName, release?: string): Promise<void> => {
    await end(name);
    programs.set(name, await startProgram(PROGRAMS[name], environment, release));
  };
  const names = Object.keys(PROGRAMS) as ProgramName[];
  await Promise.all(names.map((name) => restart(name)));
  const temporal = createTemporalClient(lab.api.environment);
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-incidents-'));
  return {
    ...lab,
    temporal,
    restart,
    end,
    asOperator: async (work, shown) => {
      await lab.show(
        'operator',
        'attention',
        async (opened) => {
          await work(opened.page, opened);
          await untilCalm(opened.page);
        },
        shown,
      );
      expect(await auditLab(lab)).toEqual([]);
    },
    release: (change) => {
      const directory = mkdtempSync(join(folder, 'release-'));
      makeRelease(directory, change);
      return directory;
    },
    deliver: async (orderId) => {
      const speed = { orderId, shippedAfterMs: 0, deliveredAfterMs: 0 };
      await lab.processes.control('carrier', 'PUT', 'speed', speed);
      await lab.until(orderId, 'the end', ({ status }) => status === 'completed');
    },
    stop: async () => {
      for (const name of names) await end(name);
      // The schedules would go on in the server that all tests share.
      for await (const { scheduleId } of temporal.client.schedule.list())
        if (scheduleId.startsWith(maintenanceQueue))
          await temporal.client.schedule.getHandle(scheduleId).delete();
      await temporal.close();
      await lab.stop();
      topology.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The whole audit, once all orders have come to where they shall be. */
function auditLab({ api, processes: { environment } }: ConsoleLab): Promise<readonly string[]> {
  const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TASK_QUEUE } = api.environment;
  return auditSystems({
    databaseUrl: api.databaseUrl,
    payments: {
      url: environment['PAYMENT_PROVIDER_URL'] ?? '',
      apiKey: environment['PAYMENT_PROVIDER_API_KEY'] ?? '',
    },
    carrier: { url: environment['CARRIER_URL'] ?? '', apiKey: environment['CARRIER_API_KEY'] ?? '' },
    temporal: {
      address: TEMPORAL_ADDRESS,
      namespace: TEMPORAL_NAMESPACE,
      taskQueue: TEMPORAL_TASK_QUEUE,
    },
  });
}

/** Follows the navigation. */
export async function goToPage(page: Page, title: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: title, exact: true })
    .click();
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

/** Waits until an order stands in the queue with a cause, and opens it from there. @returns what its page says of why it stands */
export async function openFromQueue(page: Page, orderId: string, cause: string): Promise<Locator> {
  await goToPage(page, 'Attention');
  const row = page.getByRole('row', { name: new RegExp(orderId) }).filter({ hasText: cause });
  await row.waitFor({ timeout: PATIENCE_MS });
  await row.getByRole('link', { name: `Order ${orderId}` }).click();
  await page.getByRole('heading', { name: orderId }).waitFor();
  await page.getByRole('region', { name: 'Needs a person' }).filter({ hasText: cause }).waitFor();
  return page.getByRole('region', { name: 'Why it stands where it stands' });
}

/** Nothing is left to do for anybody. */
export async function untilCalm(page: Page): Promise<void> {
  await goToPage(page, 'Attention');
  await page.getByText('No order needs a person').waitFor({ timeout: PATIENCE_MS });
}

/** Runs a job from its page, and waits until the page says how this run ended. @returns the row of the job */
export async function runJob(page: Page, name: string): Promise<Locator> {
  await goToPage(page, 'Jobs');
  const row = page.getByRole('row', { name: new RegExp(name) });
  const lastRun = async (): Promise<string> =>
    (await row
      .locator('time')
      .first()
      .getAttribute('datetime', { timeout: 1_000 })
      .catch(() => null)) ?? '';
  await row.waitFor();
  const before = (await row.getByText('not yet').isVisible()) ? '' : await lastRun();
  await row.getByRole('button', { name: `Run ${name} now` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).dblclick();
  await page.getByText(`${name} will run.`).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await waitFor(
    async () => {
      await page.getByRole('button', { name: 'Reload' }).click();
      await row.waitFor();
      return (await row.getByText('completed').isVisible()) && (await lastRun()) !== before;
    },
    { timeoutMs: PATIENCE_MS, what: `${name} to have run`, intervalMs: 500 },
  );
  return row;
}
