/** The browser for tests. Browser downloads are out of reach in many places, so it is the system's own Chromium. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const APT_GET = '/usr/bin/apt-get';
const INSTALL_ARGUMENTS = ['install', '--yes', '--no-install-recommends', 'chromium'];

/** @throws Error with the one command to run when there is no browser */
export function findChromium(): string {
  const given = process.env['CHROMIUM_PATH'];
  const found = given ? [given].find(existsSync) : CANDIDATES.find(existsSync);
  if (found) return found;
  if (given) throw new Error(`CHROMIUM_PATH is ${given}, and there is no such file.`);
  throw new Error(
    existsSync(APT_GET)
      ? 'The tests need a browser. Run: sudo apt-get update && sudo apt-get install -y chromium'
      : 'The tests need a browser. Install Chromium or Chrome, or set CHROMIUM_PATH to one.',
  );
}

/**
 * Installs Debian's package when there is no browser and we may.
 * @returns the path of the browser
 * @throws Error with the one command to run
 */
export async function ensureChromium(report: (message: string) => void): Promise<string> {
  try {
    return findChromium();
  } catch (error) {
    const mayInstall = process.getuid?.() === 0 && existsSync(APT_GET) && !process.env['CHROMIUM_PATH'];
    if (!mayInstall) throw error;
  }
  report('installing Chromium for the browser tests (apt-get install chromium), about a minute …');
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    await promisify(execFile)(APT_GET, ['update', '--quiet'], options);
    await promisify(execFile)(APT_GET, INSTALL_ARGUMENTS, options);
  } catch (error) {
    throw new Error(`apt-get could not install chromium: ${(error as Error).message}`, { cause: error });
  }
  return findChromium();
}
