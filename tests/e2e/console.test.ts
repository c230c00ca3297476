/** What an operator does in the console, in a real browser against the running stack. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { waitFor } from '../support/stack.ts';
import { openConsole, signIn, type ConsoleOptions, type ConsolePage } from '../support/console-page.ts';
import {
  addresses,
  call,
  holdParcelsOf,
  inventory,
  paymentOperations,
  placeDecided,
  stockedItem,
  waitForStatus,
} from './shop.ts';

jest.setTimeout(240_000);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

let open: ConsolePage | undefined;
async function operatorsConsole(options: Partial<ConsoleOptions> = {}): Promise<ConsolePage> {
  open = await openConsole(browser, { apiUrl: addresses.apiUrl, key: addresses.keys.operator, ...options });
  return open;
}
/** Whatever a test does, the page has nothing to complain of, and asks nobody but its own origin. */
afterEach(async () => {
  const complaints = open?.complaints ?? [];
  await open?.close();
  open = undefined;
  expect(complaints).toEqual([]);
});

/** An order whose parcels stay at the carrier's desk, so that it can still be cancelled. */
async function heldOrder(customerId = 'cus_console'): Promise<{ id: string; sku: string }> {
  const sku = await stockedItem({ main: 10 }, 1250);
  const idempotencyKey = randomUUID();
  const id = await holdParcelsOf(idempotencyKey);
  expect((await placeDecided(sku, { idempotencyKey, customerId })).status).toBe(201);
  await waitForStatus(id, 'fulfilling');
  return { id, sku };
}

async function completedOrder(customerId = 'cus_console'): Promise<{ id: string; sku: string }> {
  const sku = await stockedItem({ main: 10 }, 1250);
  const { body } = await placeDecided(sku, { customerId });
  await waitForStatus(body.id, 'completed');
  return { id: body.id, sku };
}

describe('signing in', () => {
  test('needs a key that the service knows, keeps it for this tab only, and ends with signing out', async () => {
    const { page, picture } = await operatorsConsole({ key: undefined });
    await picture('sign-in');
    // The browser itself reports an answer of 401, which is what is tried here.
    const refused = openConsole(browser, { apiUrl: addresses.apiUrl });
    const other = await refused;
    await other.page.getByLabel('API key').fill('nobody');
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByText('The service does not know this key').waitFor();
    await other.close();

    await signIn(page, addresses.keys.operator);
    await page.getByText('Signed in as operator').waitFor();
    expect(page.url()).not.toContain(addresses.keys.operator);
    expect(await page.evaluate('JSON.stringify({ ...localStorage }) + document.cookie')).not.toContain(
      addresses.keys.operator,
    );
    await page.reload();
    await page.getByText('Signed in as operator').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('is over when the page is there: an address that changes at once is followed', async () => {
    const { page } = await operatorsConsole({ key: undefined });
    await page.evaluate(`new MutationObserver((_, observer) => {
      if (document.querySelector('nav') === null) return;
      observer.disconnect();
      location.hash = '#/reviews';
    }).observe(document.body, { childList: true, subtree: true })`);
    await signIn(page, addresses.keys.operator);
    await page.getByRole('heading', { name: 'Reviews', exact: true }).waitFor();
  });

  test('is not for customers', async () => {
    const { page } = await operatorsConsole({ key: undefined });
    await page.getByLabel('API key').fill(addresses.keys.customer);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText("This is a customer's key").waitFor();
  });
});

describe('an order', () => {
  test('is found by its id, by its customer, by a mail address and by its amount', async () => {
    const customerId = `cus_${randomUUID().slice(0, 8)}`;
    const { id } = await completedOrder(customerId);
    const { page, picture } = await operatorsConsole();
    const link = page.getByRole('link', { name: `Order ${id}` });
    const searchFor = async (text: string): Promise<void> => {
      await page.goto(`${addresses.apiUrl}/console#/orders`);
      await page.getByRole('searchbox').fill(text);
      await page.keyboard.press('Enter');
    };
    await searchFor(customerId);
    await link.waitFor();
    await searchFor(`${customerId.toUpperCase()}@Example.com`);
    await page.getByText('One order for').waitFor();
    await link.waitFor();
    await searchFor('£25.00');
    await link.waitFor();
    await searchFor('nothing-has-this');
    await page.getByText('Nothing was found').waitFor();
    await searchFor(id);
    await page.getByRole('heading', { name: id }).waitFor();
    await page.getByText('It adds up').waitFor();
    await page.getByText('Payment captured').first().waitFor();
    await picture('order');
    const workflow = await page.getByRole('link', { name: 'Workflow' }).getAttribute('href');
    expect(workflow).toContain(id);
    const tracking = await page
      .locator('section', { hasText: 'Shipments' })
      .locator('code')
      .last()
      .innerText();
    await searchFor(tracking);
    await link.waitFor();
  });

  test('is cancelled once, however often it is clicked, and the confirmation says what happens', async () => {
    const { id, sku } = await heldOrder();
    const { page, picture } = await operatorsConsole();
    await page.goto(`${addresses.apiUrl}/console#/orders/${id}`);
    await page.getByRole('button', { name: 'Cancel order' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The stock of every line is free again.').waitFor();
    await dialog.getByText('Say why.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Cancel the order' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill('customer_request');
    await picture('action-dialog');
    await dialog.getByRole('button', { name: 'Cancel the order' }).dblclick();
    await dialog.waitFor({ state: 'detached' });
    await page
      .getByRole('status')
      .filter({ hasText: /Cancel(: done| is under way)/ })
      .waitFor();
    await waitForStatus(id, 'cancelled');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Order cancelled').waitFor();
    await page.getByText('Cancel by key:demo-operator: done').waitFor();
    await page.getByRole('button', { name: 'Cancel order' }).waitFor({ state: 'detached' });
    expect(await inventory(sku)).toMatchObject({ onHand: 10, reserved: 0 });
    const given = (await paymentOperations(id)).filter(({ operation }) => /refund|void/.test(operation));
    expect(given).toHaveLength(1);
  });

  test('is refunded in part by lines, and its money adds up after it', async () => {
    const { id, sku } = await completedOrder();
    const { page, picture } = await operatorsConsole({ refusals: [409] });
    await page.goto(`${addresses.apiUrl}/console#/orders/${id}`);
    await page.getByRole('button', { name: 'Refund' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('25.00 GBP go back to the customer').waitFor();
    await dialog.getByText('An amount', { exact: true }).click();
    await dialog.getByLabel('Amount, GBP').fill('1000');
    await dialog.getByText('Up to 25.00 GBP can be refunded.').waitFor();
    await dialog.getByText('Lines', { exact: true }).click();
    await dialog.getByText('Choose units of a line.').waitFor();
    await dialog.getByLabel(new RegExp(`of 2 × ${sku}`)).fill('1');
    await dialog.getByLabel('They came back: put them on the shelves again').check();
    await dialog.getByLabel('Reason').fill('damaged');
    await dialog.getByText(`${sku} at main: 1 back on the shelf`).waitFor();
    await picture('refund');
    await dialog.getByRole('button', { name: 'Refund £12.50' }).dblclick();
    await page.getByText('Refund: done.').waitFor();
    await page.getByText('Payment refunded').first().waitFor();
    await page.getByText('It adds up').waitFor();
    const { body } = await call('GET', `/v1/orders/${id}`);
    expect(body).toMatchObject({ totals: { refunded: { amountMinor: 1250 } } });
    expect(await inventory(sku)).toMatchObject({ onHand: 9 });
  });

  test('is exported with those that are listed', async () => {
    const customerId = `cus_${randomUUID().slice(0, 8)}`;
    const { id } = await completedOrder(customerId);
    const { page } = await operatorsConsole();
    await page.goto(`${addresses.apiUrl}/console#/orders?customerId=${customerId}`);
    await page.getByRole('link', { name: `Order ${id}` }).waitFor();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    const lines = readFileSync(await (await saved).path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(new RegExp(`^${id},.*,${customerId},GBP,2500,2500,0$`));
  });
});

describe('the list of orders', () => {
  test('is walked through with the keyboard alone', async () => {
    await completedOrder();
    const { page } = await operatorsConsole();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('heading', { name: 'Orders', exact: true }).waitFor();
    await page.locator('[data-row]').nth(1).waitFor();
    const focused = (): Promise<string> => page.evaluate('document.activeElement.title');
    const titles = await page.locator('[data-row]').evaluateAll((rows) => rows.map(({ title }) => title));
    await page.keyboard.press('j');
    expect(await focused()).toBe(titles[0]);
    await page.keyboard.press('j');
    expect(await focused()).toBe(titles[1]);
    await page.keyboard.press('k');
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('order-search');
    // In a field a letter is a letter.
    await page.keyboard.type('j?');
    expect(await page.getByRole('searchbox').inputValue()).toBe('j?');
    await page.getByRole('searchbox').fill('');
    await page.keyboard.press('Tab');
    await page.getByRole('heading', { name: 'Orders', exact: true }).click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('next row').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    const chosen = await focused();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: chosen }).waitFor();
  });

  test('keeps filters in its address, and views by name', async () => {
    await completedOrder();
    const { page, picture } = await operatorsConsole();
    await page.goto(`${addresses.apiUrl}/console#/orders`);
    await page.locator('[data-row]').first().waitFor();
    await picture('orders');
    await page.getByLabel('Status', { exact: true }).selectOption('completed');
    await page.waitForURL(/status=completed/);
    page.once('dialog', (dialog) => void dialog.accept('Done'));
    await page.getByRole('button', { name: 'Save view' }).click();
    await page.getByLabel('View').waitFor();
    await page.getByLabel('View').selectOption('');
    await page.waitForURL(/#\/orders$/);
    await page.reload();
    await page.getByLabel('View').selectOption('Done');
    await page.waitForURL(/status=completed/);
    await page.locator('[data-row]').first().waitFor();
    await page.locator('td .status', { hasText: 'rejected' }).first().waitFor({ state: 'detached' });
    await page.getByLabel('Status', { exact: true }).selectOption('in_review');
    await page.getByText('No order is like this').waitFor();
  });
});

describe('other pages', () => {
  test('show the present as it goes on', async () => {
    const { page, picture } = await operatorsConsole();
    await page.getByText('Live', { exact: true }).waitFor();
    await Promise.all([heldOrder(), heldOrder(), completedOrder()]);
    await page.getByText(/Orders placed a second: \d/).waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: /^fulfilling/ })
      .filter({ hasText: /[1-9]/ })
      .waitFor();
    // The times of answers are those of the last seconds, so somebody has to ask.
    const median = page.locator('.figure', { hasText: 'Median answer' }).locator('.figure-value');
    await waitFor(
      async () => {
        await inventory('85123A');
        return (await median.innerText()) !== '–';
      },
      { timeoutMs: 60_000, what: 'the median of answers' },
    );
    await picture('now');
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture('now-dark');
  });

  test('adjust stock with a reason, once', async () => {
    const sku = await stockedItem({ main: 3 });
    const { page, picture } = await operatorsConsole();
    await page.goto(`${addresses.apiUrl}/console#/inventory`);
    await page.getByRole('searchbox').fill(sku.slice(0, 6));
    await page.getByRole('link', { name: sku }).click();
    await page.getByRole('heading', { name: sku }).waitFor();
    await page.getByRole('button', { name: 'Adjust main' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('By how much').fill('-2');
    await dialog.getByLabel('Reason').fill('broken');
    await picture('inventory');
    await dialog.getByRole('button', { name: 'Take 2 away' }).dblclick();
    await page.getByText(`-2 of ${sku} at main.`).waitFor();
    expect(await inventory(sku)).toMatchObject({ onHand: 1 });
  });

  test('run a job', async () => {
    const { page, picture } = await operatorsConsole();
    await page.goto(`${addresses.apiUrl}/console#/jobs`);
    await page.getByRole('button', { name: 'Run reap now' }).waitFor();
    await picture('jobs');
    await page.getByRole('button', { name: 'Run reap now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click();
    await page.getByText('reap will run').waitFor();
  });

  test('that have nothing to show say so', async () => {
    const { page } = await operatorsConsole();
    await page.goto(`${addresses.apiUrl}/console#/orders?customerId=cus_nobody`);
    await page.getByText('No order is like this').waitFor();
    await page.goto(`${addresses.apiUrl}/console#/nowhere`);
    await page.getByText('There is nothing at this address').waitFor();
  });
});

describe('a small screen', () => {
  test.each(['light', 'dark'] as const)('has room for everything, %s', async (colorScheme) => {
    const { id } = await completedOrder();
    const { page, picture } = await operatorsConsole({
      context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme },
    });
    const lists = ['orders', 'attention', 'reviews', 'approvals', 'actions', 'bulk', 'inventory'];
    const names = ['now', ...lists, 'bulk/new', 'reconciliation', 'dead-letters', 'jobs'];
    for (const address of [...names.map((name) => `#/${name}`), `#/orders/${id}`]) {
      await page.goto(`${addresses.apiUrl}/console${address}`);
      await page.locator('main h1').waitFor();
      await page.locator('.loading').waitFor({ state: 'detached' });
      const widths = await page.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      expect([address, ...(widths as number[])]).toEqual([address, 390, 390]);
      if (address === '#/orders') await picture(`phone-orders-${colorScheme}`);
    }
    await picture(colorScheme === 'light' ? 'order-phone' : 'order-phone-dark');
  });

  test('is light or dark as a person has chosen, also after a reload', async () => {
    const { page } = await operatorsConsole({ context: { colorScheme: 'light' } });
    const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    const scheme = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).colorScheme');
    const untilScheme = (wanted: string): Promise<unknown> =>
      waitFor(async () => (await scheme()) === wanted, {
        timeoutMs: 30_000,
        what: `the page to be ${wanted}`,
      });
    await page.getByRole('button', { name: 'Auto' }).click();
    await untilScheme('light');
    expect(await ground()).toBe(light);
    await page.getByRole('button', { name: 'Light' }).click();
    await untilScheme('dark');
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: 'Dark' }).waitFor();
    expect(await ground()).toBe(dark);
  });
});
