/** Which API to speak to, and as whom. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { WrongUseError, type CliContext } from './context.ts';

export type DemoRole = 'operator' | 'approver' | 'importer';

export interface Credentials {
  readonly baseUrl: string;
  readonly apiKey: string;
}

const DEFAULT_URL = 'http://127.0.0.1:3000';
const DEMO_KEYS_FILE = join('.order-saga', 'demo-keys.json');
const demoKeysSchema = z.record(z.string(), z.string());

function readUrl(context: CliContext): URL {
  const text = context.environment['ORDER_SAGA_URL'] || DEFAULT_URL;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new WrongUseError(
      `ORDER_SAGA_URL is ${JSON.stringify(text)}; it must be an address such as ${DEFAULT_URL}.`,
    );
  }
  return url;
}

/** The key that `npm start` left for this role, or null when it left none. */
function readDemoKey(projectDirectory: string, role: DemoRole): string | null {
  let text: string;
  try {
    text = readFileSync(join(projectDirectory, DEMO_KEYS_FILE), 'utf8');
  } catch (error) {
    if (z.object({ code: z.literal('ENOENT') }).safeParse(error).success) return null;
    throw new WrongUseError(
      `${DEMO_KEYS_FILE} cannot be read: ${String(error)}. Set ORDER_SAGA_API_KEY instead.`,
      {
        cause: error,
      },
    );
  }
  try {
    return demoKeysSchema.parse(JSON.parse(text))[role] ?? null;
  } catch (error) {
    throw new WrongUseError(
      `${DEMO_KEYS_FILE} is not what \`npm start\` writes. Set ORDER_SAGA_API_KEY instead.`,
      {
        cause: error,
      },
    );
  }
}

/**
 * The address from ORDER_SAGA_URL and the key from ORDER_SAGA_API_KEY. Without a key, and only for an API on this machine,
 * the embedded stack's demo key of the role is used, and said so.
 *
 * @throws WrongUseError when the address is none or there is no key
 */
export function resolveCredentials(context: CliContext, role: DemoRole): Credentials {
  const url = readUrl(context);
  const baseUrl = url.href.replace(/\/$/, '');
  const given = context.environment['ORDER_SAGA_API_KEY'];
  if (given) return { baseUrl, apiKey: given };
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  const demoKey = isLocal ? readDemoKey(context.projectDirectory, role) : null;
  if (demoKey === null) {
    throw new WrongUseError(
      `ORDER_SAGA_API_KEY is not set. Set it to an API key of ${baseUrl}` +
        (isLocal
          ? `, or start the embedded stack with \`npm start\`, whose demo keys are found by themselves.`
          : '.'),
    );
  }
  context.remark(`ORDER_SAGA_API_KEY is not set: using the demo key "${role}" from ${DEMO_KEYS_FILE}.`);
  return { baseUrl, apiKey: demoKey };
}
