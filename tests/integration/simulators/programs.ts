/** Starts simulators as the programs that they are, on free ports with a store of their own, and ends them. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../../../embedded/ports.ts';
import {
  verifyWebhook,
  WEBHOOK_SIGNATURE_HEADER,
  type WebhookVerification,
} from '../../../src/config/webhook-signature.ts';

export const API_KEY = 'key-of-the-test';
export const WEBHOOK_SECRET = 'webhook-secret-of-the-test';

/** An answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what is asserted is exactly what came
  readonly json: any;
  readonly headers: Headers;
}

export interface Program {
  readonly url: string;
  /** Sends a request with the API key. */
  send(
    method: string,
    path: string,
    options?: {
      readonly body?: unknown;
      readonly key?: string;
      readonly headers?: Record<string, string>;
      readonly timeoutMs?: number;
    },
  ): Promise<Reply>;
  /** Ends the program by `kill -9` and starts it again on the same port and store. */
  crashAndRestart(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends the program as a supervisor does. @returns its exit code */
  terminate(): Promise<number | null>;
  /** Ends the program, if it runs, and removes its store. */
  dispose(): Promise<void>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

async function startProgram(
  file: string,
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-simulator-'));
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = fork(join(root, file), {
      execArgv: [],
      env: {
        PATH: process.env['PATH'],
        LOG_LEVEL: 'warn',
        STORE_FILE: join(folder, 'store.db'),
        ...environment,
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child = started;
    const failed = once(started, 'exit').then(([code]) => {
      throw new Error(`${file} ended with code ${String(code)} before it was ready`);
    });
    await Promise.race([once(started, 'message'), failed]);
    failed.catch(() => undefined);
  };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  await start();
  return {
    url,
    start,
    send: (method, path, options) => send(url + path, method, options),
    kill: async () => void (await end('SIGKILL')),
    crashAndRestart: async () => {
      await end('SIGKILL');
      await start();
    },
    terminate: () => end('SIGTERM'),
    dispose: async () => {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const send: (
  url: string,
  method: string,
  options?: Parameters<Program['send']>[2],
) => Promise<Reply> = async (url, method, { body, key, headers = {}, timeoutMs = 10_000 } = {}) => {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    text,
    json: isJson ? JSON.parse(text) : undefined,
    headers: response.headers,
  };
};

export async function startPaymentProvider(environment: Record<string, string> = {}): Promise<Program> {
  const [port = 0] = await findFreePorts(1);
  const file = 'simulators/payment-provider/main.ts';
  return startProgram(file, port, { PORT: String(port), API_KEY, WEBHOOK_SECRET, ...environment });
}

export async function startCarrier(environment: Record<string, string> = {}): Promise<Program> {
  const [port = 0] = await findFreePorts(1);
  const file = 'simulators/carrier/main.ts';
  return startProgram(file, port, { PORT: String(port), API_KEY, WEBHOOK_SECRET, ...environment });
}

export async function startFraudScore(environment: Record<string, string> = {}): Promise<Program> {
  const [port = 0] = await findFreePorts(1);
  return startProgram('simulators/fraud-score/main.ts', port, {
    PORT: String(port),
    API_KEY,
    ...environment,
  });
}

export async function startMailSink(): Promise<Program & { readonly smtpPort: number }> {
  const [port = 0, smtpPort = 0] = await findFreePorts(2);
  const program = await startProgram('simulators/mail/main.ts', port, {
    HTTP_PORT: String(port),
    SMTP_PORT: String(smtpPort),
  });
  return { ...program, smtpPort };
}

/** One webhook as it arrived. */
export interface ReceivedWebhook {
  readonly verification: WebhookVerification;
  readonly header: string | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- what is asserted is exactly what came
  readonly body: any;
  readonly status: number;
}

/** A receiver of webhooks that answers what it is told to. */
export async function receiveWebhooks(answer: (arrived: number) => number = () => 200): Promise<{
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  close(): Promise<void>;
}> {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const header = request.headers[WEBHOOK_SIGNATURE_HEADER];
      const signature = typeof header === 'string' ? header : undefined;
      const status = answer(received.length + 1);
      received.push({
        header: signature,
        verification: verifyWebhook({
          secret: WEBHOOK_SECRET,
          header: signature,
          body: raw,
          nowSeconds: Date.now() / 1000,
        }),
        body: JSON.parse(raw.toString()),
        status,
      });
      response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    received,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
