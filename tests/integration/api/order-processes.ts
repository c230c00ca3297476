/** What decides orders: the order worker and the simulators that it speaks to, as the programs that they are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from '../../../embedded/ports.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import { CARRIER_SECRET, commonVariables, PAYMENT_SECRET } from './test-api.ts';

const API_KEY = 'key-of-the-simulators';
const HOUR_MS = 3_600_000;

export interface Fault {
  readonly operation: string;
  readonly behaviour: string;
  readonly orderId?: string;
  readonly times?: number;
  readonly delayMs?: number;
}

export interface OrderProcesses {
  /** Makes a simulator misbehave until {@link OrderProcesses.calm}. */
  misbehave(who: 'payments' | 'carrier', ...rules: readonly Fault[]): Promise<void>;
  calm(): Promise<void>;
  /** What the payment provider really did for an order. */
  paymentOperations(
    orderId: string,
  ): Promise<readonly { readonly id: string; readonly operation: string; readonly status: string }[]>;
  /** Speaks to the control interface of a simulator. @returns what it answers */
  control(who: 'payments' | 'carrier', method: string, path: string, body?: unknown): Promise<unknown>;
  /** Ends the order worker as a supervisor does; nothing when there is none. */
  stopWorker(): Promise<void>;
  /** One in the place of the last, which must have ended. @param release the folder of its code @default this checkout */
  startWorker(release?: string): Promise<void>;
  /** What the order worker was started with, for further programs beside it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * @param variables of the order worker, which go before those that it has here
 * @param apiUrl where the providers send their webhooks @default they send none
 */
export async function startOrderProcesses(
  databaseUrl: string,
  taskQueue: string,
  variables: Readonly<Record<string, string>> = {},
  apiUrl?: string,
): Promise<OrderProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'order-saga-api-test-'));
  const [payments, carrier, smtp, mail] = await findFreePorts(4);
  const url = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  const simulator = (name: string, variables: Record<string, string>): Promise<RunningProgram> =>
    startProgram(`simulators/${name}/main.ts`, {
      STORE_FILE: join(folder, `${name}.sqlite`),
      API_KEY,
      LOG_LEVEL: 'warn',
      ...variables,
    });
  const environment = {
    ...commonVariables(databaseUrl, taskQueue),
    PAYMENT_PROVIDER_URL: url(payments),
    PAYMENT_PROVIDER_API_KEY: API_KEY,
    CARRIER_URL: url(carrier),
    CARRIER_API_KEY: API_KEY,
    FRAUD_DIGEST_KEY: 'digest-key-of-the-test-'.repeat(2),
    SMTP_URL: `smtp://127.0.0.1:${smtp}`,
    MAIL_LOOKUP_URL: url(mail),
    ...variables,
  };
  const webhooks = (noun: string, secret: string): Record<string, string> =>
    apiUrl === undefined ? {} : { WEBHOOK_URL: `${apiUrl}/v1/webhooks/${noun}`, WEBHOOK_SECRET: secret };
  let worker: RunningProgram | null = null;
  const startWorker = async (release?: string): Promise<void> => {
    worker = await startProgram('src/workers/order-worker.main.ts', environment, release);
  };
  const stopWorker = async (): Promise<void> => {
    const running = worker;
    worker = null;
    await running?.stop();
  };
  const starting = [
    simulator('payment-provider', { PORT: String(payments), ...webhooks('payments', PAYMENT_SECRET) }),
    simulator('carrier', { PORT: String(carrier), ...webhooks('shipping', CARRIER_SECRET) }),
    simulator('mail', { SMTP_PORT: String(smtp), HTTP_PORT: String(mail) }),
    startWorker(),
  ];
  const outcomes = await Promise.allSettled<RunningProgram | void>(starting);
  const programs = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' && outcome.value ? [outcome.value] : [],
  );
  const stop = async (): Promise<void> => {
    // The worker first: it waits for the calls that are under way.
    await stopWorker();
    for (const program of programs.toReversed()) await program.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const control = async (
    port: number | undefined,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<unknown> => {
    const response = await fetch(`${url(port)}/control/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} /control/${path} answered ${response.status}`);
    const text = await response.text();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  // Parcels leave when a test says so, however slow the machine is.
  await control(carrier, 'PUT', 'speed', { shippedAfterMs: HOUR_MS, deliveredAfterMs: HOUR_MS });
  return {
    environment,
    startWorker,
    stopWorker,
    control: (who, ...asked) => control(who === 'payments' ? payments : carrier, ...asked),
    misbehave: async (who, ...rules) => {
      await control(who === 'payments' ? payments : carrier, 'PUT', 'faults', { rules });
    },
    calm: async () => {
      await Promise.all([control(payments, 'DELETE', 'faults'), control(carrier, 'DELETE', 'faults')]);
    },
    paymentOperations: async (orderId) =>
      (await control(payments, 'GET', `operations?orderId=${orderId}`)) as {
        id: string;
        operation: string;
        status: string;
      }[],
    stop,
  };
}
