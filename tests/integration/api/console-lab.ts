/** The console in a real browser upon a service of its own: its API, an order worker and simulators that a test can trouble. */
import { expect } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';
import { openConsole, type ConsoleOptions, type ConsolePage } from '../../support/console-page.ts';
import { stack, waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  KEYS,
  addLocations,
  expectStatus,
  keyOf,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type KeyName,
  type Sent,
  type TestApi,
} from './test-api.ts';

/** A busy machine takes its time. */
const PATIENCE_MS = 120_000;

export interface PlaceOptions {
  /** @default the customer `cus_1`; `other` is `cus_2` */
  readonly as?: 'customer' | 'other';
  readonly sku?: string;
  /** @default 3 */
  readonly quantity?: number;
  readonly email?: string;
  /** @default 201 */
  readonly status?: number;
}

export interface ConsoleLab {
  readonly api: TestApi;
  readonly processes: OrderProcesses;
  /** Places an order, of LAMPs at 10.00 GBP unless it is said otherwise. @returns its id */
  place(options?: PlaceOptions): Promise<string>;
  read(orderId: string): Promise<Sent['json']>;
  until(orderId: string, what: string, isSo: (order: Sent['json']) => boolean): Promise<Sent['json']>;
  untilCaptured(orderId: string): Promise<Sent['json']>;
  /** An order that is paid for, and whose parcels wait at the carrier's desk. */
  paid(options?: PlaceOptions): Promise<string>;
  actionsOf(orderId: string): Promise<readonly Sent['json'][]>;
  /** Shows a page to somebody, and holds the page to having nothing to complain of. */
  show(
    as: KeyName,
    page: string,
    work: (opened: ConsolePage) => Promise<void>,
    options?: Pick<ConsoleOptions, 'context' | 'refusals'>,
  ): Promise<void>;
  stop(): Promise<void>;
}

export interface ConsoleLabOptions {
  /** Of the API. */
  readonly api?: Readonly<Record<string, string>>;
  /** Of the order worker. */
  readonly worker?: Readonly<Record<string, string>>;
  /** Whether the providers send their webhooks to the API. @default false */
  readonly hasWebhooks?: boolean;
}

export async function startConsoleLab(options: ConsoleLabOptions = {}): Promise<ConsoleLab> {
  const api = await startTestApi({
    variables: {
      CONFIRMATION_DEADLINE_MS: '4000',
      CONSOLE_DIRECTORY: stack().env['CONSOLE_DIRECTORY'] ?? 'none',
      ...options.api,
    },
  });
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 1_000 } });
  await expectStatus(
    201,
    api.send('POST', '/v1/inventory/LAMP/adjustments', {
      as: 'admin',
      idempotencyKey: newKey(),
      body: { locationId: 'west', quantity: 100, reason: 'received' },
    }),
  );
  const [processes, browser] = await Promise.all([
    startOrderProcesses(
      api.databaseUrl,
      api.environment.TEMPORAL_TASK_QUEUE,
      options.worker,
      options.hasWebhooks === true ? api.url : undefined,
    ),
    launchBrowser(),
  ]);
  return createLab(api, processes, browser);
}

function createLab(api: TestApi, processes: OrderProcesses, browser: Browser): ConsoleLab {
  const lab: ConsoleLab = {
    api,
    processes,
    place: async ({ as = 'customer', sku = 'LAMP', quantity = 3, email, status = 201 } = {}) => {
      const body = orderBody({
        customerId: KEYS[as].customerId,
        lines: [{ sku, quantity }],
        ...(email === undefined ? {} : { contact: { email } }),
      });
      const request = { as, idempotencyKey: newKey(), body };
      return (await expectStatus(status, api.send('POST', '/v1/orders', request))).json.id;
    },
    read: async (orderId) =>
      (await expectStatus(200, api.send('GET', `/v1/orders/${orderId}`, { as: 'viewer' }))).json,
    until: (orderId, what, isSo) =>
      waitFor(
        async () => {
          const order = await lab.read(orderId);
          return isSo(order) ? order : null;
        },
        { timeoutMs: PATIENCE_MS, what },
      ),
    untilCaptured: (orderId) =>
      lab.until(orderId, 'the capture', ({ paymentStatus }) => paymentStatus === 'captured'),
    paid: async (options) => {
      const orderId = await lab.place(options);
      await lab.untilCaptured(orderId);
      return orderId;
    },
    actionsOf: async (orderId) =>
      (await expectStatus(200, api.send('GET', `/v1/ops/orders/${orderId}/actions`, { as: 'viewer' }))).json
        .items,
    show: async (as, page, work, shown = {}) => {
      const opened = await openConsole(browser, { apiUrl: api.url, key: keyOf(as), ...shown });
      try {
        await opened.page.goto(`${api.url}/console#/${page}`);
        await work(opened);
        expect(opened.complaints).toEqual([]);
      } finally {
        await opened.close();
      }
    },
    stop: async () => {
      await browser.close();
      await processes.stop();
      await api.close();
    },
  };
  return lab;
}

/** Opens the dialog of an action on the page of an order. */
export async function openAction(page: Page, button: string): Promise<Locator> {
  await page.getByRole('button', { name: button, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'What would happen' }).waitFor();
  return dialog;
}

/** Says why and does it, with a double click as people make them; waits until the page says what became of it. */
export async function confirm(
  page: Page,
  button: string | RegExp,
  outcome: string | RegExp,
  reason = 'asked by the customer',
): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: button }).dblclick();
  await page.getByRole('status').filter({ hasText: outcome }).waitFor();
  await dialog.waitFor({ state: 'detached' });
}
