/**
 * A shop of its own with orders of many kinds, all at rest, and copies of its database to break: the providers and Temporal
 * stay as they are, or answer through a list that a test has changed.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { audit, type AuditOptions } from '../../../src/auditor/audit.ts';
import type { AuditReport } from '../../../src/auditor/report.ts';
import { auditLab } from '../../chaos/support/audit-lab.ts';
import { ShopLab } from '../../chaos/support/shop-lab.ts';
import { holdShelves } from '../../support/held-rows.ts';
import { waitFor } from '../../support/stack.ts';
import { withOfflineDatabase } from '../../support/offline-database.ts';

/** An order of each kind, by what became of it. */
export interface Orders {
  /** Two locations, delivered, its return window over. */
  readonly completed: string;
  /** The same, and one unit came back and was refunded. */
  readonly refunded: string;
  readonly declined: string;
  readonly outOfStock: string;
  /** Charged, then cancelled; two items. */
  readonly cancelled: string;
  /** Cancelled before it was charged, because the carrier does not deliver there. */
  readonly voided: string;
  /** Charged, and its parcels lie at the carrier's desk. */
  readonly fulfilling: string;
  /** Its parcel is under way. */
  readonly shipped: string;
  /** Held for a person to look at. */
  readonly held: string;
  /** Refused by screening. */
  readonly refused: string;
  /** Placed by a customer with the customer's own key. */
  readonly customers: string;
}

/** Changes what a provider lists. */
export type Listed = Record<string, unknown> & { key: string };
export type ChangeList = (items: Listed[]) => Listed[];

const NEVER_MS = 3_600_000;
/** The first order takes all of one location and some of the other; what is left is enough for the rest. */
const SHELVES = { main: 20, west: 60 };
const MORE_THAN_ONE_SHELF = 65;

export class AuditedShop {
  readonly lab: ShopLab;
  readonly orders: Orders;
  /** Two items that every order is made of. */
  readonly skus: readonly [string, string];
  readonly #pristine = `pristine_${randomBytes(4).toString('hex')}`;

  private constructor(lab: ShopLab, orders: Orders, skus: readonly [string, string]) {
    this.lab = lab;
    this.orders = orders;
    this.skus = skus;
  }

  static async open(): Promise<AuditedShop> {
    const lab = await ShopLab.start({
      // Jobs would put right what a test has broken for good.
      variables: {
        REPAIR_DRIFT_INTERVAL_MS: `${NEVER_MS}`,
        RECONCILE_INTERVAL_MS: `${NEVER_MS}`,
        AUDIT_INTERVAL_MS: `${NEVER_MS}`,
        // Screening says what the scorer is told to say.
        FRAUD_SCREENING: 'on',
        FRAUD_WEIGHT_RULES: '0',
        FRAUD_WEIGHT_MODEL: '0',
        FRAUD_WEIGHT_EXTERNAL: '1',
        FRAUD_SCORE_TIMEOUT_MS: '15000',
      },
    });
    try {
      const skus = [await lab.stock(SHELVES), await lab.stock(SHELVES)] as const;
      const shop = new AuditedShop(lab, await placeOrders(lab, skus), skus);
      await shop.#freeze();
      return shop;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** Keeps the database as it is now, to be copied. */
  #freeze(): Promise<void> {
    const { postgresAdminUrl, databaseUrl } = this.lab.addresses;
    return withOfflineDatabase(postgresAdminUrl, databaseUrl, (admin, name) =>
      admin.unsafe(`CREATE DATABASE ${this.#pristine} TEMPLATE ${name}`),
    );
  }

  async #asAdmin<Result>(work: (admin: postgres.Sql) => Promise<Result>): Promise<Result> {
    const admin = postgres(this.lab.addresses.postgresAdminUrl, { max: 1, onnotice: () => undefined });
    try {
      return await work(admin);
    } finally {
      await admin.end({ timeout: 5 });
    }
  }

  /** Works on a copy of the database. @param work is given the addresses of the superuser and of the auditor */
  async withCopy<Result>(
    work: (superuserUrl: string, auditorUrl: string) => Promise<Result>,
  ): Promise<Result> {
    const copy = `broken_${randomBytes(4).toString('hex')}`;
    const at = (url: string): string => url.replace(/[^/]+$/, copy);
    await this.#asAdmin((admin) => admin.unsafe(`CREATE DATABASE ${copy} TEMPLATE ${this.#pristine}`));
    try {
      const { databaseUrl, env } = this.lab.addresses;
      return await work(at(databaseUrl), at(env['AUDIT_DATABASE_URL'] ?? ''));
    } finally {
      await this.#asAdmin((admin) => admin.unsafe(`DROP DATABASE ${copy} WITH (FORCE)`));
    }
  }

  /** An audit of everything, against this database. */
  audit(databaseUrl: string, changes: Partial<AuditOptions> = {}): Promise<AuditReport> {
    const { addresses } = this.lab;
    const { env } = addresses;
    return audit({
      databaseUrl,
      payments: { url: addresses.paymentProviderUrl, apiKey: env['PAYMENT_PROVIDER_API_KEY'] ?? '' },
      carrier: { url: addresses.carrierUrl, apiKey: env['CARRIER_API_KEY'] ?? '' },
      temporal: { address: addresses.temporalAddress, namespace: 'default', taskQueue: 'orders' },
      mayWrite: false,
      graceMs: 0,
      backlogMs: 600_000,
      looks: 2,
      lookAgainAfterMs: 1,
      ...changes,
    });
  }

  /** A provider that lists what the real one lists, changed. */
  async withList<Result>(
    provider: 'payments' | 'carrier',
    change: ChangeList,
    work: (changed: Partial<AuditOptions>) => Promise<Result>,
  ): Promise<Result> {
    const { paymentProviderUrl, carrierUrl, env } = this.lab.addresses;
    const [url, apiKey] =
      provider === 'payments'
        ? [paymentProviderUrl, env['PAYMENT_PROVIDER_API_KEY'] ?? '']
        : [carrierUrl, env['CARRIER_API_KEY'] ?? ''];
    const server = await listThrough(url, change);
    try {
      const { port } = server.address() as AddressInfo;
      return await work({ [provider]: { url: `http://127.0.0.1:${port}`, apiKey } });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  /** Speaks to the shop's Temporal as an operator does. */
  async atTemporal<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const connection = await Connection.connect({ address: this.lab.addresses.temporalAddress });
    try {
      return await work(new Client({ connection }));
    } finally {
      await connection.close();
    }
  }

  close(): Promise<void> {
    return this.lab.stop();
  }
}

/** Whatever belongs together lies on different pages of it. */
async function listThrough(url: string, change: ChangeList): Promise<Server> {
  const server = createServer((request, response) => {
    const asked = new URL(`${url}${request.url}`);
    asked.searchParams.set('limit', '7');
    void fetch(asked, { headers: { authorization: request.headers.authorization ?? '' } })
      .then(async (answer) => (await answer.json()) as { items: Listed[] })
      .then((page) => response.end(JSON.stringify({ ...page, items: change(page.items) })));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Two buyers who have both seen the last unit of something. @returns the order of the one who did not get it */
async function loseLastUnit(lab: ShopLab): Promise<string> {
  const sku = await lab.stock({ main: 1 });
  const held = await holdShelves(lab.addresses.databaseUrl, sku);
  try {
    const keys = ['one', 'other'].map((buyer) => `${buyer}-of-two`);
    const buying = Promise.all(
      keys.map((idempotencyKey) =>
        lab.insist('POST', '/v1/orders', { body: lab.orderBody([{ sku, quantity: 1 }]), idempotencyKey }),
      ),
    );
    await held.untilWaiting(keys.length);
    await held.release();
    const loser = (await buying).findIndex(({ status }) => status === 409);
    const won = lab.orderIdOf(keys[1 - loser] ?? '');
    await lab.until(won, 'completed', ({ status }) => status === 'completed');
    return lab.orderIdOf(keys[loser] ?? '');
  } finally {
    await held.close();
  }
}

/** A bulk that has come to its end. */
async function resendToMany(lab: ShopLab, orderIds: readonly string[]): Promise<void> {
  const body = { action: 'resend_notification', template: 'confirmed', reason: 'mails were lost', orderIds };
  const { body: bulk } = await lab.request('POST', '/v1/ops/bulk', { body, idempotencyKey: 'bulk' });
  await waitFor(
    async () => (await lab.request('GET', `/v1/ops/bulk/${String(bulk['id'])}`)).body['state'] === 'finished',
    { timeoutMs: 120_000, what: 'the bulk to be finished' },
  );
}

async function placeOrders(lab: ShopLab, [sku, other]: readonly [string, string]): Promise<Orders> {
  const both = [
    { sku, quantity: 2 },
    { sku: other, quantity: 1 },
  ];
  const place = async (name: string, changes: object = {}, token?: string): Promise<string> => {
    const body = { ...lab.orderBody(both, token), ...changes };
    await lab.insist('POST', '/v1/orders', { body, idempotencyKey: name });
    return lab.orderIdOf(name);
  };
  const parcelsStay = (name: string, speed: object): Promise<unknown> =>
    lab.control('carrier', 'PUT', 'speed', { orderId: lab.orderIdOf(name), ...speed });
  const is = (orderId: string, status: string) =>
    lab.until(orderId, status, (order) => order.status === status);

  await lab.control('carrier', 'PUT', 'speed', { shippedAfterMs: 100, deliveredAfterMs: 100 });
  await parcelsStay('cancelled', { shippedAfterMs: NEVER_MS });
  await parcelsStay('fulfilling', { shippedAfterMs: NEVER_MS });
  await parcelsStay('shipped', { deliveredAfterMs: NEVER_MS });

  const completed = await place('completed', { lines: [{ sku, quantity: MORE_THAN_ONE_SHELF }] });
  const refunded = await place('refunded');
  const declined = await place('declined', {}, 'tok_declined_do_not_honor');
  const outOfStock = await loseLastUnit(lab);
  const cancelled = await place('cancelled');
  const { shipTo } = lab.orderBody(both) as { shipTo: object };
  const voided = await place('voided', { shipTo: { ...shipTo, postalCode: '00000' } });
  const fulfilling = await place('fulfilling');
  const shipped = await place('shipped');
  for (const [orderId, score] of [
    [lab.orderIdOf('held'), 0.7],
    [lab.orderIdOf('refused'), 0.9],
  ] as const)
    await lab.control('fraud', 'PUT', 'scores', { orderId, score });
  const refused = await place('refused');
  const held = lab.orderIdOf('held');
  // It is not decided before a person has looked, so nobody waits for that.
  await lab.request('POST', '/v1/orders', { body: lab.orderBody(both), idempotencyKey: 'held' });
  await is(held, 'in_review');
  const { body } = await lab.insist('POST', '/v1/orders', {
    body: { ...lab.orderBody(both), customerId: 'cus_demo' },
    idempotencyKey: 'customers',
    key: lab.addresses.keys.customer,
  });
  if (typeof body['id'] !== 'string') throw new Error(`No order for the customer: ${JSON.stringify(body)}`);
  const customers = body['id'];

  const isCharged = (orderId: string) =>
    lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured');
  await isCharged(cancelled);
  await lab.until(voided, 'in need of a person', ({ attention }) => attention !== null);
  for (const orderId of [cancelled, voided])
    await lab.insist('POST', `/v1/orders/${orderId}/cancel`, {
      body: { reason: 'customer_request' },
      idempotencyKey: `cancel-${orderId}`,
    });
  await isCharged(fulfilling);
  await Promise.all([completed, refunded, customers].map((orderId) => is(orderId, 'completed')));
  await is(shipped, 'shipped');
  await lab.insist('POST', `/v1/orders/${refunded}/refunds`, {
    body: { lines: [{ lineId: '1', quantity: 1 }], reason: 'damaged', restock: true },
    idempotencyKey: 'refund',
  });
  await resendToMany(lab, [completed, customers]);
  const violations = await auditLab(lab);
  if (violations.length > 0) throw new Error(`The shop is not in order: ${violations.join('\n')}`);
  return {
    completed,
    refunded,
    declined,
    outOfStock,
    cancelled,
    voided,
    fulfilling,
    shipped,
    held,
    refused,
    customers,
  };
}
