/** Signing in to the console with an OpenID provider: a real one, on its own page, in a real browser against the running stack. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { findFreePorts } from '../../embedded/ports.ts';
import { launchBrowser } from '../support/browser.ts';
import { openConsole, type ConsoleOptions, type ConsolePage } from '../support/console-page.ts';
import { startOpenIdProvider, type OpenIdProvider } from '../support/openid-provider.ts';
import { startProcess, type TestProcess } from '../support/stack.ts';
import { addresses, call, holdParcelsOf, placeDecided, stockedItem, waitForStatus } from './shop.ts';

jest.setTimeout(240_000);

const ROLES = { olga: 'operator', vera: 'viewer', carl: 'customer', nina: 'nobody' };

let browser: Browser;
let provider: OpenIdProvider;
let api: TestProcess;
let apiUrl: string;
beforeAll(async () => {
  const [port] = await findFreePorts(1);
  apiUrl = `http://127.0.0.1:${port}`;
  provider = await startOpenIdProvider({ consoleOrigin: apiUrl, roles: ROLES });
  [browser, api] = await Promise.all([
    launchBrowser(),
    startProcess('src/api/main.ts', { ...provider.variables, API_PORT: `${port}` }),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await api?.stop();
  await provider?.close();
});

let open: ConsolePage | undefined;
async function openPage(options: Partial<ConsoleOptions> = {}): Promise<Page> {
  open = await openConsole(browser, { apiUrl, elsewhere: provider.issuer, ...options });
  return open.page;
}
afterEach(async () => {
  const complaints = open?.complaints ?? [];
  await open?.close();
  open = undefined;
  expect(complaints).toEqual([]);
});

const withProvider = (page: Page) => page.getByRole('button', { name: 'Sign in with Example ID' });

/** From the console's page to the provider's and back. */
async function signInAs(page: Page, name: string): Promise<void> {
  await withProvider(page).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** An order whose parcel stays at the carrier's desk, so that it can be acted upon. */
async function heldOrder(): Promise<string> {
  const sku = await stockedItem({ main: 10 }, 1250);
  const idempotencyKey = randomUUID();
  const id = await holdParcelsOf(idempotencyKey);
  expect((await placeDecided(sku, { idempotencyKey, customerId: 'cus_sign_in' })).status).toBe(201);
  await waitForStatus(id, 'fulfilling');
  return id;
}

describe('somebody who signs in with the provider', () => {
  test('comes back to the page that was asked for, acts as the role there, and is named by what was done', async () => {
    const id = await heldOrder();
    const page = await openPage();
    await open?.picture('sign-in-with-provider');
    await page.goto(`${apiUrl}/console#/orders/${id}`);
    await signInAs(page, 'olga');
    await page.getByText('Signed in as operator').waitFor();
    await page.waitForURL(({ href }) => href === `${apiUrl}/console#/orders/${id}`);

    await page.getByRole('button', { name: 'Cancel order' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('customer_request');
    await dialog.getByRole('button', { name: 'Cancel the order' }).click();
    await dialog.waitFor({ state: 'detached' });
    await waitForStatus(id, 'cancelled');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Cancel by jwt:olga: done').waitFor();
    const { text } = await call('GET', `/v1/ops/orders/${id}/actions`);
    expect(text).toContain('"actor":"jwt:olga"');
  });

  test('keeps the token in this tab only, also when the page is loaded anew', async () => {
    const page = await openPage();
    await signInAs(page, 'olga');
    await page.getByText('Signed in as operator').waitFor();
    const stored = String(await page.evaluate('JSON.stringify(Object.entries(sessionStorage))'));
    const token = /[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/.exec(stored)?.[0] ?? '';
    expect(token).not.toBe('');
    expect(await page.evaluate('sessionStorage.length')).toBe(1);
    await page.waitForURL(({ href }) => href === `${apiUrl}/console`);
    expect(await page.evaluate('JSON.stringify({ ...localStorage }) + document.cookie')).not.toContain(token);
    await page.reload();
    await page.getByText('Signed in as operator').waitFor();
    expect(api.log()).not.toContain(token);
  });

  test('is asked who it is once more after signing out, and not before', async () => {
    const page = await openPage();
    await signInAs(page, 'olga');
    await page.getByText('Signed in as operator').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await withProvider(page).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await signInAs(page, 'vera');
    await page.getByText('Signed in as viewer').waitFor();
    expect(provider.asked.map((request) => request.get('prompt')).slice(-2)).toEqual([null, 'login']);
  });

  test('as a viewer sees the order and no button that would do anything to it', async () => {
    const id = await heldOrder();
    const page = await openPage();
    await page.goto(`${apiUrl}/console#/orders/${id}`);
    await signInAs(page, 'vera');
    await page.getByText('Signed in as viewer').waitFor();
    await page.getByRole('heading', { name: id }).waitFor();
    await page.getByText('It adds up').waitFor();
    for (const name of ['Hold', 'Cancel order', 'Refund'])
      expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
  });
});

describe('a sign-in that ends', () => {
  test('by the clock leads to the page for it and, without a question, back to where one was', async () => {
    const page = await openPage();
    await page.clock.install();
    await page.goto(`${apiUrl}/console#/attention`);
    await signInAs(page, 'olga');
    await page.getByRole('heading', { name: 'Attention' }).waitFor();
    await page.clock.fastForward('15:00');
    await page.getByText('Your sign-in with Example ID has ended').waitFor();
    await page.waitForURL(({ href }) => href === `${apiUrl}/console#/attention`);
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('by the word of the service leads there too, and back to where one was', async () => {
    const page = await openPage({ refusals: [401] });
    await page.goto(`${apiUrl}/console#/attention`);
    await signInAs(page, 'olga');
    await page.getByRole('heading', { name: 'Attention' }).waitFor();
    const expired = await provider.mint('olga', Math.floor(Date.now() / 1_000) - 60);
    const credential = { secret: expired, token: { from: 'Example ID', expiresAtMs: null } };
    await page.evaluate(
      `sessionStorage.setItem('order-saga.credential', ${JSON.stringify(JSON.stringify(credential))})`,
    );
    await page.reload();
    await page.getByText('Your sign-in with Example ID has ended').waitFor();
    // The provider still knows who it is.
    await withProvider(page).click();
    await page.getByRole('heading', { name: 'Attention' }).waitFor();
    await page.waitForURL(({ href }) => href === `${apiUrl}/console#/attention`);
  });
});

describe('nobody is signed in', () => {
  test('by an answer with another state', async () => {
    const page = await openPage();
    provider.onNextAnswer((answer) => answer.searchParams.set('state', 'of-somebody-else'));
    await signInAs(page, 'olga');
    await page.getByText('does not belong to a sign-in that was begun in this tab').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await page.waitForURL(({ href }) => href === `${apiUrl}/console`);
  });

  test('by an answer that was used before', async () => {
    const page = await openPage();
    let used = '';
    provider.onNextAnswer((answer) => (used = answer.href));
    await signInAs(page, 'olga');
    await page.getByText('Signed in as operator').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await withProvider(page).waitFor();
    await page.goto(used);
    await page.getByText('does not belong to a sign-in that was begun in this tab').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('by an answer that nobody has asked for', async () => {
    const page = await openPage();
    await page.goto(`${apiUrl}/console?code=stolen&state=any`);
    await page.getByText('does not belong to a sign-in that was begun in this tab').waitFor();
    await page.getByLabel('API key').waitFor();
  });

  test('by an answer in the name of another provider', async () => {
    const page = await openPage();
    provider.onNextAnswer((answer) => answer.searchParams.set('iss', 'https://another.example'));
    await signInAs(page, 'olga');
    await page.getByText('What Example ID answered cannot be used').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('who goes back on the provider’s page, which says so', async () => {
    const page = await openPage();
    await withProvider(page).click();
    await page.getByRole('button', { name: 'Go back' }).click();
    await page.getByText('Example ID says: You have gone back').waitFor();
  });

  test('who has no role there', async () => {
    const page = await openPage({ refusals: [401] });
    await signInAs(page, 'nina');
    await page.getByText('does not accept your token of Example ID').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  test('who is a customer there', async () => {
    const page = await openPage();
    await signInAs(page, 'carl');
    await page.getByText('You are a customer there. The console is for staff.').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });
});

describe('the console of a service without a provider', () => {
  test('says nothing of one, and may speak to its own origin only', async () => {
    const page = await openPage({ apiUrl: addresses.apiUrl });
    await page.getByLabel('API key').waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.getByText('Sign in with').count()).toBe(0);
    const policy = (await fetch(`${addresses.apiUrl}/console`)).headers.get('content-security-policy');
    expect(policy).toContain("connect-src 'self';");
  });

  test('with one may speak to that as well, and to nobody else', async () => {
    const policy = (await fetch(`${apiUrl}/console`)).headers.get('content-security-policy');
    expect(policy).toContain(`connect-src 'self' ${provider.issuer};`);
  });
});
