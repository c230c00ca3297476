/**
 * A whole order service of its own, every part a real program, whose programs can be killed one by one. It needs nothing
 * started before, so that tests and the long campaigns share it.
 *
 * Owns: starting, killing, speaking to it over HTTP, and what must hold at the end. Does not own: which fault comes when.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, type Database } from '../../../db/client.ts';
import { findFreePorts } from '../../../embedded/ports.ts';
import { commandLineOf, signalProcess } from '../../../embedded/process-table.ts';
import type { StartedParts } from '../../../embedded/part.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import { deriveId } from '../../../src/api/http/derived-id.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { makeStackDirectory, startStackIn, type TestStackOptions } from '../../support/running-stack.ts';
import type { StackAddresses } from '../../support/stack.ts';

export interface ShopLabOptions extends Pick<
  TestStackOptions,
  | 'variables'
  | 'programFiles'
  | 'settings'
  | 'state'
  | 'durable'
  | 'postgresSettings'
  | 'temporalSettings'
  | 'scaling'
  | 'onNotice'
> {
  /** @default 1 */
  readonly apis?: number;
  /** @default 1 */
  readonly orderWorkers?: number;
  /** Where our programs leave profiles of their processor time. @default none */
  readonly profileDirectory?: string | undefined;
}

/** An answer of the service. */
export interface Answer {
  readonly status: number;
  /** The very bytes, as text. */
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** Which of the API's processes, from 0. @default 0 */
  readonly api?: number;
  /** The API key to use. @default the operator's */
  readonly key?: string;
}

/** Long enough for a busy machine; what is waited for is a condition. */
const PATIENCE_MS = 60_000;
/** The one who places orders; ids of orders follow from it and the Idempotency-Key. */
const OPERATOR = 'key:demo-operator';
/** A server that is killed again and again comes back as fast as one that was killed once. */
const RESTART_PAUSES_MS = { first: 200, longest: 200, calmAfter: 0 };

export class ShopLab {
  readonly directory: string;
  readonly addresses: StackAddresses;
  readonly apiUrls: readonly string[];
  /** Direct, whatever the programs of the service go through. */
  readonly database: Database;
  /** What ended by itself or was killed, and what came back, in order. */
  readonly incidents: readonly string[];
  readonly #parts: StartedParts;

  private constructor(
    directory: string,
    started: { readonly parts: StartedParts; readonly addresses: StackAddresses },
    incidents: readonly string[],
    apiPorts: readonly number[],
  ) {
    this.directory = directory;
    this.incidents = incidents;
    this.addresses = started.addresses;
    this.#parts = started.parts;
    this.apiUrls = [this.addresses.apiUrl, ...apiPorts.map((port) => `http://127.0.0.1:${port}`)];
    this.database = createDatabase({ url: this.addresses.databaseUrl, poolSize: 4 });
  }

  static async start(options: ShopLabOptions = {}): Promise<ShopLab> {
    const directory = await makeStackDirectory();
    const incidents: string[] = [];
    try {
      const moreApiPorts = await findFreePorts((options.apis ?? 1) - 1);
      const started = await startStackIn(directory, {
        ...options,
        settings: { ORDER_WORKERS: String(options.orderWorkers ?? 1), ...options.settings },
        moreApiPorts,
        host: {
          onIncident: (name, what) => void incidents.push(`${name} ${what}`),
          restartPausesMs: RESTART_PAUSES_MS,
          profileDirectory: options.profileDirectory,
        },
      });
      return new ShopLab(directory, started, incidents, moreApiPorts);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    try {
      await this.database.close();
      await this.#parts.stop();
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  /** All that a program has written, for example `order-worker-1`, `relay`, `api-2`, `postgres`, `temporal`. */
  logOf(program: string): string {
    return readFileSync(join(this.directory, 'logs', `${program}.log`), 'utf8');
  }

  /** Process id of a program that runs now. @throws Error when it does not */
  pidOf(program: string): number {
    const pid = this.findPidOf(program);
    if (pid === null) throw new Error(`${program} does not run`);
    return pid;
  }

  /** The same, null when it does not run. */
  findPidOf(program: string): number | null {
    const file = join(this.directory, 'run', `${program}.json`);
    if (!existsSync(file)) return null;
    const text = readFileSync(file, 'utf8');
    // It is being written.
    if (text === '') return null;
    const { pid, commandLine } = JSON.parse(text) as { pid: number; commandLine: string };
    return commandLineOf(pid) === commandLine ? pid : null;
  }

  /** `kill -9`; the supervisor starts it again. PostgreSQL gets an immediate shutdown, which takes its own processes along. */
  kill(program: string): void {
    signalProcess(this.pidOf(program), program === 'postgres' ? 'SIGQUIT' : 'SIGKILL');
  }

  /** Kills it and waits until the next one says that it works. */
  async crash(program: string): Promise<void> {
    const returns = this.#returnsOf(program);
    this.kill(program);
    await waitFor(() => this.#returnsOf(program) > returns, {
      timeoutMs: PATIENCE_MS,
      what: `${program} to be back`,
    });
  }

  #returnsOf(program: string): number {
    return this.incidents.filter((incident) => incident === `${program} runs again`).length;
  }

  /** One request, whatever becomes of it. @throws TypeError when the connection fails */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body, idempotencyKey, api = 0, key = this.addresses.keys.operator } = options;
    const response = await fetch(`${this.apiUrls[api % this.apiUrls.length]}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
  }

  /** Repeats a request with its key, as a careful client does, until the service has decided: not on 202, 429, 5xx, an equal request under way or a lost connection. */
  insist(
    method: string,
    path: string,
    options: RequestOptions = {},
    timeoutMs = 2 * PATIENCE_MS,
  ): Promise<Answer> {
    return waitFor(
      async () => {
        const answer = await this.request(method, path, options).catch((error: unknown) => {
          if (error instanceof TypeError) return null;
          throw error;
        });
        if (answer === null || answer.status === 202 || answer.status === 429 || answer.status >= 500)
          return null;
        // Somebody else's attempt is under way, or one that was killed and whose lease has not run out.
        return answer.body['code'] === 'REQUEST_IN_PROGRESS' ? null : answer;
      },
      { timeoutMs, what: `${method} ${path} to be decided` },
    );
  }

  /** An item at 3.70 of which so much lies at each location. @returns its sku */
  async stock(onHand: Readonly<Record<string, number>>): Promise<string> {
    const sku = `SKU-${randomBytes(5).toString('hex')}`;
    const item = {
      name: `Mug ${sku}`,
      prices: [{ amountMinor: 370, currency: 'GBP' }],
      weightGrams: 300,
      active: true,
    };
    const { admin } = this.addresses.keys;
    await this.#must(200, await this.insist('PUT', `/v1/items/${sku}`, { body: item, key: admin }));
    for (const [locationId, quantity] of Object.entries(onHand)) {
      const answer = await this.insist('POST', `/v1/inventory/${sku}/adjustments`, {
        body: { locationId, quantity, reason: 'received' },
        idempotencyKey: `stock-${sku}-${locationId}`,
        key: admin,
      });
      await this.#must(201, answer);
    }
    return sku;
  }

  async #must(status: number, answer: Answer): Promise<void> {
    if (answer.status !== status) throw new Error(`Expected ${status}, got ${answer.status}: ${answer.text}`);
  }

  /** The body of a request that places an order. */
  orderBody(
    lines: readonly { readonly sku: string; readonly quantity: number }[],
    token = 'tok_visa',
  ): Record<string, unknown> {
    return {
      customerId: 'cus_lab',
      currency: 'GBP',
      lines,
      payment: { method: 'card', token },
      shipTo: {
        name: 'Jane Doe',
        line1: '1 High Street',
        city: 'Leeds',
        postalCode: 'LS1 1UR',
        country: 'GB',
      },
      contact: { email: 'jane@example.com' },
    };
  }

  /** The id that the order of this Idempotency-Key has or will have. */
  orderIdOf(idempotencyKey: string): string {
    return deriveId('ord', OPERATOR, idempotencyKey);
  }

  async order(orderId: string): Promise<OrderView> {
    const answer = await this.request('GET', `/v1/orders/${orderId}`);
    await this.#must(200, answer);
    return answer.body as unknown as OrderView;
  }

  /** Waits until the order is as `is` says; an API that is away meanwhile is waited for. */
  until(
    orderId: string,
    what: string,
    is: (order: OrderView) => boolean,
    timeoutMs = PATIENCE_MS,
  ): Promise<OrderView> {
    return waitFor(
      async () => {
        const order = await this.order(orderId).catch(() => null);
        return order !== null && is(order) ? order : null;
      },
      { timeoutMs, what: `order ${orderId} to be ${what}` },
    );
  }

  /** Speaks to the control interface of a simulator. */
  async control(
    provider: 'payments' | 'carrier' | 'fraud',
    method: string,
    path: string,
    body?: unknown,
  ): Promise<unknown> {
    const { paymentProviderUrl, carrierUrl, env } = this.addresses;
    const base = { payments: paymentProviderUrl, carrier: carrierUrl, fraud: env['FRAUD_SCORE_URL'] }[
      provider
    ];
    const response = await fetch(`${base}/control/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /control/${path} answered ${response.status}: ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }
}
