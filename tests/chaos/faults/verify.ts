/** What must hold when a fault is over, whatever it was. */
import { sql } from 'drizzle-orm';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { checkInvariants } from '../../support/invariants.ts';
import { auditLab } from '../support/audit-lab.ts';
import { PRICE_MINOR, type Purchase } from './customers.ts';
import { PROGRAMS, type FaultLab } from './fault-lab.ts';

/** Steps that found nobody are tried again after up to five minutes; nothing here is away that long. */
const REST_TIMEOUT_MS = 300_000;
const UNCAUGHT = /uncaught error|unhandled rejection|ERR_UNHANDLED|UnhandledPromiseRejection/i;

/** Where logs and incidents stood before a case. */
export interface Mark {
  readonly incidents: number;
  readonly logs: Readonly<Record<string, number>>;
}

export function markOf(lab: FaultLab): Mark {
  return {
    incidents: lab.shop.incidents.length,
    logs: Object.fromEntries(PROGRAMS.map((program) => [program, lab.shop.logOf(program).length])),
  };
}

/**
 * Waits until the shop has come to rest and looks at everything.
 * @returns one line for each thing that is wrong
 */
export async function findProblems(lab: FaultLab, since: Mark): Promise<string[]> {
  await comeToRest(lab);
  const { purchases } = lab.customers;
  const perOrder = await Promise.all(purchases.map((purchase) => problemsOf(lab, purchase)));
  return [
    ...perOrder.flat(),
    ...(await problemsOfShelves(lab)),
    ...(await checkInvariants(lab.shop.addresses.databaseUrl)),
    ...(await auditLab(lab.shop)),
    ...problemsOfProcesses(lab, since),
  ];
}

/**
 * Every order has ended, its events have reached the read model, and no webhook about an order that exists waits. What a job has
 * seen while the fault was there is gone as well, for which the job has to look again.
 */
async function comeToRest({ shop }: FaultLab): Promise<void> {
  let last: unknown;
  await waitFor(
    async () => {
      const [row] = await shop.database.query<Record<string, number>>(
        'faults.underWay',
        sql`SELECT
          (SELECT count(*) FROM orders WHERE status NOT IN ('completed', 'rejected', 'cancelled')) AS orders,
          (SELECT count(*) FROM outbox) AS outbox,
          (SELECT count(*) FROM refunds WHERE status = 'pending') AS refunds,
          (SELECT count(*) FROM webhook_inbox JOIN orders ON orders.id = order_id WHERE state = 'pending') AS webhooks,
          (SELECT count(*) FROM orders LEFT JOIN projections.order_summaries ON order_id = id
            WHERE last_sequence IS DISTINCT FROM version) AS summaries,
          (SELECT count(*) FROM attention_causes WHERE raised_by LIKE 'job:%') AS causes`,
      );
      last = row;
      return row !== undefined && Object.values(row).every((count) => count === 0);
    },
    { timeoutMs: REST_TIMEOUT_MS, intervalMs: 250, what: 'the shop to finish all that it has taken' },
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; what is left: ${JSON.stringify(last)}`, { cause: error });
  });
}

async function problemsOf(lab: FaultLab, purchase: Purchase): Promise<string[]> {
  const { orderId, mayEndAs } = purchase;
  const answer = await lab.shop.request('GET', `/v1/orders/${orderId}`);
  if (answer.status === 404) return purchase.isAccepted ? [`I23: ${orderId} was accepted and is lost`] : [];
  if (answer.status !== 200) return [`${orderId} cannot be read: ${answer.text}`];
  const order = answer.body as unknown as OrderView;
  const wrong = (what: string): string => `${orderId} (${order.status}) ${what}`;
  return [
    ...(mayEndAs.includes(order.status) ? [] : [wrong(`should be ${mayEndAs.join(' or ')}`)]),
    ...(order.attention === null ? [] : [wrong(`still asks for a person: ${order.attention.code}`)]),
    ...(await problemsOfMoney(lab, purchase, order)).map(wrong),
    ...(await problemsOfParcels(lab, order)).map(wrong),
  ];
}

interface Operation {
  readonly key: string;
  readonly operation: string;
  readonly status: string;
  readonly amountMinor: number;
}

/** What the provider itself says that it has done. */
async function problemsOfMoney(lab: FaultLab, purchase: Purchase, order: OrderView): Promise<string[]> {
  const operations = (await lab.shop.control(
    'payments',
    'GET',
    `operations?orderId=${order.id}`,
  )) as readonly Operation[];
  const done = (kind: string): number =>
    operations
      .filter(({ operation, status }) => operation === kind && status === 'succeeded')
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const totalMinor = purchase.quantity * PRICE_MINOR;
  const [held, letGo, charged, givenBack] = [
    done('authorize'),
    done('void'),
    done('capture'),
    done('refund'),
  ];
  const problems: string[] = [];
  if (order.status === 'completed') {
    if (held - letGo !== totalMinor || charged !== totalMinor)
      problems.push(`held ${held}, let ${letGo} go and charged ${charged} of ${totalMinor}`);
    if (givenBack !== purchase.refundedMinor)
      problems.push(`gave back ${givenBack} instead of ${purchase.refundedMinor}`);
  } else {
    if (charged !== givenBack) problems.push(`charged ${charged} and gave back ${givenBack}`);
    if (charged === 0 && held !== letGo) problems.push(`held ${held} and let ${letGo} go`);
  }
  return problems;
}

async function problemsOfParcels(lab: FaultLab, order: OrderView): Promise<string[]> {
  const operations = (await lab.shop.control(
    'carrier',
    'GET',
    `operations?orderId=${order.id}`,
  )) as readonly Operation[];
  const count = (kind: string): number =>
    operations.filter(({ operation, status }) => operation === kind && status === 'succeeded').length;
  if (order.status === 'completed')
    return count('book') === order.shipments.length && order.shipments.length > 0
      ? []
      : [`has ${count('book')} bookings for ${order.shipments.length} parcels`];
  // A cancellation that overtook its booking is known to the carrier and has nothing to cancel.
  return count('book') <= count('cancel') ? [] : [`left ${count('book') - count('cancel')} parcels booked`];
}

/** Nothing is held any more, and what has left the shelf is what was sold. */
async function problemsOfShelves(lab: FaultLab): Promise<string[]> {
  const bySku = Map.groupBy(lab.customers.purchases, ({ sku }) => sku);
  const problems = await Promise.all(
    [...bySku.keys()].map(async (sku) => {
      const [row] = await lab.shop.database.query<{ problem: string | null }>(
        'faults.shelf',
        sql`SELECT CASE WHEN reserved <> 0 OR received - on_hand <> sold
            THEN format('%s: %s received, %s on hand, %s reserved, %s sold', ${sku}::text, received, on_hand, reserved, sold) END AS problem
          FROM (SELECT sum(on_hand) AS on_hand, sum(reserved) AS reserved FROM stock WHERE sku = ${sku}) AS shelf,
            (SELECT sum(quantity) AS received FROM stock_movements WHERE sku = ${sku} AND kind NOT IN ('committed', 'restocked')) AS moved,
            (SELECT coalesce(sum(quantity), 0) AS sold FROM order_lines JOIN orders ON orders.id = order_id
              WHERE sku = ${sku} AND orders.status = 'completed') AS orders`,
      );
      return row?.problem ?? null;
    }),
  );
  return problems.filter((problem) => problem !== null);
}

/** None of our programs has died of anything but what a case did to it. */
function problemsOfProcesses(lab: FaultLab, since: Mark): string[] {
  const ended = lab.shop.incidents
    .slice(since.incidents)
    .filter((incident) => / (ended with|did not come back)/.test(incident))
    .filter((incident) => ![...lab.mayEnd].some((program) => incident.startsWith(program)));
  const uncaught = PROGRAMS.filter((program) => !lab.mayEnd.has(program)).flatMap((program) =>
    lab.shop
      .logOf(program)
      .slice(since.logs[program] ?? 0)
      .split('\n')
      .filter((line) => UNCAUGHT.test(line))
      .map((line) => `${program}: ${line.slice(0, 300)}`),
  );
  return [...ended, ...uncaught];
}
