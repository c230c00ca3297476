/**
 * What the providers report, one to five times each and in any order, over all processes of the API: every order ends as it
 * does when each report comes once and in its order.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { waitFor } from '../../../embedded/wait-for.ts';
import { signWebhook, WEBHOOK_SIGNATURE_HEADER } from '../../../src/config/webhook-signature.ts';
import type { ShopLab } from '../support/shop-lab.ts';
import {
  comeToRest,
  control,
  race,
  read,
  scaled,
  type Race,
  type RaceNumbers,
  type RaceRun,
} from './race.ts';

const PATIENCE_MS = 900_000;
/** Each report comes so often at the most. */
const MOST_COPIES = 5;

interface Shape {
  readonly name: string;
  readonly quantity: number;
  readonly onHand: Readonly<Record<string, number>>;
  /** What is asked for once the customer was charged. */
  readonly afterwards?: { readonly path: string; readonly body: Record<string, unknown> };
  /** Reports of both providers. */
  readonly reports: number;
}

const SHAPES: readonly Shape[] = [
  { name: 'one parcel', quantity: 1, onHand: { main: 1 }, reports: 4 },
  { name: 'two parcels', quantity: 2, onHand: { main: 1, west: 1 }, reports: 6 },
  {
    name: 'two parcels and a refund',
    quantity: 2,
    onHand: { main: 1, west: 1 },
    afterwards: { path: 'refunds', body: { amountMinor: 100, reason: 'damaged' } },
    reports: 7,
  },
  {
    name: 'a cancellation',
    quantity: 1,
    onHand: { main: 1 },
    afterwards: { path: 'cancel', body: { reason: 'customer_request' } },
    reports: 3,
  },
];

interface Placed {
  readonly orderId: string;
  readonly shape: Shape;
}

/** Places so many orders of a shape, as far as they go without the carrier's reports. */
async function place({ lab }: RaceRun, shape: Shape, prefix: string, count: number): Promise<Placed[]> {
  const shelves = Object.entries(shape.onHand).map(([location, units]) => [location, units * count] as const);
  // With exactly one unit at each place for each order, one that needs two is served from both.
  const skus = await Promise.all(shelves.map(([location, units]) => lab.stock({ [location]: units })));
  const line = (sku: string) => ({ sku, quantity: shape.quantity / skus.length });
  return race(
    Array.from({ length: count }, (_, number) => `${prefix}-${number}`),
    async (key, index) => {
      const orderId = lab.orderIdOf(key);
      const isCancelled = shape.afterwards?.path === 'cancel';
      // A parcel that has left cannot be cancelled, so these stay until they are.
      if (isCancelled)
        await control(lab, 'carrier', 'PUT', 'speed', { orderId, shippedAfterMs: 600_000_000 });
      const answer = await lab.insist('POST', '/v1/orders', {
        body: lab.orderBody(skus.map(line)),
        idempotencyKey: key,
        api: index,
      });
      if (answer.status !== 201) throw new Error(`${key} was answered ${answer.status}: ${answer.text}`);
      if (shape.afterwards !== undefined) {
        await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured', PATIENCE_MS);
        await lab.insist('POST', `/v1/orders/${orderId}/${shape.afterwards.path}`, {
          body: shape.afterwards.body,
          idempotencyKey: `${key}-afterwards`,
          api: index,
        });
      }
      return { orderId, shape };
    },
  );
}

/** What can be compared between two orders of a shape. */
async function stateOf(lab: ShopLab, orderId: string): Promise<Readonly<Record<string, unknown>>> {
  const order = await lab.until(orderId, 'readable', () => true);
  const { body } = await read(lab, `/v1/orders/${orderId}/events?limit=100`);
  const { status, paymentStatus, version, attention, totals } = order;
  return {
    status,
    paymentStatus,
    version,
    attention,
    totals,
    shipments: order.shipments.map((shipment) => shipment.status),
    refunds: order.refunds.map((refund) => [refund.status, refund.amount.amountMinor]),
    events: (body['items'] as { type: string }[]).map(({ type }) => type),
  };
}

interface Report {
  readonly provider: 'payments' | 'shipping';
  readonly orderId: string;
  readonly body: string;
}

/** The reports that a provider keeps back, as it would have sent them, the oldest first. */
function heldReports(lab: ShopLab, provider: Report['provider']): Report[] {
  const file = provider === 'payments' ? 'payment-provider.db' : 'carrier.db';
  const store = new DatabaseSync(join(lab.directory, 'simulators', file), { readOnly: true });
  try {
    const rows = store.prepare(
      `SELECT order_id, body FROM webhook_deliveries WHERE state = 'held' ORDER BY position`,
    );
    return rows
      .all()
      .map(({ order_id: orderId, body }) => ({ provider, orderId: String(orderId), body: String(body) }));
  } finally {
    store.close();
  }
}

async function hooks(lab: ShopLab, method: string, path: string, body?: unknown): Promise<Counts[]> {
  const answers: Counts[] = [];
  for (const provider of ['payments', 'carrier'] as const)
    answers.push((await control(lab, provider, method, path, body)) as Counts);
  return answers;
}
interface Counts {
  readonly held: number;
  readonly waiting: number;
}

async function deliver(
  { lab, findings }: RaceRun,
  reports: readonly Report[],
  inFlight?: number,
): Promise<void> {
  const { env } = lab.addresses;
  const secrets = { payments: env['PAYMENT_WEBHOOK_SECRET'], shipping: env['CARRIER_WEBHOOK_SECRET'] };
  const deliverOne = async ({ provider, body }: Report, index: number): Promise<number> => {
    const base = lab.apiUrls[index % lab.apiUrls.length];
    const signature = signWebhook(secrets[provider] ?? '', Math.floor(Date.now() / 1000), body);
    // A provider whose connection is lost delivers once more.
    return waitFor(
      async () => {
        const response = await fetch(`${base}/v1/webhooks/${provider}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', [WEBHOOK_SIGNATURE_HEADER]: signature },
          body,
        });
        await response.body?.cancel();
        return response.status;
      },
      { timeoutMs: 60_000, what: 'the API to take a report' },
    );
  };
  const statuses = await race(reports, deliverOne, inFlight);
  const refused = statuses.filter((status) => status !== 200);
  findings.equal('reports that were not taken', refused.length, 0);
}

/** Places orders of every shape; the first of each is the one that the others are held against. */
async function placeAll(run: RaceRun, each: number): Promise<readonly Placed[][]> {
  const placed: Placed[][] = [];
  for (const shape of SHAPES) {
    const prefix = `reported-${run.random.seed}-${shape.name.replaceAll(' ', '-')}`;
    placed.push(await place(run, shape, prefix, 1 + each));
    run.say(`${each} orders with ${shape.name} are placed, their reports kept back`);
  }
  return placed;
}

async function untilAllAreMade(lab: ShopLab, total: number): Promise<void> {
  await waitFor(
    async () => (await hooks(lab, 'GET', 'webhooks')).reduce((sum, { held }) => sum + held, 0) === total,
    { timeoutMs: PATIENCE_MS, intervalMs: 500, what: `${total} reports to be made` },
  );
}

/** And once more, long after everything has ended: the providers send what they kept. */
async function deliverLate(lab: ShopLab): Promise<void> {
  await hooks(lab, 'PUT', 'webhooks', { mode: 'normal' });
  await hooks(lab, 'POST', 'webhooks/release', {});
  await waitFor(async () => (await hooks(lab, 'GET', 'webhooks')).every(({ waiting }) => waiting === 0), {
    timeoutMs: PATIENCE_MS,
    intervalMs: 500,
    what: 'the late reports to be taken',
  });
}

async function shuffledReports(run: RaceRun): Promise<RaceNumbers> {
  try {
    return await shuffleReports(run);
  } finally {
    await hooks(run.lab, 'PUT', 'webhooks', { mode: 'normal' });
  }
}

async function shuffleReports(run: RaceRun): Promise<RaceNumbers> {
  const { lab, random, findings, scale, say } = run;
  await control(lab, 'carrier', 'PUT', 'speed', { shippedAfterMs: 20, deliveredAfterMs: 20 });
  await hooks(lab, 'PUT', 'webhooks', { mode: 'hold' });
  const placed = await placeAll(run, scaled(500, scale, 5));
  const all = placed.flat();
  await untilAllAreMade(
    lab,
    all.reduce((sum, { shape }) => sum + shape.reports, 0),
  );
  const reports = [...heldReports(lab, 'payments'), ...heldReports(lab, 'shipping')];
  const models = new Set(placed.map(([first]) => first?.orderId ?? ''));
  const inOrder = reports.filter(({ orderId }) => models.has(orderId));
  await deliver(run, inOrder, 1);
  const copies = reports
    .filter(({ orderId }) => !models.has(orderId))
    .flatMap((report) => Array.from({ length: random.integer(1, MOST_COPIES) }, () => report));
  say(`${reports.length - inOrder.length} reports, delivered ${copies.length} times in any order`);
  await deliver(run, random.shuffle(copies));
  await comeToRest(lab);
  await deliverLate(lab);
  await comeToRest(lab);

  for (const [model, ...others] of placed) {
    if (model === undefined) throw new Error('every shape has a model');
    const expected = await stateOf(lab, model.orderId);
    const states = await race(others, ({ orderId }) => stateOf(lab, orderId));
    for (const [index, { orderId, shape }] of others.entries())
      for (const [what, value] of Object.entries(states[index] ?? {}))
        findings.equal(`${orderId} (${shape.name}), ${what}`, value, expected[what]);
  }
  return {
    orders: all.length - models.size,
    reports: reports.length - inOrder.length,
    deliveries: copies.length + reports.length,
  };
}

export const WEBHOOK_RACES: readonly Race[] = [
  {
    name: 'shuffled-reports',
    promise:
      'reports that come one to five times in any order lead to the state of those that come once and in order',
    run: shuffledReports,
  },
];
