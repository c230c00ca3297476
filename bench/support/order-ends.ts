/** The ends of orders that were charged long ago: their parcels leave and arrive, and the time for returns passes. */
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { textArray } from '../../db/repositories/sql.ts';
import type { BenchShop } from './bench-shop.ts';
import { openLoop } from './open-loop.ts';

export interface EndOptions {
  /** So many parcels leave, and later arrive, a second. */
  readonly perSecond: number;
  /** Between two moves of an order: as long as it takes a worker to forget it. */
  readonly seconds: number;
  readonly stopping: AbortSignal;
}

const ASK_EVERY_MS = 2_000;
const NEVER_MS = 1_000_000_000;
/** Of the carrier's webhook, the mails and the read model, beyond the time that is waited anyhow. */
const PATIENCE_MS = 120_000;

interface OpenOrder {
  readonly id: string;
  readonly ageMs: number;
}

/**
 * Ends the orders that have been open for the longest, as many as come in that time. The shop's time for returns has to be as
 * long as `seconds`.
 * @returns their ids, once all are completed and the read model says so
 * @throws Error when too few are open, or when one does not come to its end
 */
export async function endOldestOrders(shop: BenchShop, options: EndOptions): Promise<readonly string[]> {
  const { perSecond, seconds, stopping } = options;
  const wanted = Math.floor(perSecond * seconds);
  const open = await shop.lab.database.query<OpenOrder & Record<string, unknown>>(
    'bench.open_orders',
    sql`SELECT id, extract(epoch FROM now() - created_at)::float8 * 1000 AS "ageMs" FROM orders
        WHERE status = 'fulfilling' ORDER BY created_at LIMIT ${wanted}`,
  );
  if (open.length < wanted) throw new Error(`${wanted} orders are to be ended, and ${open.length} are open`);
  const readAt = performance.now();
  const shippedAt = new Map<string, number>();
  const each = (work: (order: OpenOrder) => Promise<unknown>) => inTurn(open, work, options);
  // A parcel moves when the carrier's clock says so: so long after the booking, or after it was handed over, as has passed now.
  await each(async ({ id, ageMs }) => {
    shippedAt.set(id, performance.now());
    const shippedAfterMs = Math.round(ageMs + performance.now() - readAt);
    await setSpeed(shop, { orderId: id, shippedAfterMs, deliveredAfterMs: NEVER_MS });
  });
  await each(({ id }) => {
    const deliveredAfterMs = Math.round(performance.now() - (shippedAt.get(id) ?? 0));
    return setSpeed(shop, { orderId: id, deliveredAfterMs });
  });
  const ids = open.map(({ id }) => id);
  const deadline = performance.now() + seconds * 1000 + PATIENCE_MS;
  for (let left = ids.length; left > 0; left = ids.length - (await countCompleted(shop, ids))) {
    stopping.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`${left} of ${ids.length} orders did not end`);
    await delay(ASK_EVERY_MS);
  }
  return ids;
}

async function inTurn(
  orders: readonly OpenOrder[],
  work: (order: OpenOrder) => Promise<unknown>,
  { perSecond, seconds, stopping }: EndOptions,
): Promise<void> {
  const left = [...orders];
  const answers = await openLoop({
    perSecond,
    seconds,
    stopping,
    send: async () => {
      const order = left.shift();
      return order === undefined ? null : work(order);
    },
  });
  const failed = answers.find(({ answer }) => answer instanceof Error);
  if (failed !== undefined) throw failed.answer;
  for (const order of left) await work(order);
}

function setSpeed(
  shop: BenchShop,
  speed: { readonly orderId: string; readonly shippedAfterMs?: number; readonly deliveredAfterMs: number },
): Promise<unknown> {
  return shop.lab.control('carrier', 'PUT', 'speed', speed);
}

async function countCompleted(shop: BenchShop, ids: readonly string[]): Promise<number> {
  const [row] = await shop.lab.database.query<{ ended: number }>(
    'bench.ended_orders',
    sql`SELECT count(*)::integer AS ended FROM projections.order_summaries AS summary
        WHERE summary.order_id = ANY (${textArray(ids)}) AND summary.status = 'completed'
          AND summary.last_sequence = (SELECT version FROM orders WHERE id = summary.order_id)
          AND EXISTS (SELECT 1 FROM notifications
            WHERE order_id = summary.order_id AND template = 'shipped' AND state = 'sent')`,
  );
  return row?.ended ?? 0;
}
