/** What operators put right in the console, in a real browser, where no job of the stack does it before them. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { Browser } from 'playwright-core';
import { ATTENTION_MESSAGES, type AttentionCode } from '../../../src/domain/orders/attention.ts';
import { launchBrowser } from '../../support/browser.ts';
import { openConsole, type ConsolePage } from '../../support/console-page.ts';
import { stack } from '../../support/stack.ts';
import { addLocations, keyOf, startTestApi, stockItems, type KeyName, type TestApi } from './test-api.ts';

jest.setTimeout(240_000);

const ORDER = `ord_${'0'.repeat(26)}`;

let api: TestApi;
let browser: Browser;
beforeAll(async () => {
  api = await startTestApi({
    variables: { CONSOLE_DIRECTORY: stack().env['CONSOLE_DIRECTORY'] ?? 'none' },
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

async function inConsole(
  as: KeyName,
  page: string,
  work: (opened: ConsolePage) => Promise<void>,
  refusals: readonly number[] = [],
): Promise<void> {
  const opened = await openConsole(browser, { apiUrl: api.url, key: keyOf(as), refusals });
  try {
    await opened.page.goto(`${api.url}/console#/${page}`);
    await work(opened);
    expect(opened.complaints).toEqual([]);
  } finally {
    await opened.close();
  }
}

async function findBreak(operationKey: string): Promise<void> {
  const theirs = {
    operation: 'capture',
    orderId: ORDER,
    status: 'succeeded',
    amountMinor: 1110,
    currency: 'GBP',
  };
  await api.repositories.reconciliation.record({
    provider: 'payments',
    comparedKeys: [operationKey],
    seenKeys: [],
    breaks: [{ operationKey, kind: 'missing_here', orderId: ORDER, ours: null, theirs }],
  });
}

it('a difference with a provider is explained and settled', async () => {
  await findBreak('console:1');
  await inConsole('operator', 'reconciliation', async ({ page, picture }) => {
    await page.getByText('missing here').waitFor();
    await picture('reconciliation');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('dialog').getByLabel('Note').fill('made by the help desk');
    await page.getByRole('dialog').getByRole('button', { name: 'Explain' }).dblclick();
    await page.getByText('No difference is open').waitFor();
    await page.getByLabel('State').selectOption('explained');
    await page.getByText('“made by the help desk” – key:operator').waitFor();
    await page.getByRole('button', { name: 'Settle' }).click();
    await page.getByRole('dialog').getByLabel('Note').fill('taken back');
    await page.getByRole('dialog').getByRole('button', { name: 'Settle' }).click();
    await page.getByText('None is explained').waitFor();
  });
  const { items } = await api.repositories.reconciliation.list({ limit: 100 });
  expect(items).toEqual([expect.objectContaining({ state: 'settled', note: 'taken back' })]);
});

it('a webhook that was given up is delivered again', async () => {
  await api.database.query(
    'test.dead',
    sql`INSERT INTO webhook_inbox (provider, message_id, order_id, payload, state, attempts, last_error, settled_at)
      VALUES ('payments', 'msg_1', ${ORDER}, '{}', 'dead', 20, 'The order is not known.', now())`,
  );
  await inConsole('operator', 'dead-letters', async ({ page, picture }) => {
    await page.getByText('The order is not known.').waitFor();
    await picture('dead-letters');
    await page.getByRole('button', { name: 'Redrive', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Redrive' }).dblclick();
    await page.getByText('1 on the way again, 0 still put aside.').waitFor();
    await page.getByText('No message was put aside').waitFor();
  });
});

it('an order that needs a person stands in the queue with the reason', async () => {
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 10, onHand: 0 } });
  await api.repositories.orders.placeAndReject({
    orderId: ORDER,
    cause: { correlationId: 'test', causationId: 'test' },
    workflowRunId: 'run',
    principalId: 'key:customer',
    fingerprint: 'f',
    customerId: 'cus_1',
    currency: 'GBP',
    totalMinor: 10,
    lines: [{ lineId: '1', sku: 'LAMP', quantity: 1, unitPriceMinor: 10 }],
    paymentMethod: 'card',
    shipTo: { name: 'Ada', line1: 'x', city: 'x', postalCode: 'x', country: 'GB' },
    contact: { email: 'ada@example.com' },
    shortLines: [{ lineId: '1', sku: 'LAMP', requested: 1, available: 0 }],
  });
  const raise = (code: AttentionCode): Promise<unknown> =>
    api.repositories.orders.raiseAttention({
      orderId: ORDER,
      cause: { correlationId: 'test', causationId: 'test' },
      code,
      message: ATTENTION_MESSAGES[code],
      raisedBy: 'test',
    });
  await raise('WORKFLOW_ASTRAY');
  await raise('REFUND_UNRESOLVED');
  await inConsole('viewer', 'attention', async ({ page }) => {
    await page.getByText('Workflow astray').waitFor();
    // It is read again by the clock.
    await raise('CAPTURE_UNRESOLVED');
    await page.getByText('Capture unresolved').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: ORDER }).waitFor();
    await page.getByText('Capture unresolved').first().waitFor();
    // Who may only look is offered nothing else.
    expect(await page.getByRole('group', { name: /helps|possible/i }).count()).toBe(0);
  });
});

it('an operator narrows the queue, and is led to the order and to what helps', async () => {
  await inConsole(
    'operator',
    'attention',
    async ({ page, picture }) => {
      await page.getByRole('link', { name: 'critical 1' }).waitFor();
      await page.getByText('Workflow astray').waitFor();
      await picture('attention');
      await page.getByRole('link', { name: 'critical 1' }).click();
      await page.getByText('Workflow astray').waitFor({ state: 'detached' });
      const runbook = await page.getByRole('link', { name: 'Runbook' }).getAttribute('href');
      expect(runbook).toBe('/docs/runbooks#CAPTURE_UNRESOLVED');
      await page.getByRole('link', { name: 'Retry now' }).click();
      await page.getByRole('heading', { name: ORDER }).waitFor();
      const dialog = page.getByRole('dialog', { name: 'Try again now?' });
      await dialog.getByText('No step of the order waits for its next attempt.').waitFor();
      expect(await dialog.getByRole('button', { name: 'Retry now' }).isDisabled()).toBe(true);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await page.waitForURL(new RegExp(`#/orders/${ORDER}$`));
    },
    [409],
  );
});
