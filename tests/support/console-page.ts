/** The console in a real browser, with an ear for everything that a page must not do. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Set to a folder: pictures of the pages are written there. docs/images/console has those that docs/console.md shows. */
const PICTURES_VARIABLE = 'CONSOLE_PICTURES';
const TIMEOUT_MS = 60_000;

export interface ConsolePage {
  readonly page: Page;
  /** What the page has complained of so far: errors, violations of its policy, and requests to other origins. */
  readonly complaints: readonly string[];
  /** Writes what the window shows, where pictures are asked for. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface ConsoleOptions {
  readonly apiUrl: string;
  /** Signs in with it. @default shows the page for that */
  readonly key?: string | undefined;
  readonly context?: BrowserContextOptions;
  /** Refusals that the test brings about on purpose; a browser calls every answer of 400 and above an error. */
  readonly refusals?: readonly number[];
  /** Where else the browser goes, and what goes on there is not the console's: the provider with which people sign in. */
  readonly elsewhere?: string;
}

export async function openConsole(browser: Browser, options: ConsoleOptions): Promise<ConsolePage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    ...options.context,
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isElsewhere = options.elsewhere !== undefined && page.url().startsWith(options.elsewhere);
    if (message.type() === 'error' && !isElsewhere && !isRefusal(message.text(), options.refusals ?? []))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    const isInside =
      protocol === 'blob:' || protocol === 'data:' || [options.apiUrl, options.elsewhere].includes(origin);
    if (!isInside) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(`${options.apiUrl}/console`);
  if (options.key !== undefined) await signIn(page, options.key);
  return {
    page,
    complaints,
    picture: (name) => takePicture(page, name),
    close: () => context.close(),
  };
}

function isRefusal(text: string, statuses: readonly number[]): boolean {
  const [, status] = /the server responded with a status of (\d{3})/.exec(text) ?? [];
  return statuses.includes(Number(status));
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env[PICTURES_VARIABLE];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
