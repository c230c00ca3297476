/**
 * One request that is sent many times, over all processes of the API: one effect and equal answers. And requests that are
 * nearly equal: one of them wins, and no other is taken for it.
 */
import { sql } from 'drizzle-orm';
import type { Answer } from '../support/shop-lab.ts';
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

/** How often each request is sent. */
const REPETITIONS = 50;

/** One request with its key, and what it must do however often it is sent. */
interface Command {
  readonly kind: string;
  readonly path: string;
  readonly key: string;
  readonly body: Record<string, unknown>;
}

/** Sends each of the requests so often, all mixed. @returns its answers, in the order of the requests */
async function sendAll(
  { lab, random }: RaceRun,
  commands: readonly Command[],
  repetitions: number,
): Promise<readonly (readonly Answer[])[]> {
  const answers: Answer[][] = commands.map(() => []);
  // Those with one key stay near each other, so that they meet.
  const sent = commands.flatMap((command, number) =>
    Array.from({ length: repetitions }, () => ({
      command,
      number,
      api: random.integer(0, 2),
      at: number + 2 * random.fraction(),
    })),
  );
  sent.sort((one, other) => one.at - other.at);
  await race(sent, async ({ command, number, api }) => {
    const { path, key: idempotencyKey, body } = command;
    const answer = await lab.insist('POST', path, { body, idempotencyKey, api });
    answers[number]?.push(answer);
  });
  return answers;
}

function checkEqual(
  { findings }: RaceRun,
  commands: readonly Command[],
  answers: readonly (readonly Answer[])[],
): void {
  for (const [number, { kind, key }] of commands.entries()) {
    const distinct = new Set(answers[number]?.map(({ status, text }) => `${status} ${text}`));
    if (distinct.size !== 1)
      findings.add(`${kind} ${key}: ${distinct.size} different answers: ${[...distinct].join(' | ')}`);
  }
}

function statusesOf(answers: readonly (readonly Answer[])[]): Readonly<Record<string, number>> {
  return tally(answers.map((each) => `${each[0]?.status} ${String(each[0]?.body['code'] ?? 'done')}`));
}

const TOKENS = ['tok_visa', 'tok_visa', 'tok_visa', 'tok_declined_do_not_honor'];

/** Orders of every outcome, and then commands on those that went well. */
async function hammerKeys(run: RaceRun): Promise<RaceNumbers> {
  const { lab, random, findings, scale, say } = run;
  const keys = scaled(1000, scale, 30);
  const repetitions = scaled(REPETITIONS, Math.sqrt(scale), 8);
  const placing = Math.ceil(keys * 0.7);
  await control(lab, 'carrier', 'PUT', 'speed', { shippedAfterMs: 600_000, deliveredAfterMs: 20 });
  const sku = await lab.stock({ main: placing });
  const bare = await lab.stock({ main: 1 });
  const orders = Array.from({ length: placing }, (_, number): Command => {
    const token = TOKENS[number % TOKENS.length] ?? 'tok_visa';
    // Every tenth wants more than there is.
    const line = number % 10 === 9 ? { sku: bare, quantity: 2 } : { sku, quantity: 1 };
    return {
      kind: 'order',
      path: '/v1/orders',
      key: `hammer-${run.random.seed}-${number}`,
      body: lab.orderBody([line], token),
    };
  });
  const placed = await sendAll(run, orders, repetitions);
  checkEqual(run, orders, placed);
  const outcomes = statusesOf(placed);
  say(`${orders.length} orders, each sent ${repetitions} times: ${JSON.stringify(outcomes)}`);
  const [rows] = await lab.database.query<{ orders: number }>(
    'races.hammered',
    sql`SELECT count(DISTINCT orders.id) AS orders FROM orders JOIN order_lines ON order_id = orders.id
      WHERE sku IN (${sku}, ${bare})`,
  );
  // What wants more than there is is refused before it is an order.
  const refused = placed.filter((answers) => answers[0]?.status === 409).length;
  findings.equal('orders of the hammer', rows?.orders, orders.length - refused);

  const confirmed = orders.filter((_, number) => placed[number]?.[0]?.status === 201);
  const ids = confirmed.map(({ key }) => lab.orderIdOf(key));
  await race(ids, (id) => lab.until(id, 'charged', ({ paymentStatus }) => paymentStatus === 'captured'));
  const more = Math.floor((keys - placing) / 3);
  const command = (kind: string, path: (number: number) => string, body: Record<string, unknown>) =>
    Array.from({ length: more }, (_, number): Command => ({
      kind,
      path: path(number),
      key: `hammer-${random.seed}-${kind}-${number}`,
      body,
    }));
  const commands = [
    ...command('refund', (number) => `/v1/orders/${ids[number]}/refunds`, {
      amountMinor: 100,
      reason: 'damaged',
    }),
    ...command('cancel', (number) => `/v1/orders/${ids[more + number]}/cancel`, {
      reason: 'customer_request',
    }),
    ...command('adjustment', () => `/v1/inventory/${bare}/adjustments`, {
      locationId: 'main',
      quantity: 1,
      reason: 'received',
    }),
  ];
  const done = await sendAll(run, commands, repetitions);
  checkEqual(run, commands, done);
  findings.equal('outcomes of commands', statusesOf(done), { '200 done': more, '201 done': 2 * more });

  await control(lab, 'carrier', 'PUT', 'speed', { shippedAfterMs: 20, deliveredAfterMs: 20 });
  await comeToRest(lab);
  const moves = (await operationsOf(lab, new Set(ids))).map(
    ({ kind, status, amountMinor }) => `${kind} ${status} ${amountMinor}`,
  );
  findings.equal('money moved', tally(moves), {
    'authorize succeeded 370': ids.length,
    'capture succeeded 370': ids.length,
    'refund succeeded 100': more,
    'refund succeeded 370': more,
  });
  findings.equal('adjusted shelf', await onHand(run, bare), 1 + more);
  findings.equal('sold shelf', await onHand(run, sku), placing - (ids.length - more));
  return {
    keys: orders.length + commands.length,
    requests: (orders.length + commands.length) * repetitions,
    ...outcomes,
  };
}

async function onHand({ lab }: RaceRun, sku: string): Promise<unknown> {
  return (await read(lab, `/v1/inventory/${sku}`)).body['onHand'];
}

/** Two carts that differ in one number, posted under one key: which of them wins is left to chance. */
async function nearlyEqual(run: RaceRun): Promise<RaceNumbers> {
  const { lab, random, findings, scale, say } = run;
  const rounds = scaled(40, scale, 4);
  const posts = scaled(REPETITIONS, Math.sqrt(scale), 12);
  await control(lab, 'carrier', 'PUT', 'speed', { shippedAfterMs: 20, deliveredAfterMs: 20 });
  const sku = await lab.stock({ main: rounds * 3 });
  const winners: string[] = [];
  let units = 0;
  for (let round = 0; round < rounds; round += 1) {
    const idempotencyKey = `twins-${random.seed}-${round}`;
    const bodies = Array.from({ length: posts }, () => random.integer(1, 2));
    const answers = await race(bodies, (quantity, api) =>
      lab.insist('POST', '/v1/orders', { body: lab.orderBody([{ sku, quantity }]), idempotencyKey, api }),
    );
    const order = await lab.order(lab.orderIdOf(idempotencyKey));
    const won = order.lines[0]?.quantity ?? 0;
    units += won;
    winners.push(order.id);
    const seen = answers.map(({ status, body }, index) =>
      bodies[index] === won ? `winner ${status}` : `other ${status} ${String(body['code'])}`,
    );
    const winning = bodies.filter((quantity) => quantity === won).length;
    findings.equal(`${idempotencyKey}: answers`, tally(seen), {
      ...(winning === posts ? {} : { 'other 422 IDEMPOTENCY_KEY_REUSED': posts - winning }),
      'winner 201': winning,
    });
    const texts = new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text));
    findings.equal(`${idempotencyKey}: different answers to the winner`, texts.size, 1);
    say(`round ${round + 1} of ${rounds}: quantity ${won} won`);
  }
  await comeToRest(lab);
  findings.equal('what is left', await onHand(run, sku), rounds * 3 - units);
  findings.equal('money moves', (await operationsOf(lab, new Set(winners))).length, 2 * rounds);
  return { rounds, posts: rounds * posts };
}

/** One cart on many devices, each with a key of its own, and stock for only some of them. */
async function manyDevices(run: RaceRun): Promise<RaceNumbers> {
  const { lab, random, findings, scale, say } = run;
  const rounds = scaled(20, scale, 2);
  const devices = scaled(REPETITIONS, Math.sqrt(scale), 12);
  await control(lab, 'carrier', 'PUT', 'speed', { shippedAfterMs: 20, deliveredAfterMs: 20 });
  let sold = 0;
  for (let round = 0; round < rounds; round += 1) {
    const units = random.integer(1, devices - 1);
    const sku = await lab.stock({ main: units });
    const keys = Array.from({ length: devices }, (_, device) => `device-${sku}-${device}`);
    const answers = await race(keys, (idempotencyKey, device) =>
      lab.insist('POST', '/v1/orders', {
        body: lab.orderBody([{ sku, quantity: 1 }]),
        idempotencyKey,
        api: device,
      }),
    );
    findings.equal(`${sku}: answers`, tally(answers.map(({ status }) => status)), {
      '201': units,
      '409': devices - units,
    });
    sold += units;
    say(`round ${round + 1} of ${rounds}: ${units} of ${devices} devices were served`);
  }
  await comeToRest(lab);
  return { rounds, devices: rounds * devices, sold };
}

export const KEY_RACES: readonly Race[] = [
  {
    name: 'equal-requests',
    promise: '50 equal requests with one key have one effect and are answered with the same bytes',
    run: hammerKeys,
  },
  {
    name: 'nearly-equal-requests',
    promise: 'of requests with one key and different bodies one body wins, and the others are told so',
    run: nearlyEqual,
  },
  {
    name: 'many-devices',
    promise: 'one cart on 50 devices is sold as often as there is stock, and no unit twice',
    run: manyDevices,
  },
];
