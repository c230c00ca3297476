import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../../embedded/chromium.ts';

/**
 * A browser without a window and without traffic of its own. Close it when done.
 * @throws Error with the one command to run when no browser is installed
 */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      // Tests may run as root, where the sandbox does not start; the pages are our own.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
