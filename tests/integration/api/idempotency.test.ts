/**
 * One key, one effect, one answer: for every endpoint that takes an Idempotency-Key, with equal requests at once at two
 * services, and with the service killed after each step.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findFreePorts } from '../../../embedded/ports.ts';
import { sha256Hex } from '../../../src/api/http/derived-id.ts';
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { waitFor } from '../../support/stack.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import { CHANGES, orderIdOf, isUndecided, newSku, type Change } from './idempotent-changes.ts';
import { openLocks, type Locks } from './locks.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  CARRIER_SECRET,
  commonVariables,
  expectStatus,
  keyOf,
  newKey,
  orderBody,
  PAYMENT_SECRET,
  startTestApi,
  stockItems,
  type Sent,
  type TestApi,
  WAITING_ROOM_SECRET,
} from './test-api.ts';

jest.setTimeout(120_000);

const CONFIRMATION_DEADLINE_MS = 1_500;

let api: TestApi;
let second: TestApi;
let processes: OrderProcesses;
let locks: Locks;
beforeAll(async () => {
  const variables = { CONFIRMATION_DEADLINE_MS: String(CONFIRMATION_DEADLINE_MS) };
  api = await startTestApi({ variables });
  const { databaseUrl, environment } = api;
  const { TEMPORAL_TASK_QUEUE } = environment;
  second = await startTestApi({ databaseUrl, variables: { ...variables, TEMPORAL_TASK_QUEUE } });
  await addLocations(databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 10_000 } });
  processes = await startOrderProcesses(databaseUrl, TEMPORAL_TASK_QUEUE);
  locks = openLocks(databaseUrl);
});
afterAll(async () => {
  await locks.close();
  await processes.stop();
  await second.close();
  await api.close();
});

const started: RunningProgram[] = [];
afterEach(async () => {
  for (const program of started.splice(0)) await program.kill();
});

const send = (to: TestApi, { method, path }: Change, idempotencyKey: string, body: unknown): Promise<Sent> =>
  to.send(method, path, { as: 'operator', idempotencyKey, body });

const prepare = (name: string): Promise<Change> => {
  const make = CHANGES[name];
  if (make === undefined) throw new Error(`There is no change ${name}`);
  return make({ api, processes });
};

interface ApiProcess extends RunningProgram {
  post(change: Change, idempotencyKey: string): Promise<Response>;
}

async function startApi(): Promise<ApiProcess> {
  const [port] = await findFreePorts(1);
  const program = await startProgram('src/api/main.ts', {
    ...commonVariables(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE),
    PAYMENT_WEBHOOK_SECRET: PAYMENT_SECRET,
    CARRIER_WEBHOOK_SECRET: CARRIER_SECRET,
    WAITING_ROOM_SECRET,
    CONFIRMATION_DEADLINE_MS: String(CONFIRMATION_DEADLINE_MS),
    API_PORT: String(port),
  });
  started.push(program);
  return {
    ...program,
    post: ({ method, path, body }, idempotencyKey) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${keyOf('operator')}`,
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey,
        },
        body: JSON.stringify(body),
      }),
  };
}

const stateOf = (idempotencyKey: string) =>
  api.repositories.access.readKey('key:operator', sha256Hex(idempotencyKey));
const untilClaimed = (idempotencyKey: string): Promise<unknown> =>
  waitFor(() => stateOf(idempotencyKey), { timeoutMs: 10_000, intervalMs: 5, what: 'the claim' });

/** Nobody has to wait for the lease of the dead. */
const forgetLease = (idempotencyKey: string): Promise<void> =>
  locks.setLease(sha256Hex(idempotencyKey), '-1 second');

/** Sends it to a service that is killed at the step; what the caller got before, if anything. */
type Kill = (service: ApiProcess, change: Change, idempotencyKey: string) => Promise<string | null>;

const killWhenClaimed: Kill = async (service, change, idempotencyKey) => {
  const held = await locks.lockTable(change.readsFirst);
  const lost = service.post(change, idempotencyKey).catch(() => null);
  await untilClaimed(idempotencyKey);
  await locks.untilApiWaits();
  await service.kill();
  await locks.endApiStatements();
  await held.release();
  expect(await lost).toBeNull();
  await forgetLease(idempotencyKey);
  return null;
};

/** Up to where the answer is about to be written; its statement waits for the row that the test holds. */
async function upToTheAnswer(
  service: ApiProcess,
  change: Change,
  idempotencyKey: string,
  beforeKill: () => Promise<unknown>,
): Promise<{ readonly release: () => Promise<void> }> {
  const table = await locks.lockTable(change.readsFirst);
  const lost = service.post(change, idempotencyKey).catch(() => null);
  await untilClaimed(idempotencyKey);
  await locks.untilApiWaits();
  const row = await locks.lockKey(sha256Hex(idempotencyKey));
  await table.release();
  await beforeKill();
  await locks.untilApiWaits();
  await service.kill();
  expect(await lost).toBeNull();
  return row;
}

const killWhenEffective: Kill = async (service, change, idempotencyKey) => {
  const row = await upToTheAnswer(service, change, idempotencyKey, () =>
    waitFor(async () => (await change.effects(idempotencyKey)) === 1, {
      timeoutMs: 20_000,
      what: 'the effect',
    }),
  );
  await locks.endApiStatements();
  await row.release();
  expect(await stateOf(idempotencyKey)).toMatchObject({ isFinal: false, answer: null });
  await forgetLease(idempotencyKey);
  return null;
};

const killWhenKept: Kill = async (service, change, idempotencyKey) => {
  const row = await upToTheAnswer(service, change, idempotencyKey, async () => undefined);
  // The server carries the statement out, although nobody is left to hear of it.
  await row.release();
  const kept = await waitFor(
    async () => {
      const state = await stateOf(idempotencyKey);
      return state?.answer ? state : null;
    },
    { timeoutMs: 10_000, what: 'the answer' },
  );
  // On a slow machine it may be one that is not final.
  return kept.isFinal ? (kept.answer?.body ?? null) : null;
};

const killWhenSent: Kill = async (service, change, idempotencyKey) => {
  const answer = await waitFor(
    async () => {
      const sent = await service.post(change, idempotencyKey);
      return isUndecided(sent.status) ? null : sent;
    },
    { timeoutMs: 30_000, what: 'the answer' },
  );
  const text = await answer.text();
  expect(answer.status).toBe(change.status);
  await service.kill();
  return text;
};

describe.each(Object.keys(CHANGES))('%s', (name) => {
  it('has one effect and one answer for fifty equal requests at once at two services', async () => {
    const change = await prepare(name);
    const idempotencyKey = newKey();
    const sendAll = (): Promise<readonly Sent[]> =>
      Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          send(index % 2 === 0 ? api : second, change, idempotencyKey, change.body),
        ),
      );
    // On a slow machine it may not be decided yet, which is one answer for all as well.
    const answers = await waitFor(
      async () => {
        const round = await sendAll();
        expect(new Set(round.map(({ text }) => text)).size).toBe(1);
        return isUndecided(round[0]?.status ?? 0) ? null : round;
      },
      { timeoutMs: 60_000, what: 'the answer' },
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([change.status]));
    for (const header of ['etag', 'location', 'content-type'])
      expect(new Set(answers.map(({ headers }) => headers.get(header))).size).toBe(1);
    expect(await change.effects(idempotencyKey)).toBe(1);
  });

  it('is answered 422 for another body with its key, also while it is under way', async () => {
    const change = await prepare(name);
    const idempotencyKey = newKey();
    const held = await locks.lockTable(change.readsFirst);
    const first = send(api, change, idempotencyKey, change.body);
    await untilClaimed(idempotencyKey);
    const underWay = await send(second, change, idempotencyKey, change.otherBody).finally(held.release);
    expect(underWay.json.code).toBe('IDEMPOTENCY_KEY_REUSED');
    await first;
    await waitFor(async () => !isUndecided((await send(api, change, idempotencyKey, change.body)).status), {
      timeoutMs: 30_000,
      what: 'the answer',
    });
    const later = await send(second, change, idempotencyKey, change.otherBody);
    expect(later.status).toBe(422);
    expect(await change.effects(idempotencyKey)).toBe(1);
  });

  const steps: readonly (readonly [string, Kill])[] = [
    ['the key was claimed', killWhenClaimed],
    // An item and its answer are one statement, so there is nothing between them.
    ...(name.startsWith('PUT') ? [] : ([['the effect', killWhenEffective]] as const)),
    ['the answer was kept', killWhenKept],
    ['the answer was sent', killWhenSent],
  ];
  it.each(steps)(
    'has one effect and one answer when the service is killed after %s',
    async (_step, killAfter) => {
      const change = await prepare(name);
      const idempotencyKey = newKey();
      const told = await killAfter(await startApi(), change, idempotencyKey);
      const first = await waitFor(
        async () => {
          const sent = await send(second, change, idempotencyKey, change.body);
          return isUndecided(sent.status) ? null : sent;
        },
        { timeoutMs: 30_000, what: 'the answer' },
      );
      expect(first.status).toBe(change.status);
      if (told !== null) expect(first.text).toBe(told);
      const repeated = await Promise.all(
        [api, second, api].map((each) => send(each, change, idempotencyKey, change.body)),
      );
      for (const each of repeated) expect(each.text).toBe(first.text);
      expect(await change.effects(idempotencyKey)).toBe(1);
    },
  );
});

describe('an Idempotency-Key', () => {
  it('gives all who wait the answer that is not final yet, and the final one to later requests', async () => {
    const idempotencyKey = newKey();
    const change = await prepare('POST /v1/orders');
    const body = orderBody({ payment: { method: 'card', token: 'tok_slow' } });
    const answers = await Promise.all(
      [api, second, api, second].map((each) => send(each, change, idempotencyKey, body)),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const final = await waitFor(
      async () => {
        const sent = await send(second, change, idempotencyKey, body);
        return sent.status === 202 ? null : sent;
      },
      { timeoutMs: 30_000, what: 'the slow payment' },
    );
    expect(final.json.id).toBe(answers[0]?.json.id);
    expect(await change.effects(idempotencyKey)).toBe(1);
  });

  it('whose request does not come to an end is answered 409 with the time to wait', async () => {
    const idempotencyKey = newKey();
    const change = await prepare('POST /v1/inventory/{sku}/adjustments');
    await killWhenClaimed(await startApi(), change, idempotencyKey);
    await locks.setLease(sha256Hex(idempotencyKey), '1 hour');
    const waiting = await send(second, change, idempotencyKey, change.body);
    expect(waiting.status).toBe(409);
    expect(waiting.json.code).toBe('REQUEST_IN_PROGRESS');
    expect(waiting.headers.get('retry-after')).toBe('2');
    await locks.setLease(sha256Hex(idempotencyKey), '-1 second');
    await expectStatus(201, send(second, change, idempotencyKey, change.body));
    expect(await change.effects(idempotencyKey)).toBe(1);
  });

  it('starts nothing for a request that slept until others could take its key over', async () => {
    const idempotencyKey = newKey();
    const change = await prepare('POST /v1/orders');
    const table = await locks.lockTable(change.readsFirst);
    const late = send(api, change, idempotencyKey, change.body);
    await untilClaimed(idempotencyKey);
    await waitFor(async () => (await stateOf(idempotencyKey))?.isHeld === false, {
      timeoutMs: 20_000,
      what: 'the lease to run out',
    });
    await table.release();
    const sent = await late;
    expect([sent.status, sent.json.code]).toEqual([503, 'UNAVAILABLE']);
    const orderId = orderIdOf(idempotencyKey);
    const temporal = createTemporalClient(api.environment);
    try {
      await expect(temporal.client.workflow.getHandle(orderId).describe()).rejects.toMatchObject({
        name: 'WorkflowNotFoundError',
      });
    } finally {
      await temporal.close();
    }
    await expectStatus(201, send(second, change, idempotencyKey, change.body));
    expect(await change.effects(idempotencyKey)).toBe(1);
  });

  it('is decided by the workflow when an attempt before may still start it, also when it is sold out', async () => {
    const sku = await newSku({ api });
    const body = orderBody({ lines: [{ sku, quantity: 1 }] });
    const change = { ...(await prepare('POST /v1/orders')), body };
    const atTheDoor = await expectStatus(409, send(api, change, newKey(), body));
    expect([atTheDoor.json.code, atTheDoor.json.orderId]).toEqual(['OUT_OF_STOCK', undefined]);
    const idempotencyKey = newKey();
    await killWhenClaimed(await startApi(), change, idempotencyKey);
    const decided = await waitFor(
      async () => {
        const sent = await send(second, change, idempotencyKey, body);
        return isUndecided(sent.status) ? null : sent;
      },
      { timeoutMs: 30_000, what: 'the answer' },
    );
    expect([decided.json.code, decided.json.orderId]).toEqual(['OUT_OF_STOCK', orderIdOf(idempotencyKey)]);
    expect((await send(api, change, idempotencyKey, body)).text).toBe(decided.text);
  });

  it('is free again when its request was wrong, and taken when it was refused', async () => {
    const change = await prepare('POST /v1/inventory/{sku}/adjustments');
    const key = newKey();
    const nowhere = { ...change.body, locationId: 'nowhere' };
    expect((await send(api, change, key, nowhere)).status).toBe(400);
    expect(await stateOf(key)).toBeNull();
    const taking = { ...change.body, quantity: -1 };
    const refused = await send(api, change, key, taking);
    expect(refused.json.code).toBe('STOCK_WOULD_BE_NEGATIVE');
    expect((await send(second, change, key, change.body)).status).toBe(422);
    expect((await send(second, change, key, taking)).text).toBe(refused.text);
  });

  it('of an item does not put back what others have replaced', async () => {
    const change = await prepare('PUT /v1/items/{sku}');
    const idempotencyKey = newKey();
    const first = await send(api, change, idempotencyKey, change.body);
    await expectStatus(200, api.send('PUT', change.path, { as: 'operator', body: change.otherBody }));
    expect((await send(second, change, idempotencyKey, change.body)).text).toBe(first.text);
    expect(await change.effects(idempotencyKey)).toBe(0);
    const alone = await expectStatus(
      200,
      api.send('PUT', change.path, { as: 'operator', body: change.body }),
    );
    expect(alone.text).toBe(first.text);
    expect((await send(api, change, 'not one key', change.body)).json.code).toBe('IDEMPOTENCY_KEY_MISSING');
  });
});
