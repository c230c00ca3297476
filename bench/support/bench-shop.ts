/** The order service under measurement: every part a program of its own, with what it stores kept safe against a crash. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { ShopLab, type ShopLabOptions } from '../../tests/chaos/support/shop-lab.ts';
import type { Engine } from './engine.ts';
import { HttpClient, type HttpAnswer } from './http-client.ts';
import { OrderWatch } from './order-watch.ts';
import { Recent } from './recent.ts';
import type { RunningProgram, Subject } from './subject.ts';

export interface BenchShopOptions {
  readonly engine: Engine;
  readonly apis?: number;
  readonly orderWorkers?: number;
  /** How many items orders are spread over. @default 200 */
  readonly skus?: number;
  /** Go before the usual ones of our programs. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Where our programs leave profiles of their processor time. @default none */
  readonly profileDirectory?: string;
}

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export type PlacedAnswer = HttpAnswer & { readonly orderId: string };

/**
 * Where providers and broker keep what they know: they stand for machines of others, whose disks ours do not wait for. It
 * outlives a `kill -9`, as they do.
 */
const MEMORY = '/dev/shm';
const PLENTY = 1_000_000_000;
const NEVER_MS = 1_000_000_000;
/** Before the next API is asked, where one does not answer. */
const RECONNECT_PAUSE_MS = 50;
/** What is said about every statement costs little, and nothing is said about single requests. */
const POSTGRES_SETTINGS = { shared_preload_libraries: 'pg_stat_statements' };
const VARIABLES = { RATE_LIMIT_PER_SECOND: '100000', LOG_LEVEL: 'warn', RETURN_WINDOW_MS: '1000' };
/** As in production; the embedded stack runs its jobs more often, for people who try it. */
const JOBS = {
  REPAIR_DRIFT_INTERVAL_MS: '60000',
  RECONCILE_INTERVAL_MS: '300000',
  RECONCILE_GRACE_MS: '600000',
  REAP_INTERVAL_MS: '3600000',
  AUDIT_INTERVAL_MS: '900000',
};

export class BenchShop {
  readonly lab: ShopLab;
  readonly http: HttpClient;
  readonly watch: OrderWatch;
  readonly skus: readonly string[];
  readonly recent = new Recent<string>();
  /** How many orders were placed and came to where they should be. */
  placed = 0;
  /** How many requests were answered 503. */
  putOff = 0;
  readonly #engine: Engine;
  readonly #apis: number;
  readonly #orderWorkers: number;
  readonly #outside: string;

  private constructor(lab: ShopLab, skus: readonly string[], outside: string, options: BenchShopOptions) {
    this.lab = lab;
    this.#outside = outside;
    this.skus = skus;
    this.http = new HttpClient(lab.apiUrls, lab.addresses.keys.operator);
    this.watch = new OrderWatch(lab.addresses.databaseUrl);
    this.#engine = options.engine;
    this.#apis = options.apis ?? 1;
    this.#orderWorkers = options.orderWorkers ?? 1;
  }

  static async start(options: BenchShopOptions): Promise<BenchShop> {
    const outside = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'order-saga-outside-'));
    const labOptions: ShopLabOptions = {
      state: { simulators: join(outside, 'simulators'), aws: join(outside, 'aws') },
      apis: options.apis ?? 1,
      orderWorkers: options.orderWorkers ?? 1,
      durable: true,
      profileDirectory: options.profileDirectory,
      settings: { TEMPORAL_ADDRESS: options.engine.address },
      variables: { ...JOBS, ...VARIABLES, ...options.variables },
      postgresSettings: { ...POSTGRES_SETTINGS, ...options.postgresSettings },
    };
    const lab = await ShopLab.start(labOptions);
    try {
      await lab.database.query('bench.statistics', sql`CREATE EXTENSION pg_stat_statements`);
      // An order is whole when it is charged; its parcels stay where they are until somebody says otherwise.
      await lab.control('carrier', 'PUT', 'speed', { shippedAfterMs: NEVER_MS, deliveredAfterMs: NEVER_MS });
      const skus: string[] = [];
      for (let count = 0; count < (options.skus ?? 200); count += 1)
        skus.push(await lab.stock({ main: PLENTY }));
      return new BenchShop(lab, skus, outside, options);
    } catch (error) {
      await lab.stop();
      rmSync(outside, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.watch.stop();
    this.http.close();
    await this.lab.stop();
    rmSync(this.#outside, { recursive: true, force: true });
  }

  /** One of each of two items, as most orders are. */
  twoLines(): Line[] {
    const first = Math.floor(Math.random() * this.skus.length);
    return [first, first + 1].map((index) => ({ sku: this.sku(index), quantity: 1 }));
  }

  /** One of the items; numbers beyond the last begin anew. */
  sku(index: number): string {
    return this.skus[index % this.skus.length] ?? '';
  }

  /** Asks once, and tells what was answered. */
  async place(lines: readonly Line[] = this.twoLines()): Promise<PlacedAnswer> {
    const idempotencyKey = randomBytes(12).toString('hex');
    const answer = await this.http.post('/v1/orders', this.lab.orderBody(lines), idempotencyKey);
    return { ...answer, orderId: this.lab.orderIdOf(idempotencyKey) };
  }

  /**
   * Places one as a careful client does: what fails is sent again with the same key, to the next API, until it is taken.
   * @param onFailed told of each failure before it is sent again; what it throws ends that
   * @returns its id
   */
  async placeCarefully(
    lines: readonly Line[],
    onFailed: (failure: HttpAnswer | Error) => void,
  ): Promise<string> {
    const idempotencyKey = randomBytes(12).toString('hex');
    const body = this.lab.orderBody(lines);
    for (;;) {
      const answer = await this.http
        .post('/v1/orders', body, idempotencyKey)
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      if (!(answer instanceof Error) && (answer.status === 201 || answer.status === 202))
        return this.lab.orderIdOf(idempotencyKey);
      onFailed(answer);
      const retryAfter = answer instanceof Error ? undefined : answer.headers['retry-after'];
      await delay(retryAfter === undefined ? RECONNECT_PAUSE_MS : Number(retryAfter) * 1000);
    }
  }

  /** Places one and waits until it is where it should be. One that is put off is sent again. */
  async placeWhole(lines: readonly Line[] = this.twoLines()): Promise<void> {
    const orderId = await this.placeCarefully(lines, (failure) => {
      if (failure instanceof Error) throw failure;
      if (failure.status !== 503) throw new Error(`An order was answered ${failure.status}: ${failure.text}`);
      this.putOff += 1;
    });
    await this.watch.reached(orderId);
    this.recent.add(orderId);
    this.placed += 1;
  }

  /** @param linesOf what each order is for @default two items */
  subject(name: string, linesOf: () => readonly Line[] = () => this.twoLines()): Subject {
    const engine = this.#engine;
    return {
      name,
      run: () => this.placeWhole(linesOf()),
      programs: () => [...this.programs(), ...engine.programs()],
      databases: { orders: this.lab.addresses.databaseUrl, temporal: engine.databaseUrl },
      recentWorkflowIds: () => this.recent.all(),
    };
  }

  /** Everything of the service, of what is around it, and this process. */
  programs(): RunningProgram[] {
    const numbered = (base: string, count: number, separator: string): string[] =>
      Array.from({ length: count }, (_, index) =>
        separator === '' && index === 0 ? base : `${base}-${index + 1}`,
      );
    const own = [
      ...numbered('api', this.#apis, ''),
      ...numbered('order-worker', this.#orderWorkers, '-'),
      'maintenance-worker',
      'relay',
      'projections',
    ];
    const program = (name: string, role: RunningProgram['role']): RunningProgram => ({
      name,
      pid: this.lab.pidOf(name),
      role,
    });
    return [
      ...own.map((name) => program(name, 'own')),
      { ...program('postgres', 'own'), hasChildren: true },
      ...['payment-provider', 'carrier', 'mail', 'aws'].map((name) => program(name, 'outside')),
      { name: 'load', pid: process.pid, role: 'load' },
    ];
  }
}
