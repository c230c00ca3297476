/** Every action of an operator on an order, by its dialog in a real browser, upon the real workflow and providers. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { waitFor } from '../../support/stack.ts';
import { confirm, openAction, startConsoleLab, type ConsoleLab } from './console-lab.ts';
import { expectStatus } from './test-api.ts';

jest.setTimeout(300_000);

const PATIENCE_MS = 120_000;
let lab: ConsoleLab;
beforeAll(async () => {
  lab = await startConsoleLab();
});
afterAll(() => lab?.stop());

/** An order whose money is not held yet, because the provider is away. */
async function unpaid(): Promise<string> {
  const away = { operation: 'authorize', behaviour: 'maintenance', times: -1 };
  await lab.processes.misbehave('payments', away);
  return lab.place({ status: 202 });
}

const isHeld = ({ waiting }: { waiting: { for: string } | null }): boolean => waiting?.for === 'held';

describe('an order that is held', () => {
  it('begins no further step, can go elsewhere, and goes on when it is released', async () => {
    const id = await unpaid();
    await lab.show('operator', `orders/${id}`, async ({ page, picture }) => {
      const dialog = await openAction(page, 'Hold');
      await dialog.getByText('none begins after it until the order is released').waitFor();
      await confirm(page, 'Hold the order', 'Hold: done.', 'fraud_suspected');
      await page.getByText('Hold by key:operator: done').waitFor();
      await lab.processes.calm();
      await lab.until(id, 'the hold', isHeld);
      await page
        .getByRole('group', { name: 'What helps' })
        .getByRole('button', { name: 'Release' })
        .waitFor();

      await openAction(page, 'Change the address');
      for (const [label, text] of [
        ['Name', 'Grace Hopper'],
        ['Street', '1 Navy Yard'],
        ['Postal code', 'YO1 7HH'],
        ['City', 'York'],
      ] as const)
        await dialog.getByLabel(label, { exact: true }).fill(text);
      await dialog.getByText('Fill in: country.').waitFor();
      await dialog.getByLabel('Country').fill('gb');
      await dialog.getByText('The labels of the order will have the new address.').waitFor();
      await confirm(page, 'Change the address', 'Change address: done.');

      await openAction(page, 'Send from elsewhere');
      await dialog.getByLabel('Location').selectOption('west');
      await dialog.getByText('LAMP at main: 3 free again').waitFor();
      await dialog.getByText('LAMP at west: 3 held').waitFor();
      await dialog.getByLabel('Reason').fill('main_is_flooded');
      await picture('action-reroute');
      await confirm(page, 'Send it from there', 'Reroute: done. Everything is held at west.');

      await openAction(page, 'Release');
      await confirm(page, 'Release the order', 'Release: done. The order goes on.', 'customer_was_called');
    });
    const order = await lab.untilCaptured(id);
    expect(order.shipments).toMatchObject([{ locationId: 'west', status: 'booked' }]);
    const [row] = await lab.api.database.query<{ shipTo: unknown }>(
      'test.address',
      sql`SELECT ship_to AS "shipTo" FROM order_contacts WHERE order_id = ${id}`,
    );
    expect(row?.shipTo).toMatchObject({ name: 'Grace Hopper', city: 'York', country: 'GB' });
    expect((await lab.actionsOf(id)).map(({ action, state }) => `${action} ${state}`)).toEqual([
      'release done',
      'reroute done',
      'change_address done',
      'hold done',
    ]);
  });
});

describe('a step that waits', () => {
  it('for minutes is tried at once', async () => {
    const rule = { operation: 'book', behaviour: 'maintenance', times: -1, delayMs: 600_000 };
    await lab.processes.misbehave('carrier', rule);
    const id = await lab.place();
    await lab.show('operator', `orders/${id}`, async ({ page }) => {
      const helps = page.getByRole('group', { name: 'What helps' });
      await helps.getByRole('button', { name: 'Retry now' }).waitFor({ timeout: PATIENCE_MS });
      await lab.processes.calm();
      const dialog = await openAction(page, 'Retry now');
      await dialog.getByText('Every step that waits for its next attempt is tried at once.').waitFor();
      await confirm(page, 'Retry now', 'Retry now: done.', 'provider_is_back');
      await lab.untilCaptured(id);
      await page.getByText('Shipment label created').waitFor();
    });
  });

  it('for what became of a charge goes on from what an operator knows', async () => {
    await lab.processes.misbehave(
      'payments',
      { operation: 'capture', behaviour: 'lost_reply', times: 1 },
      { operation: 'lookup', behaviour: 'maintenance', times: -1 },
    );
    const id = await lab.place();
    await lab.until(id, 'the doubt', ({ waiting }) => waiting?.for === 'capture_outcome');
    const operations = await lab.processes.paymentOperations(id);
    const reference = operations.find(({ operation }) => operation === 'capture')?.id ?? '';
    await lab.show('operator', `orders/${id}`, async ({ page }) => {
      const dialog = await openAction(page, 'Say what became of it');
      expect(await dialog.getByLabel('Operation').inputValue()).toBe(`${id}:capture:1`);
      await dialog.getByLabel('It never happened').check();
      await dialog.getByLabel('Evidence').fill('seen on the pages of the provider');
      await dialog.getByText('counts as never made').waitFor();
      await dialog.getByLabel('It was done').check();
      await dialog.getByText("Fill in: the provider's own id of it.").waitFor();
      await dialog.getByLabel("The provider's own id of it").fill(reference);
      await dialog.getByText(`counts as done, as ${reference} at the provider`).waitFor();
      await dialog.getByText('counted by your word, not moved').waitFor();
      await confirm(page, 'Say so', 'Resolve outcome: done.', 'provider_away');
    });
    await lab.untilCaptured(id);
    await lab.processes.calm();
    const moved = await lab.processes.paymentOperations(id);
    expect(moved.filter(({ operation }) => operation === 'capture')).toHaveLength(1);
  });

  it('for a mailbox that takes nothing is given up', async () => {
    const id = await lab.place({ email: 'mailbox-busy@example.com' });
    await lab.untilCaptured(id);
    await lab.show(
      'operator',
      `orders/${id}`,
      async ({ page }) => {
        const button = page.getByRole('button', { name: 'Skip the mail', exact: true });
        await button.waitFor({ timeout: PATIENCE_MS });
        const dialog = await openAction(page, 'Skip the mail');
        await dialog.getByText('The mail that is being tried is given up').waitFor();
        await dialog.getByLabel('Reason').fill('mailbox_is_gone');
        const told = page.getByRole('status').filter({ hasText: 'Skip step: done.' });
        const doIt = dialog.getByRole('button', { name: 'Skip the mail' });
        // At the moment at which it is being sent it does not wait, and is not given up.
        await waitFor(
          async () => {
            if (await told.isVisible()) return true;
            if (await doIt.isEnabled({ timeout: 1_000 }).catch(() => false)) await doIt.click();
            return null;
          },
          { timeoutMs: PATIENCE_MS, what: 'the mail to be given up', intervalMs: 1_000 },
        );
      },
      { refusals: [409] },
    );
    const state = await waitFor(
      async () => {
        const [row] = await lab.api.database.query<{ state: string }>(
          'test.mail',
          sql`SELECT state FROM notifications WHERE order_id = ${id} AND settled_at IS NOT NULL`,
        );
        return row?.state ?? null;
      },
      { timeoutMs: PATIENCE_MS, what: 'that to be recorded' },
    );
    expect(state).toBe('suppressed');
  });
});

describe('a mail', () => {
  it('that was sent goes out once more, once for a double click', async () => {
    const id = await lab.paid();
    const mails = (): Promise<readonly { state: string }[]> =>
      lab.api.database.query('test.mails', sql`SELECT state FROM notifications WHERE order_id = ${id}`);
    await waitFor(async () => (await mails()).some(({ state }) => state === 'sent'), {
      timeoutMs: PATIENCE_MS,
      what: 'the first mail',
    });
    await lab.show(
      'operator',
      `orders/${id}`,
      async ({ page }) => {
        const dialog = await openAction(page, 'Resend a mail');
        await dialog.getByLabel('Mail').selectOption('shipped');
        await dialog.getByText('That mail was never sent, so it cannot be sent again.').waitFor();
        await dialog.getByLabel('Mail').selectOption('confirmed');
        await dialog.getByText('The customer gets the mail "confirmed" once more.').waitFor();
        await confirm(page, 'Send it again', 'Resend notification: done.', 'mail_was_lost');
      },
      { refusals: [409] },
    );
    await waitFor(async () => (await mails()).filter(({ state }) => state === 'sent').length === 2, {
      timeoutMs: PATIENCE_MS,
      what: 'the second mail',
    });
    expect(await lab.actionsOf(id)).toHaveLength(1);
  });
});

describe('an action that is not possible', () => {
  it('says why before anything is done, and leads to what is possible instead', async () => {
    const id = await lab.paid();
    await lab.show(
      'operator',
      `orders/${id}?action=hold`,
      async ({ page, picture }) => {
        const dialog = page.getByRole('dialog');
        await dialog.getByText('No step that could be held is left').waitFor();
        await dialog.getByLabel('Reason').fill('fraud_suspected');
        expect(await dialog.getByRole('button', { name: 'Hold the order' }).isDisabled()).toBe(true);
        await picture('action-refused');
        await dialog.getByRole('button', { name: 'Cancel order' }).click();
        await page.getByRole('dialog', { name: 'Cancel this order?' }).waitFor();
        await dialog.getByText('30.00 GBP go back to the customer.').waitFor();
        await dialog.getByText('LAMP at main: 3 free again').waitFor();
        await confirm(page, 'Cancel the order', /Cancel(: done| is under way)/, 'customer_request');
      },
      { refusals: [409] },
    );
    await lab.until(id, 'the cancellation', ({ status }) => status === 'cancelled');
    expect(await lab.actionsOf(id)).toMatchObject([{ action: 'cancel', state: 'done' }]);
  });

  it('because it was done meanwhile is refused in the dialog, and written down', async () => {
    const id = await lab.paid();
    await lab.show(
      'operator',
      `orders/${id}`,
      async ({ page }) => {
        const dialog = await openAction(page, 'Refund');
        await dialog.getByText('30.00 GBP go back to the customer').waitFor();
        await dialog.getByText('An amount', { exact: true }).click();
        await dialog.getByLabel('Amount, GBP').fill('20.00');
        await dialog.getByLabel('Reason').fill('damaged');
        await dialog.getByRole('button', { name: 'Refund £20.00' }).waitFor();
        await expectStatus(
          200,
          lab.api.send('POST', `/v1/ops/orders/${id}/actions/refund`, {
            as: 'approver',
            idempotencyKey: `meanwhile-${id}`,
            body: { amountMinor: 1500, reason: 'damaged' },
          }),
        );
        await dialog.getByRole('button', { name: 'Refund £20.00' }).click();
        await dialog.getByText('Up to 15.00 GBP can be refunded.').waitFor();
        await dialog.getByText('All that is left', { exact: false }).click();
        await dialog.getByRole('button', { name: 'Refund £15.00' }).dblclick();
        await page.getByRole('status').filter({ hasText: 'Refund: done.' }).waitFor();
      },
      { refusals: [409] },
    );
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(3000);
    expect((await lab.actionsOf(id)).map(({ state }) => state)).toEqual(['done', 'refused', 'done']);
  });
});

describe('who works with it', () => {
  it('may only look, and is offered nothing to do', async () => {
    const id = await lab.paid();
    await lab.show('viewer', `orders/${id}?action=cancel`, async ({ page }) => {
      await page.getByText('It adds up').waitFor();
      expect(await page.getByRole('group', { name: /helps|possible/i }).count()).toBe(0);
      expect(await page.getByRole('dialog').count()).toBe(0);
    });
  });

  it('needs no mouse', async () => {
    const id = await lab.paid();
    await lab.show('operator', `orders?customerId=cus_1`, async ({ page }) => {
      await page.getByRole('link', { name: `Order ${id}` }).waitFor();
      const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent ?? ""');
      const press = async (key: string, isThere: (text: string) => boolean): Promise<void> => {
        for (let times = 0; times < 200 && !isThere(await focused()); times++) await page.keyboard.press(key);
        expect(isThere(await focused())).toBe(true);
      };
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: id }).waitFor();
      await page.getByRole('button', { name: 'Refund' }).waitFor();
      await press('Tab', (text) => text === 'Refund');
      await page.keyboard.press('Enter');
      // The focus is in the first field, and arrows choose.
      await page.getByRole('dialog').getByText('30.00 GBP go back to the customer').waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Tab');
      await page.keyboard.type('4.50');
      await page.keyboard.press('Tab');
      await page.keyboard.type('damaged');
      await page.getByRole('button', { name: 'Refund £4.50' }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('status').filter({ hasText: 'Refund: done.' }).waitFor();
    });
    expect((await lab.read(id)).totals.refunded.amountMinor).toBe(450);
  });

  it.each(['light', 'dark'] as const)('has room for the dialog on a telephone, %s', async (colorScheme) => {
    const id = await lab.paid();
    const context = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme };
    await lab.show(
      'operator',
      `orders/${id}`,
      async ({ page, picture }) => {
        const dialog = await openAction(page, 'Refund');
        await dialog.getByText('Lines', { exact: true }).click();
        await dialog.getByLabel(/of 3 × LAMP/).fill('1');
        await dialog.getByText('10.00 GBP go back to the customer').waitFor();
        const box = await dialog.boundingBox();
        expect((box?.x ?? 0) + (box?.width ?? 1_000)).toBeLessThanOrEqual(390);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
        expect(await dialog.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
        await picture(`action-phone-${colorScheme}`);
      },
      { context },
    );
  });
});
