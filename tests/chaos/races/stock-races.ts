/** Many buyers and few units: exactly so many are sold as there are, no fewer and no more. */
import { sql } from 'drizzle-orm';
import { operationsOf } from './provider-records.ts';
import {
  comeToRest,
  control,
  race,
  scaled,
  tally,
  type Race,
  type RaceNumbers,
  type RaceRun,
  read,
} from './race.ts';

interface Crowd {
  readonly units: number;
  readonly buyers: number;
  readonly rounds: number;
}

/** @throws Error when the shop does not come to rest */
async function sellOut(run: RaceRun, { units, buyers, rounds }: Crowd): Promise<RaceNumbers> {
  const { lab, random, findings, say } = run;
  await control(lab, 'carrier', 'PUT', 'speed', { shippedAfterMs: 20, deliveredAfterMs: 20 });
  const skus: string[] = [];
  const sold: string[] = [];
  let rejected = 0;
  const startedMs = performance.now();
  for (let round = 1; round <= rounds; round += 1) {
    const west = random.integer(0, units);
    const shelves = Object.entries({ main: units - west, west }).filter(([, quantity]) => quantity > 0);
    const sku = await lab.stock(Object.fromEntries(shelves));
    skus.push(sku);
    const keys = random.shuffle(Array.from({ length: buyers }, (_, buyer) => `${sku}-${buyer}`));
    const answers = await race(keys, (idempotencyKey, index) =>
      lab.insist('POST', '/v1/orders', {
        body: lab.orderBody([{ sku, quantity: 1 }]),
        idempotencyKey,
        api: index,
      }),
    );
    const outcomes = answers.map(({ status, body }) =>
      status === 201 ? '201' : `${status} ${String(body['code'])}`,
    );
    findings.equal(`round ${round}: answers for ${sku}`, tally(outcomes), {
      '201': units,
      '409 OUT_OF_STOCK': buyers - units,
    });
    // Who came when the shelf was empty already has no order; who lost the race for it has one that was rejected.
    rejected += answers.filter(({ status, body }) => status === 409 && 'orderId' in body).length;
    sold.push(...keys.filter((_, index) => answers[index]?.status === 201).map((key) => lab.orderIdOf(key)));
    const shelf = await read(lab, `/v1/inventory/${sku}`);
    findings.equal(`round ${round}: what is left of ${sku}`, shelf.body['available'], 0);
    const perSecond = ((round * buyers) / (performance.now() - startedMs)) * 1000;
    say(`round ${round} of ${rounds}, ${perSecond.toFixed(1)} buyers a second`);
  }
  await comeToRest(lab);
  await checkShelves(run, skus, { sold: rounds * units, rejected });
  const moves = (await operationsOf(lab, new Set(sold))).map(({ kind, status }) => `${kind} ${status}`);
  findings.equal('money moved for those who bought', tally(moves), {
    'authorize succeeded': sold.length,
    'capture succeeded': sold.length,
  });
  return { rounds, buyers: rounds * buyers, sold: sold.length, rejected };
}

/** What the tables say at the end, over all rounds. */
async function checkShelves(
  { lab, findings }: RaceRun,
  skus: readonly string[],
  { sold, rejected }: { readonly sold: number; readonly rejected: number },
): Promise<void> {
  const [counts] = await lab.database.query(
    'races.counts',
    sql`SELECT count(*) FILTER (WHERE orders.status = 'completed') AS completed,
        count(*) FILTER (WHERE orders.status = 'rejected') AS rejected, count(*) AS orders,
        count(key) AS operations
      FROM orders JOIN order_lines ON order_lines.order_id = orders.id
      LEFT JOIN provider_operations ON provider_operations.order_id = orders.id AND kind = 'authorize'
      WHERE sku IN (SELECT jsonb_array_elements_text(${JSON.stringify(skus)}::jsonb))`,
  );
  findings.equal('orders', counts, {
    completed: sold,
    rejected,
    orders: sold + rejected,
    operations: sold,
  });
  const [shelves] = await lab.database.query(
    'races.shelves',
    sql`SELECT sum(on_hand)::bigint AS "onHand", sum(reserved)::bigint AS reserved FROM stock
      WHERE sku IN (SELECT jsonb_array_elements_text(${JSON.stringify(skus)}::jsonb))`,
  );
  findings.equal('units on all shelves', shelves, { onHand: 0, reserved: 0 });
}

export const STOCK_RACES: readonly Race[] = [
  {
    name: 'last-unit',
    promise: 'one unit and 500 buyers: one has it, everybody else is told so',
    run: (run) =>
      sellOut(run, {
        units: 1,
        buyers: scaled(500, Math.sqrt(run.scale), 30),
        rounds: scaled(100, run.scale, 2),
      }),
  },
  {
    name: 'hundred-units',
    promise: 'a hundred units and 2,000 buyers: a hundred are sold, not one more or less',
    run: (run) =>
      sellOut(run, {
        units: scaled(100, Math.sqrt(run.scale), 10),
        buyers: scaled(2000, Math.sqrt(run.scale), 40),
        rounds: scaled(20, run.scale, 1),
      }),
  },
];
