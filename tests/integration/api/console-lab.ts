/** The console in a real browser upon a checkout whose orders are really decided. */
import { expect } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';
import { openConsole, type ConsoleOptions, type ConsolePage } from '../../support/console-page.ts';
import { stack } from '../../support/stack.ts';
import { startCheckoutLab, type CheckoutLab, type CheckoutOptions } from './checkout-lab.ts';
import { keyOf, type KeyName } from './test-api.ts';

export interface ConsoleLab extends CheckoutLab {
  /** Shows a page to somebody, and holds the page to having nothing to complain of. */
  show(
    as: KeyName,
    page: string,
    work: (opened: ConsolePage) => Promise<void>,
    options?: Pick<ConsoleOptions, 'context' | 'refusals'>,
  ): Promise<void>;
}

export async function startConsoleLab(options: CheckoutOptions = {}): Promise<ConsoleLab> {
  const [lab, browser] = await Promise.all([
    startCheckoutLab({
      ...options,
      api: { CONSOLE_DIRECTORY: stack().env['CONSOLE_DIRECTORY'] ?? 'none', ...options.api },
    }),
    launchBrowser(),
  ]);
  return {
    ...lab,
    show: async (as, page, work, shown = {}) => {
      const opened = await openConsole(browser, { apiUrl: lab.api.url, key: keyOf(as), ...shown });
      try {
        await opened.page.goto(`${lab.api.url}/console#/${page}`);
        await work(opened);
        expect(opened.complaints).toEqual([]);
      } finally {
        await opened.close();
      }
    },
    stop: async () => {
      await browser.close();
      await lab.stop();
    },
  };
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
