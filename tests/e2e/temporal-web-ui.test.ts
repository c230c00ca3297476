/** What an operator sees of an order in Temporal's own pages, in a real browser. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { addresses, placeDecided, stockedItem } from './shop.ts';

jest.setTimeout(120_000);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});

test('the Temporal Web UI shows the order under its id, with readable inputs', async () => {
  const sku = await stockedItem({ main: 5 });
  const answer = await placeDecided(sku);
  expect(answer.status).toBe(201);
  const page = await browser.newPage();
  await page.goto(`${addresses.temporalUiUrl}/namespaces/default/workflows/${answer.body.id}`);
  await page.getByRole('heading', { name: answer.body.id }).waitFor({ timeout: 60_000 });
  await page.getByText(`"sku": "${sku}"`).first().waitFor({ timeout: 60_000 });
  const text = await page.locator('body').innerText();
  expect(text).toContain('processOrder');
  expect(text).not.toContain('Data decoding failed');
  await page.close();
});
