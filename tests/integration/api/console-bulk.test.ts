/** The same action upon many orders in the console: from a list by a preview to its end, steered, and with a second person. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startConsoleLab, type ConsoleLab } from './console-lab.ts';
import {
  newMaintenanceQueue,
  startMaintenanceProgram,
  type MaintenanceProgram,
} from './maintenance-program.ts';
import { expectStatus, newKey, stockItems, type Sent } from './test-api.ts';

jest.setTimeout(300_000);

/** What one person may move: less than a MIRROR costs. */
const LIMIT_MINOR = '20000';

let lab: ConsoleLab;
let maintenance: MaintenanceProgram;
beforeAll(async () => {
  lab = await startConsoleLab({
    api: {
      MAINTENANCE_TASK_QUEUE: newMaintenanceQueue(),
      APPROVAL_LIMIT_MINOR: LIMIT_MINOR,
      // Many are placed at the same moment, and each is waited for.
      CONFIRMATION_DEADLINE_MS: '30000',
    },
  });
  maintenance = await startMaintenanceProgram(lab.api, lab.processes);
  await stockItems(lab.api, {
    CORD: { amountMinor: 500, onHand: 100 },
    MIRROR: { amountMinor: 30_000, onHand: 100 },
  });
});
afterAll(async () => {
  await maintenance?.stop();
  await lab?.stop();
});

const cancelAlone = (orderId: string): Promise<Sent> =>
  expectStatus(
    200,
    lab.api.send('POST', `/v1/ops/orders/${orderId}/actions/cancel`, {
      as: 'operator',
      idempotencyKey: newKey(),
      body: { reason: 'asked by the customer' },
    }),
  );

const bulks = async (): Promise<readonly Sent['json'][]> =>
  (await expectStatus(200, lab.api.send('GET', '/v1/ops/bulk', { as: 'viewer' }))).json.items;

/** Fills in what is still missing in the form, and has it previewed. */
async function preview(page: Page, action: string, sku?: string): Promise<void> {
  await page.getByRole('heading', { name: 'Act upon many orders' }).waitFor();
  if (sku !== undefined) {
    await page.getByLabel('Item', { exact: true }).fill(sku);
    await page.getByLabel('Item', { exact: true }).blur();
  }
  await page.getByLabel('Action', { exact: true }).selectOption(action);
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('heading', { name: 'What would happen' }).waitFor();
}

/** Says why in the dialog that is open, and does it with a double click. */
async function sayWhy(page: Page, button: string, reason: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByRole('button', { name: button }).isDisabled()).toBe(true);
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: button }).dblclick();
  await dialog.waitFor({ state: 'detached' });
}

describe('a bulk', () => {
  it('is asked for from the orders of a list, shown before it begins, and watched to its end', async () => {
    const ids = [
      await lab.paid({ as: 'other' }),
      await lab.paid({ as: 'other' }),
      await lab.paid({ as: 'other' }),
    ];
    const [cancelled = '', ...others] = ids;
    await cancelAlone(cancelled);
    await lab.until(cancelled, 'the cancellation', ({ status }) => status === 'cancelled');
    await lab.show('operator', 'bulk', async ({ page, picture }) => {
      await page.getByText('Nothing was done to many orders at once').waitFor();
      await page.goto(`${lab.api.url}/console#/orders?customerId=cus_2`);
      await page.getByRole('link', { name: 'Act upon all of these' }).click();
      await page.getByText('Choose what to do.').waitFor();
      expect(await page.getByLabel('Customer').inputValue()).toBe('cus_2');
      await preview(page, 'cancel');
      await page.getByText('for 2 of 3 orders').waitFor();
      await page.getByText('£60.00 back to customers').waitFor();
      await page.getByText('6 units are free again').waitFor();
      await page.getByText('Not for 1 order:').waitFor();
      await picture('bulk-preview');
      for (const id of others) expect((await lab.read(id)).status).toBe('fulfilling');
      await page.getByRole('button', { name: 'Cancel 3 orders…' }).click();
      await sayWhy(page, 'Cancel 3 orders', 'item recalled');
      await page.getByRole('heading', { name: 'Cancel 3 orders' }).waitFor();
      await page.getByText('finished', { exact: true }).waitFor();
      await page.getByRole('heading', { name: '3 of 3 orders' }).waitFor();
      await page.getByRole('link', { name: `Order ${cancelled}` }).waitFor();
      expect(await page.getByRole('button', { name: /Pause|Resume|Stop/ }).count()).toBe(0);
      await page.getByRole('link', { name: 'Each of its actions' }).click();
      for (const id of others) await page.getByRole('link', { name: `Order ${id}` }).waitFor();
      await page.getByRole('button', { name: 'Only of one bulk' }).waitFor();
    });
    for (const id of others) await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
    expect(await bulks()).toMatchObject([
      { action: 'cancel', state: 'finished', orders: 3, progress: { done: 2, refused: 1 } },
    ]);
  });

  it('is paused, goes on and is stopped, and what was not begun by then is left', async () => {
    const ids = await Promise.all(Array.from({ length: 9 }, () => lab.paid({ units: { CORD: 1 } })));
    const [cancelled = '', ...others] = ids;
    await cancelAlone(cancelled);
    await lab.until(cancelled, 'the cancellation', ({ status }) => status === 'cancelled');
    // It cannot come to its end before it is stopped.
    await lab.processes.misbehave(
      'payments',
      ...others.slice(0, 3).map((orderId) => ({
        operation: 'refund',
        behaviour: 'maintenance',
        times: -1,
        orderId,
      })),
    );
    await lab.show('operator', 'bulk/new', async ({ page, picture }) => {
      await page.getByText('Choose a condition: a bulk is never about all orders.').waitFor();
      await preview(page, 'refund', 'CORD');
      await page.getByText('£40.00 back to customers').waitFor();
      await page.getByRole('button', { name: 'Refund 9 orders…' }).click();
      await sayWhy(page, 'Refund 9 orders', 'cable may overheat');
      await page.getByRole('heading', { name: '6 of 9 orders' }).waitFor();
      const steer = async (way: string, reason: string, state: string | RegExp): Promise<void> => {
        await page.getByRole('button', { name: way, exact: true }).click();
        await sayWhy(page, way, reason);
        await page.locator('.order-head .status').filter({ hasText: state }).waitFor();
      };
      await steer('Pause', 'the provider is away', 'paused');
      await page.getByText('the provider is away').waitFor();
      await picture('bulk');
      await steer('Resume', 'the provider is back', 'under way');
      await steer('Stop', 'it is not', /^stopp/);
      await page.locator('.order-head .status').filter({ hasText: 'stopped' }).waitFor();
      await page.getByText('Left 3').waitFor();
      await page.getByRole('link', { name: 'Bulk', exact: true }).first().click();
      await page
        .getByRole('row', { name: /cable may overheat/ })
        .getByText('stopped')
        .waitFor();
    });
    await lab.processes.calm();
  });

  it('above the limit of one person begins when another one agrees', async () => {
    const id = await lab.paid({ units: { MIRROR: 1 } });
    await lab.show('operator', 'bulk/new', async ({ page }) => {
      await preview(page, 'cancel', 'MIRROR');
      await page.getByText('it waits until somebody else agrees').waitFor();
      await page.getByRole('button', { name: 'Cancel 1 order…' }).click();
      await sayWhy(page, 'Ask a second person', 'mirrors are cracked');
      await page.getByText('waits for a second person').first().waitFor();
      expect(await page.getByRole('button', { name: /Approve|Decline/ }).count()).toBe(0);
      await page.getByRole('button', { name: 'Withdraw' }).waitFor();
      expect((await lab.read(id)).status).toBe('fulfilling');
      await lab.show('approver', 'now', async ({ page: other, picture }) => {
        await other.getByRole('link', { name: 'Approvals 1 waiting' }).click();
        await other.getByText('mirrors are cracked').waitFor();
        await picture('approvals-bulk');
        await other.getByRole('link', { name: 'Cancel 1 order' }).click();
        await other.getByRole('button', { name: 'Approve' }).click();
        await other.getByRole('dialog').getByText('£300.00 back to customers').waitFor();
        await sayWhy(other, 'Approve', 'seen the cracks');
        await other.getByText('finished', { exact: true }).waitFor();
      });
      // The page of who asked follows what the other one decides.
      await page.getByText('finished', { exact: true }).waitFor();
      await page.getByText('seen the cracks').waitFor();
    });
    await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
  });

  it('is only watched by a viewer', async () => {
    const [{ id }] = (await bulks()) as [{ id: string }];
    await lab.show('viewer', 'bulk', async ({ page }) => {
      await page.getByRole('link', { name: 'Cancel 1 order' }).waitFor();
      expect(await page.getByRole('link', { name: 'New bulk' }).count()).toBe(0);
      await page.goto(`${lab.api.url}/console#/bulk/${id}`);
      await page.getByText('seen the cracks').waitFor();
      expect(await page.locator('main').getByRole('button').allInnerTexts()).toEqual(['Reload']);
    });
  });
});
