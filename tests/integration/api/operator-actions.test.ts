/** What operators do to orders, over HTTP, upon the real workflow, providers and mail server. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { deriveId, sha256Hex } from '../../../src/api/http/derived-id.ts';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type KeyName,
  type Sent,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(180_000);

const PATIENCE_MS = 90_000;
let api: TestApi;
let processes: OrderProcesses;

beforeAll(async () => {
  api = await startTestApi({ variables: { CONFIRMATION_DEADLINE_MS: '4000' } });
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 10_000 } });
  await expectStatus(
    201,
    api.send('POST', '/v1/inventory/LAMP/adjustments', {
      as: 'admin',
      idempotencyKey: newKey(),
      body: { locationId: 'west', quantity: 100, reason: 'received' },
    }),
  );
  processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);
});
afterAll(async () => {
  await processes.stop();
  await api.close();
});

interface PlaceOptions {
  readonly token?: string;
  readonly email?: string;
  readonly status?: number;
  readonly quantity?: number;
  readonly postalCode?: string;
}

async function place({
  token = 'tok_visa',
  email,
  status = 201,
  quantity = 3,
  postalCode = 'SW1Y 4JH',
}: PlaceOptions = {}): Promise<string> {
  const body = orderBody({
    lines: [{ sku: 'LAMP', quantity }],
    payment: { method: 'card', token },
    shipTo: {
      name: 'Ada Lovelace',
      line1: '12 St James’s Square',
      city: 'London',
      postalCode,
      country: 'GB',
    },
    ...(email === undefined ? {} : { contact: { email } }),
  });
  const sent = await expectStatus(
    status,
    api.send('POST', '/v1/orders', { as: 'customer', idempotencyKey: newKey(), body }),
  );
  return sent.json.id;
}

const read = async (id: string): Promise<Sent['json']> =>
  (await expectStatus(200, api.send('GET', `/v1/orders/${id}`, { as: 'viewer' }))).json;

function untilOrder(id: string, what: string, isSo: (order: Sent['json']) => boolean): Promise<Sent['json']> {
  return waitFor(
    async () => {
      const order = await read(id);
      return isSo(order) ? order : null;
    },
    { timeoutMs: PATIENCE_MS, what },
  );
}
const untilCaptured = (id: string): Promise<Sent['json']> =>
  untilOrder(id, 'the capture', (order) => order.paymentStatus === 'captured');
const untilHeld = (id: string): Promise<Sent['json']> =>
  untilOrder(id, 'the order to show that it is held', ({ waiting }) => waiting?.for === 'held');

interface OperateOptions {
  readonly as?: KeyName;
  readonly idempotencyKey?: string;
  readonly query?: string;
}

const operate = (
  id: string,
  action: string,
  body: Readonly<Record<string, unknown>> = {},
  { as = 'operator', idempotencyKey = newKey(), query = '' }: OperateOptions = {},
): Promise<Sent> =>
  api.send('POST', `/v1/ops/orders/${id}/actions/${action}${query}`, {
    as,
    idempotencyKey,
    body: { reason: 'asked by the customer', ...body },
  });

const actionsOf = async (id: string): Promise<Sent['json'][]> =>
  (await expectStatus(200, api.send('GET', `/v1/ops/orders/${id}/actions`, { as: 'viewer' }))).json.items;

/** An order whose money is not held yet, because the provider is away, and which an operator holds. */
async function heldOrder(): Promise<string> {
  await processes.misbehave('payments', { operation: 'authorize', behaviour: 'maintenance', times: -1 });
  const id = await place({ status: 202 });
  await expectStatus(200, operate(id, 'hold'));
  await processes.calm();
  await untilHeld(id);
  return id;
}

describe('holding an order', () => {
  it('lets the step under way end and none begin, until it is released', async () => {
    const id = await heldOrder();
    const held = await read(id);
    expect(held).toMatchObject({ status: 'confirmed', paymentStatus: 'authorized' });
    expect(held.waiting).toMatchObject({ for: 'held', owner: 'operator' });
    const again = await expectStatus(409, operate(id, 'hold'));
    expect(again.json).toMatchObject({ code: 'ACTION_NOT_POSSIBLE', why: 'held_already' });
    expect(again.json.possible).toEqual(expect.arrayContaining(['release', 'cancel', 'change_address']));

    const released = await expectStatus(200, operate(id, 'release'));
    expect(released.json).toMatchObject({ action: 'release', state: 'done', actor: 'key:operator' });
    expect((await untilCaptured(id)).waiting).toMatchObject({ for: 'hand_over' });
    expect((await actionsOf(id)).map(({ action, state }) => `${action} ${state}`)).toEqual([
      'release done',
      'hold refused',
      'hold done',
    ]);
  });

  it('is no obstacle to cancelling it, which gives everything back', async () => {
    const id = await heldOrder();
    await expectStatus(200, operate(id, 'cancel'));
    const order = await untilOrder(id, 'the cancellation', ({ status }) => status === 'cancelled');
    expect(order).toMatchObject({ paymentStatus: 'voided', waiting: null });
  });

  it('is refused when it is paid for, with what is possible instead', async () => {
    const id = await place();
    await untilCaptured(id);
    const sent = await expectStatus(409, operate(id, 'hold'));
    expect(sent.json).toMatchObject({ why: 'too_late_to_hold' });
    expect(sent.json.possible).toEqual(expect.arrayContaining(['cancel', 'refund']));
    expect((await expectStatus(409, operate(id, 'release'))).json.why).toBe('not_held');
  });
});

describe('before the label is bought', () => {
  it('an order can go to another address, of which the trail keeps the digest alone', async () => {
    const id = await heldOrder();
    const shipTo = {
      name: 'Grace Hopper',
      line1: '1 Navy Yard',
      city: 'York',
      postalCode: 'YO1 7HH',
      country: 'GB',
    };
    const sent = await expectStatus(200, operate(id, 'change_address', { shipTo }));
    expect(sent.json.input).toEqual({ addressDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const [row] = await api.database.query<{ shipTo: unknown }>(
      'test.address',
      sql`SELECT ship_to AS "shipTo" FROM order_contacts WHERE order_id = ${id}`,
    );
    expect(row?.shipTo).toEqual(shipTo);
    const kept = await api.database.query<{ text: string }>(
      'test.trail',
      sql`SELECT operator_actions::text AS text FROM operator_actions WHERE order_id = ${id}`,
    );
    expect(kept.map(({ text }) => text).join()).not.toContain('Hopper');
    await expectStatus(200, operate(id, 'release'));
    await untilCaptured(id);
    expect((await expectStatus(409, operate(id, 'change_address', { shipTo }))).json.why).toBe('status');
  });

  it('an order can leave from another location, which has what it takes', async () => {
    const id = await heldOrder();
    const shelf = async (locationId: string): Promise<number> => {
      const { json } = await expectStatus(200, api.send('GET', '/v1/inventory/LAMP', { as: 'viewer' }));
      return json.locations.find((one: Sent['json']) => one.locationId === locationId).reserved;
    };
    const [main, west] = [await shelf('main'), await shelf('west')];
    const sent = await expectStatus(200, operate(id, 'reroute', { locationId: 'west' }));
    expect(sent.json.state).toBe('done');
    expect([await shelf('main'), await shelf('west')]).toEqual([main - 3, west + 3]);
    const order = await read(id);
    expect(order.lines[0].allocations).toEqual([{ locationId: 'west', quantity: 3 }]);
    expect(order.shipments).toMatchObject([{ locationId: 'west', status: 'pending' }]);
    expect((await expectStatus(409, operate(id, 'reroute', { locationId: 'west' }))).json.why).toBe(
      'at_location_already',
    );
    await expectStatus(200, operate(id, 'release'));
    expect((await untilCaptured(id)).shipments).toMatchObject([{ locationId: 'west', status: 'booked' }]);
  });

  it('an order whose address the carrier refuses goes on once it has another one, as the dry run says', async () => {
    const id = await place({ postalCode: '00000' });
    await untilOrder(
      id,
      'the refusal',
      ({ attention, waiting }) => attention?.code === 'SHIPMENT_REFUSED' && waiting?.for === 'correction',
    );
    const { json: explained } = await expectStatus(
      200,
      api.send('GET', `/v1/ops/orders/${id}/explain`, { as: 'operator' }),
    );
    expect(explained.sentences.join(' ')).toContain('You can: change the address');
    const shipTo = {
      name: 'Grace Hopper',
      line1: '1 Navy Yard',
      city: 'York',
      postalCode: 'YO1 7HH',
      country: 'GB',
    };
    const dry = await expectStatus(200, operate(id, 'change_address', { shipTo }, { query: '?dryRun=true' }));
    const [{ id: parcel }] = (await read(id)).shipments;
    expect(dry.json.sentences[0]).toBe(`Parcel ${parcel} is booked anew, from main to York, GB.`);
    const idempotencyKey = newKey();
    const sent = await expectStatus(200, operate(id, 'change_address', { shipTo }, { idempotencyKey }));
    const again = await expectStatus(200, operate(id, 'change_address', { shipTo }, { idempotencyKey }));
    expect(again.json).toEqual(sent.json);
    const order = await untilCaptured(id);
    expect(order).toMatchObject({ attention: null, shipments: [{ id: parcel, status: 'booked' }] });
  });

  it('an order does not leave from a location that lacks an item', async () => {
    await processes.misbehave('payments', { operation: 'authorize', behaviour: 'maintenance', times: -1 });
    const id = await place({ status: 202, quantity: 200 });
    await expectStatus(200, operate(id, 'hold'));
    await processes.calm();
    const sent = await expectStatus(409, operate(id, 'reroute', { locationId: 'west' }));
    expect(sent.json.why).toBe('out_of_stock');
    expect(sent.json.detail).toContain('of 200');
    await expectStatus(200, operate(id, 'cancel'));
  });
});

describe('a step that waits', () => {
  it('for minutes is tried at once when an operator says so', async () => {
    await processes.misbehave('carrier', {
      operation: 'book',
      behaviour: 'maintenance',
      times: -1,
      delayMs: 600_000,
    });
    const id = await place();
    const retryNow = async (): Promise<boolean> => (await operate(id, 'retry_now')).status === 200;
    // The first try may not have been refused yet: then there is nothing to be hurried, and it is said again.
    await waitFor(retryNow, { timeoutMs: PATIENCE_MS, what: 'a step that waits', intervalMs: 1_000 });
    await processes.calm();
    // By itself it would be tried after minutes.
    await waitFor(
      async () => {
        await retryNow();
        return (await read(id)).status === 'fulfilling';
      },
      { timeoutMs: PATIENCE_MS, what: 'the label', intervalMs: 1_000 },
    );
    expect((await actionsOf(id)).map(({ state }) => state)).toContain('done');
    await untilCaptured(id);
    expect((await expectStatus(409, operate(id, 'skip_step', { step: 'notification' }))).json.why).toBe(
      'no_mail_waits',
    );
  });

  it('for what became of a charge goes on from what an operator knows', async () => {
    await processes.misbehave(
      'payments',
      { operation: 'capture', behaviour: 'lost_reply', times: 1 },
      { operation: 'lookup', behaviour: 'maintenance', times: -1 },
    );
    const id = await place();
    await untilOrder(id, 'the doubt', ({ waiting }) => waiting?.for === 'capture_outcome');
    const operations = await processes.paymentOperations(id);
    const operationKey = `${id}:capture:1`;
    const evidence = 'seen on the pages of the provider';
    const providerReference = operations.find(({ operation }) => operation === 'capture')?.id;
    expect(providerReference).toBeDefined();
    const bad = { operationKey, outcome: 'succeeded', evidence };
    expect((await expectStatus(400, operate(id, 'resolve_outcome', bad))).json.errors).toMatchObject([
      { pointer: '/providerReference' },
    ]);
    const other = { ...bad, operationKey: `${id}:capture:9`, providerReference };
    expect((await expectStatus(409, operate(id, 'resolve_outcome', other))).json.why).toBe(
      'no_such_operation',
    );
    await expectStatus(200, operate(id, 'resolve_outcome', { ...bad, providerReference }));
    await untilCaptured(id);
    await processes.calm();
    const late = { ...bad, outcome: 'never_happened' };
    expect((await expectStatus(409, operate(id, 'resolve_outcome', late))).json.why).toBe('settled_already');
    const moved = await processes.paymentOperations(id);
    expect(moved.filter(({ operation }) => operation === 'capture')).toHaveLength(1);
  });

  it('for a mailbox that takes nothing is given up when an operator says so', async () => {
    const id = await place({ email: 'mailbox-busy@example.com' });
    await untilCaptured(id);
    await waitFor(async () => (await operate(id, 'skip_step', { step: 'notification' })).status === 200, {
      timeoutMs: PATIENCE_MS,
      what: 'the mail to be given up',
    });
    const state = await waitFor(
      async () => {
        const [row] = await api.database.query<{ state: string }>(
          'test.mail',
          sql`SELECT state FROM notifications WHERE order_id = ${id} AND settled_at IS NOT NULL`,
        );
        return row?.state ?? null;
      },
      { timeoutMs: PATIENCE_MS, what: 'that to be recorded' },
    );
    expect(state).toBe('suppressed');
  });
});

describe('a mail', () => {
  it('that was sent goes out once more, once for each action', async () => {
    const id = await place();
    await untilCaptured(id);
    const mails = (): Promise<readonly { subjectId: string; state: string }[]> =>
      api.database.query(
        'test.mails',
        sql`SELECT subject_id AS "subjectId", state FROM notifications WHERE order_id = ${id} ORDER BY created_at, subject_id`,
      );
    await waitFor(async () => (await mails()).some(({ state }) => state === 'sent'), {
      timeoutMs: PATIENCE_MS,
      what: 'the first mail',
    });
    const idempotencyKey = newKey();
    const body = { template: 'confirmed' };
    const [first, second] = [
      await expectStatus(200, operate(id, 'resend_notification', body, { idempotencyKey })),
      await expectStatus(200, operate(id, 'resend_notification', body, { idempotencyKey })),
    ];
    expect(second.text).toBe(first.text);
    const sent = await waitFor(
      async () => {
        const all = await mails();
        return all.length > 1 && all.every(({ state }) => state === 'sent') ? all : null;
      },
      { timeoutMs: PATIENCE_MS, what: 'the second mail' },
    );
    expect(sent.map(({ subjectId }) => subjectId)).toEqual(['1', `1#${first.json.id}`]);
    const never = await expectStatus(409, operate(id, 'resend_notification', { template: 'shipped' }));
    expect(never.json.why).toBe('never_sent');
  });
});

describe('an action', () => {
  it('is written down as who asked for it, when, why and with what, for cancelling and refunding too', async () => {
    const id = await place();
    await untilCaptured(id);
    const key = newKey();
    const body = { amountMinor: 500, reason: 'damaged' };
    await expectStatus(
      201,
      api.send('POST', `/v1/orders/${id}/refunds`, { as: 'importer', idempotencyKey: key, body }),
    );
    const cancelling = { reason: 'customer_request' };
    await expectStatus(
      200,
      api.send('POST', `/v1/orders/${id}/cancel`, {
        as: 'customer',
        idempotencyKey: newKey(),
        body: cancelling,
      }),
    );
    const [cancelled, refunded] = await actionsOf(id);
    expect(cancelled).toMatchObject({
      action: 'cancel',
      actor: 'key:customer',
      role: 'customer',
      state: 'done',
    });
    expect(refunded).toMatchObject({
      id: deriveId('act', 'key:importer', key),
      action: 'refund',
      role: 'importer',
      reason: 'damaged',
      input: { by: { amountMinor: 500 }, restock: false },
      state: 'done',
      outcomes: [{ outcome: 'done', actor: 'key:importer' }],
    });
    const mine = await api.send('GET', '/v1/ops/actions?actor=key:importer&action=refund&limit=1', {
      as: 'viewer',
    });
    expect(mine.json.items).toMatchObject([{ id: refunded.id }]);
  });

  it('repeated with its key has one effect, one row and one answer; with another body it is refused', async () => {
    const id = await place();
    await untilCaptured(id);
    const idempotencyKey = newKey();
    const refund = { amountMinor: 300 };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => operate(id, 'refund', refund, { idempotencyKey })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.json).toMatchObject({ state: 'done' });
    expect((await read(id)).totals.refunded.amountMinor).toBe(300);
    expect(await actionsOf(id)).toHaveLength(1);
    expect((await operate(id, 'refund', { amountMinor: 301 }, { idempotencyKey })).status).toBe(422);
  });

  it('of which a killed API has left the row alone is settled by a repetition', async () => {
    const id = await place();
    await untilCaptured(id);
    const idempotencyKey = newKey();
    await api.repositories.operatorActions.ask({
      id: deriveId('act', 'key:operator', idempotencyKey),
      orderId: id,
      action: 'refund',
      actor: 'key:operator',
      role: 'operator',
      reason: 'asked by the customer',
      requestId: 'the request that was cut short',
      keyDigest: sha256Hex(idempotencyKey),
      input: { by: { amountMinor: 200 }, restock: false },
      bulkId: null,
    });
    expect((await actionsOf(id)).map(({ state }) => state)).toEqual(['asked']);
    await expectStatus(200, operate(id, 'refund', { amountMinor: 200 }, { idempotencyKey }));
    expect(await actionsOf(id)).toMatchObject([{ state: 'done' }]);
    expect((await read(id)).totals.refunded.amountMinor).toBe(200);
  });

  it('cannot be rewritten', async () => {
    for (const statement of [
      sql`UPDATE operator_actions SET reason = 'another'`,
      sql`DELETE FROM operator_action_outcomes`,
    ])
      await expect(api.database.query('test.rewrite', statement)).rejects.toThrow(/would break 23000/);
  });
});

describe('a dry run', () => {
  /** A digest of every row of every table. */
  async function everything(): Promise<Record<string, string>> {
    const tables = await api.database.query<{ name: string }>(
      'test.tables',
      sql`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'projections')`,
    );
    const digests: Record<string, string> = {};
    for (const { name } of tables) {
      const [row] = await api.database.query<{ digest: string }>(
        'test.digest',
        sql`SELECT coalesce(md5(string_agg(one::text, E'\n' ORDER BY one::text)), '') AS digest FROM ${sql.raw(name)} AS one`,
      );
      digests[name] = row?.digest ?? '';
    }
    return digests;
  }

  it('says exactly what would happen, and changes nothing', async () => {
    const id = await place();
    await untilCaptured(id);
    await waitFor(
      async () => {
        const [row] = await api.database.query<{ busy: number }>(
          'test.busy',
          sql`SELECT count(*)::integer AS busy FROM orders WHERE id = ${id} AND NOT EXISTS (
            SELECT FROM notifications WHERE order_id = ${id} AND state = 'sent')`,
        );
        return row?.busy === 0;
      },
      { timeoutMs: PATIENCE_MS, what: 'the mail' },
    );
    const before = await everything();
    const idempotencyKey = newKey();
    const query = '?dryRun=true';
    const cancel = await expectStatus(200, operate(id, 'cancel', {}, { query, idempotencyKey }));
    expect(cancel.json).toMatchObject({
      dryRun: true,
      stock: [{ sku: 'LAMP', locationId: 'main', reserved: -3 }],
      money: [{ kind: 'refund', amount: { amountMinor: 3000, currency: 'GBP' } }],
      mails: ['cancelled'],
    });
    expect((await expectStatus(200, operate(id, 'refund', {}, { query }))).json.money).toEqual([
      { kind: 'refund', amount: { amountMinor: 3000, currency: 'GBP' } },
    ]);
    const refused = await expectStatus(409, operate(id, 'refund', { amountMinor: 3001 }, { query }));
    expect(refused.json.why).toBe('exceeds_captured');
    expect(await everything()).toEqual(before);
    // Its key is free for the request that is meant.
    expect((await expectStatus(200, operate(id, 'cancel', {}, { idempotencyKey }))).json.action).toBe(
      'cancel',
    );
    const order = await untilOrder(id, 'the cancellation', ({ status }) => status === 'cancelled');
    expect(order.totals.refunded.amountMinor).toBe(3000);
  });
});
