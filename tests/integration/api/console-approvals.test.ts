/** Money above the limit in the console: one person asks, another one signs in and decides, and the trail has both. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { confirm, openAction, startConsoleLab, type ConsoleLab } from './console-lab.ts';

jest.setTimeout(300_000);

let lab: ConsoleLab;
beforeAll(async () => {
  lab = await startConsoleLab({ api: { APPROVAL_LIMIT_MINOR: '2000' } });
});
afterAll(() => lab?.stop());

/** Asks for everything of an order of 30.00 back. @returns its id */
async function askForRefund(reason: string, work?: (orderId: string) => Promise<void>): Promise<string> {
  const id = await lab.paid();
  await lab.show('operator', `orders/${id}`, async ({ page }) => {
    const dialog = await openAction(page, 'Refund');
    await dialog.getByText('It is above the limit of one person').waitFor();
    await confirm(page, 'Ask a second person', 'Refund waits for a second person', reason);
    await page.getByText('Refund by key:operator: waits for a second person').waitFor();
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(0);
    await work?.(id);
    // The page of who asked follows what the other one decides.
    if (work !== undefined)
      await page
        .getByRole('status')
        .filter({ hasText: /Refund: (done|declined)/ })
        .waitFor();
  });
  return id;
}

describe('a refund above the limit', () => {
  it('is made when another person agrees, once, and whoever asked sees it', async () => {
    const id = await askForRefund('damaged on the way', async (orderId) => {
      await lab.show('approver', 'now', async ({ page, picture }) => {
        await page.getByRole('link', { name: 'Approvals 1 waiting' }).click();
        const row = page.getByRole('row', { name: /damaged on the way/ });
        await row.getByText('£30.00').waitFor();
        await row.getByText('key:operator').waitFor();
        await row.getByRole('button', { name: 'Approve' }).click();
        const dialog = page.getByRole('dialog', { name: 'Agree to this?' });
        await dialog.getByText('30.00 GBP go back to the customer').waitFor();
        await dialog.getByLabel('Reason').fill('seen the photographs');
        await picture('approvals');
        await dialog.getByRole('button', { name: 'Approve' }).dblclick();
        await page.getByText('Refund: done.').waitFor();
        await page.getByText('Nothing waits for a second person').waitFor();
        await page.getByRole('link', { name: 'Approvals', exact: true }).waitFor();
      });
      expect((await lab.read(orderId)).totals.refunded.amountMinor).toBe(3000);
    });
    expect(await lab.actionsOf(id)).toMatchObject([
      {
        state: 'done',
        outcomes: [
          { outcome: 'pending_approval' },
          { outcome: 'approved', actor: 'key:approver', detail: 'seen the photographs' },
          { outcome: 'done', actor: 'key:approver' },
        ],
      },
    ]);
    const refunds = (await lab.processes.paymentOperations(id)).filter(
      ({ operation }) => operation === 'refund',
    );
    expect(refunds).toHaveLength(1);
  });

  it('is not made when the other person declines', async () => {
    const id = await askForRefund('a whim', async () => {
      await lab.show('approver', 'approvals', async ({ page }) => {
        await page
          .getByRole('row', { name: /a whim/ })
          .getByRole('button', { name: 'Decline' })
          .click();
        const dialog = page.getByRole('dialog', { name: 'Decline this?' });
        await dialog.getByLabel('Reason').fill('no photograph');
        await dialog.getByRole('button', { name: 'Decline' }).dblclick();
        await page.getByText('Refund: declined. no photograph').waitFor();
      });
    });
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(0);
  });

  it('is never decided by who asked for it, nor by who may not decide', async () => {
    const id = await lab.paid();
    await lab.show('approver', `orders/${id}`, async ({ page }) => {
      await openAction(page, 'Refund');
      await confirm(page, 'Ask a second person', 'Refund waits for a second person', 'mine');
      await page.goto(`${lab.api.url}/console#/approvals`);
      const row = page.getByRole('row', { name: /“mine”/ });
      await row.getByText('Yours: somebody else decides.').waitFor();
      expect(await row.getByRole('button').count()).toBe(0);
    });
    await lab.show('operator', 'approvals', async ({ page }) => {
      const row = page.getByRole('row', { name: /“mine”/ });
      await row.waitFor();
      expect(await row.getByRole('button').count()).toBe(0);
    });
  });
});

describe('the trail', () => {
  it('says who did what, why and what became of it, and is narrowed by filters', async () => {
    const id = await lab.paid();
    await lab.show('operator', `orders/${id}`, async ({ page, picture }) => {
      await openAction(page, 'Cancel order');
      await confirm(page, 'Cancel the order', /Cancel(: done| is under way)/, 'ordered twice');
      await page.goto(`${lab.api.url}/console#/actions`);
      const row = page.getByRole('row', { name: /ordered twice/ });
      await row.getByText('key:operator').waitFor();
      await row.getByText('done', { exact: true }).waitFor();
      await page.getByRole('row', { name: /mine/ }).waitFor();
      await picture('actions');
      await page.getByRole('button', { name: 'Only mine' }).click();
      await page.getByRole('row', { name: /mine/ }).waitFor({ state: 'detached' });
      await row.waitFor();
      await page.getByLabel('Action').selectOption('hold');
      await page.getByText('No action is like this').waitFor();
      await page.getByLabel('Action').selectOption('cancel');
      await row.getByRole('link', { name: `Order ${id}` }).click();
      await page.getByText('Cancel by key:operator: done').waitFor();
    });
  });
});
