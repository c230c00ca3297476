/** A flash sale through a waiting room, at two API processes over one database. */
import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { signTicketToken } from '../../../src/api/waiting-rooms/ticket-token.ts';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  keyOf,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  WAITING_ROOM_SECRET,
  type Sent,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(120_000);

let api: TestApi;
let second: TestApi;
let processes: OrderProcesses;
beforeAll(async () => {
  // Enough for a decision on a busy machine.
  const variables = { CONFIRMATION_DEADLINE_MS: '8000' };
  api = await startTestApi({ variables });
  const { databaseUrl, environment } = api;
  const { TEMPORAL_TASK_QUEUE } = environment;
  second = await startTestApi({ databaseUrl, variables: { ...variables, TEMPORAL_TASK_QUEUE } });
  await addLocations(databaseUrl);
  processes = await startOrderProcesses(databaseUrl, TEMPORAL_TASK_QUEUE);
});
afterAll(async () => {
  await processes.stop();
  await second.close();
  await api.close();
});

interface Room {
  readonly id: string;
  readonly sku: string;
  put(changes: Readonly<Record<string, unknown>>): Promise<Sent>;
  join(customerId: string, at?: TestApi): Promise<Sent>;
  /** Waits until the customer is admitted. */
  admit(customerId: string): Promise<Sent['json']>;
  show(): Promise<Sent['json']>;
}

/** A room of its own with an item of its own. */
async function openRoom(changes: Readonly<Record<string, unknown>> = {}, onHand = 1_000): Promise<Room> {
  const mark = randomBytes(4).toString('hex');
  const id = `sale-${mark}`;
  const sku = `SALE-${mark}`;
  await stockItems(api, { [sku]: { amountMinor: 1000, onHand } });
  const put = (more: Readonly<Record<string, unknown>>): Promise<Sent> =>
    api.send('PUT', `/v1/waiting-rooms/${id}`, {
      as: 'operator',
      body: { name: 'The sale', skus: [sku], admissionsPerSecond: 1000, ...more },
    });
  // A crowd can be too much for a busy machine; then a client does as it is told, and asks again with its key.
  const join = (customerId: string, at = api): Promise<Sent> => {
    const body = { customerId };
    const request = { as: 'operator', idempotencyKey: newKey(), body } as const;
    const path = `/v1/waiting-rooms/${id}/tickets`;
    return waitFor(
      async () => {
        const sent = await at.send('POST', path, request);
        return sent.status === 503 ? null : sent;
      },
      { timeoutMs: 30_000, what: 'a ticket' },
    );
  };
  await expectStatus(200, put(changes));
  return {
    id,
    sku,
    put,
    join,
    admit: async (customerId) => {
      const { json: ticket } = await expectStatus(201, join(customerId));
      return waitFor(
        async () => {
          const { json } = await read(ticket);
          return json.state === 'admitted' ? json : null;
        },
        { timeoutMs: 20_000, what: 'the admission' },
      );
    },
    show: async () =>
      (await expectStatus(200, api.send('GET', `/v1/waiting-rooms/${id}`, { as: 'viewer' }))).json,
  };
}

const read = (ticket: { readonly roomId: string; readonly id: string }, at = api): Promise<Sent> =>
  at.send('GET', `/v1/waiting-rooms/${ticket.roomId}/tickets/${ticket.id}`, { as: 'operator' });

interface PlaceOptions {
  readonly token?: string;
  readonly customerId?: string;
  readonly payWith?: string;
  readonly idempotencyKey?: string;
  readonly as?: 'customer' | 'operator' | 'importer';
  readonly at?: TestApi;
  readonly expectedTotalMinor?: number;
}

function place({ sku }: { readonly sku: string }, options: PlaceOptions = {}): Promise<Sent> {
  const { token, customerId = 'cus_1', payWith = 'tok_visa', expectedTotalMinor } = options;
  return (options.at ?? api).send('POST', '/v1/orders', {
    as: options.as ?? 'operator',
    idempotencyKey: options.idempotencyKey ?? newKey(),
    headers: token === undefined ? {} : { 'waiting-room-token': token },
    body: orderBody({
      customerId,
      lines: [{ sku, quantity: 1 }],
      payment: { method: 'card', token: payWith },
      ...(expectedTotalMinor === undefined ? {} : { expectedTotalMinor }),
    }),
  });
}

async function numbersIn(
  roomId: string,
): Promise<ReadonlyMap<string, { number: number; admittedAt: string | null }>> {
  const rows = await api.database.query<{ customerId: string; number: number; admittedAt: string | null }>(
    'test.numbers',
    sql`SELECT customer_id AS "customerId", number, admitted_at AS "admittedAt" FROM waiting_room_tickets
      WHERE room_id = ${roomId} ORDER BY number`,
  );
  return new Map(rows.map((row) => [row.customerId, row]));
}

/** As if the time of the ticket had passed. */
async function expire({ id }: { readonly id: string }): Promise<void> {
  await api.database.query(
    'test.expire',
    sql`UPDATE waiting_room_tickets SET valid_until = now() - interval '1 second' WHERE id = ${id}`,
  );
}

describe('a waiting room', () => {
  it('is put, shown and listed by staff', async () => {
    const room = await openRoom({ admissionsPerSecond: 0.5, closesAt: '2190-01-01T01:00:00+01:00' });
    const settings = {
      id: room.id,
      name: 'The sale',
      skus: [room.sku],
      admissionsPerSecond: 0.5,
      opensAt: null,
      closesAt: '2190-01-01T00:00:00.000Z',
    };
    const again = await room.put({ admissionsPerSecond: 0.5, closesAt: '2190-01-01T01:00:00+01:00' });
    expect(again.json).toEqual(settings);
    await room.join('cus_1');
    const shown = { ...settings, state: 'open', waiting: 1, admitted: 0, bought: 0 };
    expect(await room.show()).toEqual(shown);
    const { json } = await expectStatus(200, api.send('GET', '/v1/waiting-rooms', { as: 'viewer' }));
    expect(json.items).toContainEqual(shown);
  });

  it('is refused with every bad field', async () => {
    const { id } = await openRoom();
    const { json } = await expectStatus(
      400,
      api.send('PUT', `/v1/waiting-rooms/${id}`, {
        as: 'operator',
        body: {
          name: '',
          skus: ['A', 'A'],
          admissionsPerSecond: -1,
          opensAt: '2026-01-02T00:00:00Z',
          closesAt: '2026-01-01T00:00:00Z',
        },
      }),
    );
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()).toEqual([
      '/admissionsPerSecond',
      '/closesAt',
      '/name',
      '/skus/1',
    ]);
    const unknown = await api.send('PUT', `/v1/waiting-rooms/${id}`, {
      as: 'operator',
      body: { name: 'x', skus: ['NO-SUCH'], admissionsPerSecond: 1 },
    });
    expect(unknown.json).toMatchObject({ status: 400, errors: [{ pointer: '/skus/0' }] });
  });

  it('is not the customers’ to see or to change, and one that is not there is not found', async () => {
    const { id, sku } = await openRoom();
    const body = { name: 'x', skus: [sku], admissionsPerSecond: 1 };
    await expectStatus(403, api.send('PUT', `/v1/waiting-rooms/${id}`, { as: 'customer', body }));
    await expectStatus(403, api.send('GET', `/v1/waiting-rooms/${id}`, { as: 'customer' }));
    await expectStatus(404, api.send('GET', '/v1/waiting-rooms/no-such-room', { as: 'viewer' }));
    const ask = { as: 'operator', idempotencyKey: newKey(), body: { customerId: 'cus_1' } } as const;
    await expectStatus(404, api.send('POST', '/v1/waiting-rooms/no-such-room/tickets', ask));
  });

  it('that has closed gives no tickets', async () => {
    const room = await openRoom({ closesAt: '2020-01-01T00:00:00Z' });
    expect((await room.join('cus_1')).json).toMatchObject({ status: 409, code: 'WAITING_ROOM_CLOSED' });
  });
});

describe('a ticket', () => {
  it('has the place in which its customer arrived, also when 200 arrive at once at two services', async () => {
    const room = await openRoom({ admissionsPerSecond: 0 });
    const waves = Array.from({ length: 4 }, (_, wave) =>
      Array.from({ length: 50 }, (_unused, index) => `cus_${wave * 50 + index}`),
    );
    const answers: Sent[] = [];
    for (const wave of waves)
      answers.push(
        ...(await Promise.all(
          wave.map((customerId, index) =>
            expectStatus(201, room.join(customerId, index % 2 === 0 ? api : second)),
          ),
        )),
      );
    const numbers = await numbersIn(room.id);
    expect([...numbers.values()].map(({ number }) => number)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
    for (const { json } of answers) expect(json.position).toBe(numbers.get(json.customerId)?.number);
    // Whoever asked after another had the answer comes after that one.
    for (const [wave, customers] of waves.entries())
      for (const customerId of customers)
        expect(Math.ceil((numbers.get(customerId)?.number ?? 0) / 50)).toBe(wave + 1);
  });

  it('stays the same for who clicks twenty times at once, and later again', async () => {
    const room = await openRoom({ admissionsPerSecond: 0 });
    await room.join('cus_before');
    const clicks = await Promise.all(
      Array.from({ length: 20 }, (_, index) => room.join('cus_1', index % 2 === 0 ? api : second)),
    );
    await room.join('cus_after');
    const again = await room.join('cus_1');
    expect(new Set([...clicks, again].map(({ json }) => json.id)).size).toBe(1);
    expect(new Set([...clicks, again].map(({ json }) => json.position))).toEqual(new Set([2]));
    expect((await room.show()).waiting).toBe(3);
  });

  it('says its place, how long that takes, and when it is worth asking again', async () => {
    const room = await openRoom({ admissionsPerSecond: 0 });
    for (const customerId of ['cus_a', 'cus_b']) await room.join(customerId);
    const { json: ticket } = await room.join('cus_1');
    expect(ticket).toMatchObject({ state: 'waiting', position: 3, estimatedWaitSeconds: null });
    await room.put({ admissionsPerSecond: 0.01 });
    const sent = await read(ticket, second);
    expect(sent.json).toMatchObject({ state: 'waiting', position: 3, estimatedWaitSeconds: 300 });
    expect(sent.headers.get('retry-after')).toBe('30');
  });

  it('is its customer’s alone', async () => {
    const room = await openRoom();
    const path = `/v1/waiting-rooms/${room.id}/tickets`;
    const body = { customerId: 'cus_1' };
    const { json: ticket } = await expectStatus(
      201,
      api.send('POST', path, { as: 'customer', idempotencyKey: newKey(), body }),
    );
    await expectStatus(200, api.send('GET', `${path}/${ticket.id}`, { as: 'customer' }));
    await expectStatus(404, api.send('GET', `${path}/${ticket.id}`, { as: 'other' }));
    await expectStatus(404, api.send('GET', `${path}/${ticket.id}/events`, { as: 'other' }));
    await expectStatus(403, api.send('GET', `${path}/${ticket.id}`, { as: 'viewer' }));
    await expectStatus(403, api.send('POST', path, { as: 'other', idempotencyKey: newKey(), body }));
  });
});

describe('admission', () => {
  it('follows the order of arrival and never exceeds rate and burst, whoever asks at two services', async () => {
    const ratePerSecond = 40;
    const room = await openRoom({ admissionsPerSecond: 0 });
    const tickets = await Promise.all(
      Array.from({ length: 150 }, (_, index) => room.join(`cus_${index}`, index % 2 === 0 ? api : second)),
    );
    await room.put({ admissionsPerSecond: ratePerSecond });
    await waitFor(
      async () => {
        await Promise.all(
          tickets.slice(0, 20).map(({ json }, index) => read(json, index % 2 === 0 ? api : second)),
        );
        return (await room.show()).admitted >= 120;
      },
      { timeoutMs: 60_000, intervalMs: 10, what: '120 admissions' },
    );
    const rows = [...(await numbersIn(room.id)).values()];
    const admitted = rows.filter(({ admittedAt }) => admittedAt !== null);
    expect(admitted.map(({ number }) => number)).toEqual(admitted.map((_, index) => index + 1));
    const times = admitted.map(({ admittedAt }) => Date.parse(admittedAt ?? ''));
    for (const [first, from] of times.entries())
      for (const [last, to] of times.entries())
        if (last >= first)
          expect(last - first + 1).toBeLessThanOrEqual(
            ratePerSecond + Math.max(0, (ratePerSecond * (to - from)) / 1000) + 1e-6,
          );
  });

  it('says the same at both services', async () => {
    const room = await openRoom({ admissionsPerSecond: 50 });
    const tickets = await Promise.all(Array.from({ length: 20 }, (_, index) => room.join(`cus_${index}`)));
    await waitFor(
      async () => {
        await read(tickets[0]?.json, second);
        return (await room.show()).waiting === 0;
      },
      { timeoutMs: 20_000, what: 'all to be admitted' },
    );
    for (const { json } of tickets) {
      const [one, other] = await Promise.all([read(json), read(json, second)]);
      expect(one.json).toMatchObject({ state: 'admitted', position: 0 });
      expect(other.text).toBe(one.text);
    }
  });

  it('is told by a stream as it comes, with the token, and then the stream ends', async () => {
    const room = await openRoom({ admissionsPerSecond: 0 });
    const { json: ahead } = await room.join('cus_ahead');
    const { json: ticket } = await room.join('cus_1');
    const response = await fetch(`${second.url}/v1/waiting-rooms/${room.id}/tickets/${ticket.id}/events`, {
      headers: { authorization: `Bearer ${keyOf('customer')}` },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = (response.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    let text = '';
    const readOn = async (until: (soFar: string) => boolean): Promise<void> => {
      while (!until(text)) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
      }
    };
    await readOn((soFar) => /event: ?waiting\n[^]*"position":2[^]*\n\n/.test(soFar));
    await room.put({ admissionsPerSecond: 1 });
    await waitFor(async () => (await read(ahead)).json.state === 'admitted', {
      timeoutMs: 20_000,
      what: 'the first admission',
    });
    await readOn(() => false);
    const events = [...text.matchAll(/event: ?(\w+)\n(?:id:.*\n)?data: ?(.*)\n/g)].map(([, name, data]) => ({
      name,
      ticket: JSON.parse(data ?? '') as Sent['json'],
    }));
    expect(events.map(({ name, ticket: { state, position } }) => [name, state, position])).toEqual(
      expect.arrayContaining([
        ['waiting', 'waiting', 2],
        ['admitted', 'admitted', 0],
      ]),
    );
    const last = events.at(-1);
    expect(last?.name).toBe('admitted');
    await expectStatus(201, place(room, { token: last?.ticket.token, as: 'customer' }));
  });
});

describe('an order of an item that a room guards', () => {
  it('is refused without a token, with where to take a ticket, and leaves nothing', async () => {
    const room = await openRoom();
    const idempotencyKey = newKey();
    const { json } = await expectStatus(403, place(room, { idempotencyKey }));
    expect(json).toMatchObject({
      code: 'WAITING_ROOM_TOKEN_REQUIRED',
      waitingRooms: [{ id: room.id, skus: [room.sku], tickets: `/v1/waiting-rooms/${room.id}/tickets` }],
    });
    const { token } = await room.admit('cus_1');
    await expectStatus(201, place(room, { idempotencyKey, token }));
    expect(await room.show()).toMatchObject({ admitted: 1, bought: 1 });
  });

  it('needs no token before the room opens and after it closes, nor for other items', async () => {
    const room = await openRoom({ opensAt: '2190-01-01T00:00:00Z' });
    await expectStatus(201, place(room));
    await room.put({});
    await expectStatus(403, place(room));
    await room.put({ closesAt: '2020-01-01T00:00:00Z' });
    await expectStatus(201, place(room, { token: 'whatever' }));
    await room.put({});
    const other = await openRoom({ closesAt: '2020-01-01T00:00:00Z' });
    await expectStatus(201, place(other));
  });

  it('needs none from the importer', async () => {
    const room = await openRoom();
    await expectStatus(201, place(room, { as: 'importer' }));
  });

  it('uses up the token: the next order with it is refused, and a repetition is not', async () => {
    const room = await openRoom();
    const { token, id, roomId } = await room.admit('cus_1');
    const idempotencyKey = newKey();
    const { json: order, text } = await expectStatus(201, place(room, { token, idempotencyKey }));
    const { json: refused } = await expectStatus(403, place(room, { token }));
    expect(refused).toMatchObject({ code: 'WAITING_ROOM_TOKEN_INVALID', orderId: order.id });
    expect((await place(room, { token, idempotencyKey })).text).toBe(text);
    expect((await read({ id, roomId })).json).toMatchObject({ state: 'used', orderId: order.id });
    expect((await room.join('cus_1')).json).toMatchObject({ id, state: 'used' });
  });

  it('gets the token in one of ten orders that race for it at two services', async () => {
    const room = await openRoom();
    const { token } = await room.admit('cus_1');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => place(room, { token, at: index % 2 === 0 ? api : second })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 403),
    ]);
    expect(await room.show()).toMatchObject({ admitted: 1, bought: 1 });
  });

  it('is refused with a token that is forged, too old, of another room or of another customer', async () => {
    const room = await openRoom();
    const other = await openRoom();
    const ticket = await room.admit('cus_1');
    const { token: ofOtherRoom } = await other.admit('cus_1');
    const { token: ofOtherCustomer } = await room.admit('cus_2');
    const reference = { ticketId: ticket.id, roomId: room.id, number: 1 };
    const forged = await signTicketToken(reference, ticket.tokenExpiresAt, 'x'.repeat(32));
    for (const token of [forged, 'nonsense', ofOtherRoom, ofOtherCustomer])
      expect((await expectStatus(403, place(room, { token }))).json.code).toBe('WAITING_ROOM_TOKEN_INVALID');
    await expire(ticket);
    expect((await expectStatus(403, place(room, { token: ticket.token }))).json.code).toBe(
      'WAITING_ROOM_TOKEN_INVALID',
    );
    expect(await signTicketToken(reference, ticket.tokenExpiresAt, WAITING_ROOM_SECRET)).toBe(ticket.token);
    expect(await room.show()).toMatchObject({ bought: 0 });
  });

  it('takes a place at the end when the first was not used in time, and the old token stays void', async () => {
    const room = await openRoom();
    const ticket = await room.admit('cus_1');
    await room.admit('cus_2');
    await expire(ticket);
    expect((await read(ticket)).json).toMatchObject({ state: 'expired' });
    const renewed = await room.admit('cus_1');
    expect(renewed.id).toBe(ticket.id);
    expect((await numbersIn(room.id)).get('cus_1')?.number).toBe(3);
    await expectStatus(403, place(room, { token: ticket.token }));
    await expectStatus(201, place(room, { token: renewed.token }));
  });
});

describe('a place that was not used', () => {
  it('is kept when what was wanted is sold out, or costs something else than the customer saw', async () => {
    const room = await openRoom({}, 0);
    const { token } = await room.admit('cus_1');
    await expectStatus(409, place(room, { token }));
    await stockItems(api, { [room.sku]: { amountMinor: 1000, onHand: 5 } });
    await expectStatus(409, place(room, { token, expectedTotalMinor: 900 }));
    await expectStatus(201, place(room, { token, expectedTotalMinor: 1000 }));
  });

  it('comes back when the payment is declined', async () => {
    const room = await openRoom();
    const ticket = await room.admit('cus_1');
    const { token } = ticket;
    await expectStatus(402, place(room, { token, payWith: 'tok_declined_do_not_honor' }));
    expect((await read(ticket)).json).toMatchObject({ state: 'admitted', token });
    await expectStatus(201, place(room, { token }));
    await expectStatus(403, place(room, { token }));
  });

  it('comes back when an order had it that could not be started, and was refused later', async () => {
    const room = await openRoom();
    const ticket = await room.admit('cus_1');
    const { token } = ticket;
    const away = await startTestApi({
      databaseUrl: api.databaseUrl,
      variables: { TEMPORAL_ADDRESS: `127.0.0.1:${await deadPort()}`, CONFIRMATION_DEADLINE_MS: '500' },
    });
    const idempotencyKey = newKey();
    const request = { token, idempotencyKey, expectedTotalMinor: 1000 };
    await expectStatus(503, place(room, { ...request, at: away })).finally(away.close);
    expect((await read(ticket)).json).toMatchObject({ state: 'used' });
    await stockItems(api, { [room.sku]: { amountMinor: 1200, onHand: 0 } });
    const { json } = await expectStatus(409, place(room, request));
    expect(json.code).toBe('TOTAL_CHANGED');
    expect((await read(ticket)).json).toMatchObject({ state: 'admitted' });
    await expectStatus(201, place(room, { token, expectedTotalMinor: 1200 }));
  });
});

/** A port of this machine where nobody answers. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
