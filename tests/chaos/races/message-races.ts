/** Two messages for one order at the same moment: one comes first, and nothing of the other is left half done. */
import { sql } from 'drizzle-orm';
import { waitFor } from '../../../embedded/wait-for.ts';
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
} from './race.ts';

/** How an order can end, with the money that moved for it. */
type Ending = `${string}: ${string}`;

interface Duel {
  readonly name: string;
  readonly promise: string;
  /** What is prepared before the order is placed. */
  readonly prepare: (run: RaceRun, orderId: string) => Promise<void>;
  /** Sends the messages, at the same moment as what they race against. */
  readonly fight: (run: RaceRun, orderId: string) => Promise<readonly Answer[]>;
  readonly endings: readonly Ending[];
}

const KEPT: Ending = 'completed: authorize 740, capture 740';
const PAID_BACK: Ending = 'cancelled: authorize 740, capture 740, refund 740';
const LET_GO: Ending = 'cancelled: authorize 740, void 740';

function cancel({ lab }: RaceRun, orderId: string, name: string, api: number): Promise<Answer> {
  return lab.insist('POST', `/v1/orders/${orderId}/cancel`, {
    body: { reason: 'customer_request' },
    idempotencyKey: `${orderId}-cancel-${name}`,
    api,
  });
}

function refund({ lab }: RaceRun, orderId: string, name: string, amountMinor: number): Promise<Answer> {
  return lab.insist('POST', `/v1/orders/${orderId}/refunds`, {
    body: { amountMinor, reason: 'damaged' },
    idempotencyKey: `${orderId}-refund-${name}`,
    api: name.length,
  });
}

function speed({ lab }: RaceRun, orderId: string, shippedAfterMs: number, deliveredAfterMs: number) {
  return control(lab, 'carrier', 'PUT', 'speed', { orderId, shippedAfterMs, deliveredAfterMs });
}

/** The provider has been asked to capture and takes its time over it. */
async function holdCapture({ lab, random }: RaceRun, orderId: string): Promise<void> {
  await control(lab, 'payments', 'POST', 'faults', {
    rules: [
      { operation: 'capture', orderId, times: 1, behaviour: 'delay', delayMs: random.integer(1, 1_200) },
    ],
  });
}

function untilStatus({ lab }: RaceRun, orderId: string, statuses: readonly string[]): Promise<unknown> {
  return lab.until(orderId, statuses.join(' or '), ({ status }) => statuses.includes(status));
}

/** The provider has the request, and its answer is under way. */
async function untilCaptureIsAsked({ lab }: RaceRun, orderId: string): Promise<void> {
  await waitFor(
    async () => {
      const { rules } = (await control(lab, 'payments', 'GET', 'faults')) as { rules: { orderId: string }[] };
      return !rules.some((rule) => rule.orderId === orderId);
    },
    { timeoutMs: 60_000, what: `the capture of ${orderId} to be asked for` },
  );
}

const PARCELS_STAY = 600_000_000;
/** From long before a cancellation can reach the carrier to long after, on a fast machine and on a slow one. */
const VAN_COMES_AFTER_MS = [0, 50, 150, 400, 1_000, 3_000, 10_000];

export const DUELS: readonly Duel[] = [
  {
    name: 'cancel-against-capture',
    promise: 'a cancellation that meets the charge gives back what was charged, or lets go what was not',
    prepare: async (run, orderId) => {
      await speed(run, orderId, PARCELS_STAY, 20);
      await holdCapture(run, orderId);
    },
    fight: async (run, orderId) => {
      await untilCaptureIsAsked(run, orderId);
      return [await cancel(run, orderId, 'a', 1)];
    },
    endings: [PAID_BACK, LET_GO],
  },
  {
    name: 'cancel-against-ship',
    promise: 'an order is cancelled or shipped, never both, and never half of each',
    prepare: (run, orderId) => speed(run, orderId, PARCELS_STAY, 20).then(() => undefined),
    fight: async (run, orderId) => {
      await untilStatus(run, orderId, ['fulfilling']);
      // The carrier's van comes while the request is under way, or a little later.
      const [booking] = (await control(run.lab, 'carrier', 'GET', `operations?orderId=${orderId}`)) as {
        at: string;
      }[];
      const sinceBookingMs = Date.now() - Date.parse(booking?.at ?? '');
      await speed(run, orderId, sinceBookingMs + run.random.pick(VAN_COMES_AFTER_MS), 20);
      return [await cancel(run, orderId, 'a', 2)];
    },
    endings: [KEPT, PAID_BACK, LET_GO],
  },
  {
    name: 'refund-against-capture',
    promise: 'a refund that meets the charge is refused or made, never above what was charged',
    prepare: async (run, orderId) => {
      await speed(run, orderId, run.random.integer(1, 400), 20);
      await holdCapture(run, orderId);
    },
    fight: async (run, orderId) => {
      await untilCaptureIsAsked(run, orderId);
      return Promise.all([refund(run, orderId, 'a', 400), refund(run, orderId, 'bb', 400)]);
    },
    endings: [KEPT, 'completed: authorize 740, capture 740, refund 400'],
  },
  {
    name: 'two-cancels',
    promise: 'two people who cancel at once cause one compensation and get one answer',
    prepare: (run, orderId) => speed(run, orderId, PARCELS_STAY, 20).then(() => undefined),
    fight: async (run, orderId) => {
      if (run.random.chance(0.5)) await untilStatus(run, orderId, ['fulfilling']);
      return Promise.all(['a', 'b', 'c'].map((name, api) => cancel(run, orderId, name, api)));
    },
    endings: [PAID_BACK, LET_GO],
  },
  {
    name: 'cancel-against-complete',
    promise: 'a cancellation that meets the end of the order is refused, and nothing is given back',
    prepare: (run, orderId) => speed(run, orderId, 10, 10).then(() => undefined),
    fight: async (run, orderId) => {
      await untilStatus(run, orderId, run.random.pick([['delivered', 'completed'], ['completed']]));
      return [await cancel(run, orderId, 'a', 0)];
    },
    endings: [KEPT],
  },
  {
    name: 'refund-against-complete',
    promise: 'a refund that meets the end of the order is made once, whichever run of the workflow takes it',
    prepare: (run, orderId) => speed(run, orderId, 10, 10).then(() => undefined),
    fight: async (run, orderId) => {
      await untilStatus(run, orderId, run.random.pick([['delivered', 'completed'], ['completed']]));
      return [await refund(run, orderId, 'a', 400)];
    },
    endings: ['completed: authorize 740, capture 740, refund 400'],
  },
];

/** What a request that was answered so promised, against how the order ended. */
function contradiction(status: string, moves: string, answers: readonly Answer[]): string | null {
  for (const { status: httpStatus, body } of answers) {
    const code = String(body['code'] ?? '');
    const told = String(body['status']);
    if (httpStatus === 200 && !['cancelled', 'cancelling'].includes(told)) return `200 says ${told}`;
    if (httpStatus === 200 && status !== 'cancelled') return `told to be cancelled, is ${status}`;
    if (code === 'NOT_CANCELLABLE' && status === 'cancelled')
      return 'told not to be cancellable, is cancelled';
    if (httpStatus === 201 && !moves.includes('refund 400')) return 'told to be refunded, is not';
    if (![200, 201, 409].includes(httpStatus)) return `answered ${httpStatus} ${code}`;
  }
  const refunds = answers.filter(({ status: httpStatus }) => httpStatus === 201).length;
  return moves.split('refund 400').length - 1 === refunds || status === 'cancelled'
    ? null
    : `${refunds} refunds were promised: ${moves}`;
}

async function fightAll(run: RaceRun, duel: Duel): Promise<RaceNumbers> {
  const { lab, random, findings, scale, say } = run;
  const rounds = scaled(100, scale, 6);
  const sku = await lab.stock({ main: 2 * rounds });
  const duels = Array.from({ length: rounds }, (_, round) => ({
    idempotencyKey: `${duel.name}-${random.seed}-${round}`,
    own: { ...run, random: random.fork() },
  }));
  const fights = await race(
    duels,
    async ({ idempotencyKey, own }, index) => {
      const orderId = lab.orderIdOf(idempotencyKey);
      await duel.prepare(own, orderId);
      const body = lab.orderBody([{ sku, quantity: 2 }]);
      const placed = await lab.insist('POST', '/v1/orders', { body, idempotencyKey, api: index });
      if (placed.status !== 201) findings.add(`${orderId} was answered ${placed.status}: ${placed.text}`);
      return { orderId, answers: await duel.fight(own, orderId) };
    },
    8,
  );
  await comeToRest(lab);
  const operations = Map.groupBy(
    await operationsOf(lab, new Set(fights.map(({ orderId }) => orderId))),
    ({ orderId }) => orderId,
  );
  const endings: string[] = [];
  let gone = 0;
  for (const { orderId, answers } of fights) {
    const { status } = await lab.order(orderId);
    const moves = (operations.get(orderId) ?? [])
      .filter((operation) => operation.status === 'succeeded')
      .map(({ kind, amountMinor }) => `${kind} ${amountMinor}`)
      .join(', ');
    endings.push(`${status}: ${moves}`);
    if (status === 'completed') gone += 2;
    if (!(duel.endings as readonly string[]).includes(`${status}: ${moves}`))
      findings.add(`${orderId} ended ${status}: ${moves}`);
    const problem = contradiction(status, moves, answers);
    if (problem !== null) findings.add(`${orderId}: ${problem}`);
  }
  const [shelf] = await lab.database.query(
    'races.duelShelf',
    sql`SELECT on_hand AS "onHand", reserved FROM stock WHERE sku = ${sku} AND location_id = 'main'`,
  );
  findings.equal(`${duel.name}: shelf`, shelf, { onHand: 2 * rounds - gone, reserved: 0 });
  const counts = tally(endings);
  say(`${duel.name}: ${JSON.stringify(counts)}`);
  return { orders: rounds, ...counts };
}

export const MESSAGE_RACES: readonly Race[] = DUELS.map((duel) => ({
  name: duel.name,
  promise: duel.promise,
  run: (run) => fightAll(run, duel),
}));
