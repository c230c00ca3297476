/** Waiting rooms with items of their own, and two API processes over one database to come to them by. */
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type Sent,
  type TestApi,
} from './test-api.ts';

export interface Room {
  readonly id: string;
  readonly sku: string;
  put(changes: Readonly<Record<string, unknown>>): Promise<Sent>;
  join(customerId: string, at?: TestApi): Promise<Sent>;
  /** Waits until the customer is admitted. */
  admit(customerId: string): Promise<Sent['json']>;
  show(): Promise<Sent['json']>;
}

export interface PlaceInRoomOptions {
  readonly token?: string;
  readonly customerId?: string;
  readonly payWith?: string;
  readonly idempotencyKey?: string;
  readonly as?: 'customer' | 'operator' | 'importer';
  readonly at?: TestApi;
  readonly expectedTotalMinor?: number;
}

/** The place of a customer in the queue, and when it was admitted. */
export interface TicketRow {
  readonly number: number;
  readonly admittedAt: string | null;
}

export interface WaitingRoomLab {
  readonly api: TestApi;
  readonly second: TestApi;
  /** A room of its own with an item of its own, of which there are 1,000 unless said otherwise. */
  openRoom(changes?: Readonly<Record<string, unknown>>, onHand?: number): Promise<Room>;
  read(ticket: { readonly roomId: string; readonly id: string }, at?: TestApi): Promise<Sent>;
  place(room: { readonly sku: string }, options?: PlaceInRoomOptions): Promise<Sent>;
  /** By customer, in the order of their places. */
  numbersIn(roomId: string): Promise<ReadonlyMap<string, TicketRow>>;
  /** As if the time of the ticket had passed. */
  expire(ticket: { readonly id: string }): Promise<void>;
  stop(): Promise<void>;
}

export async function startWaitingRoomLab(): Promise<WaitingRoomLab> {
  // Enough for a decision on a busy machine.
  const variables = { CONFIRMATION_DEADLINE_MS: '8000' };
  const api = await startTestApi({ variables });
  const { databaseUrl, environment } = api;
  const { TEMPORAL_TASK_QUEUE } = environment;
  const second = await startTestApi({ databaseUrl, variables: { ...variables, TEMPORAL_TASK_QUEUE } });
  await addLocations(databaseUrl);
  const processes = await startOrderProcesses(databaseUrl, TEMPORAL_TASK_QUEUE);
  const read: WaitingRoomLab['read'] = (ticket, at = api) =>
    at.send('GET', `/v1/waiting-rooms/${ticket.roomId}/tickets/${ticket.id}`, { as: 'operator' });
  return {
    api,
    second,
    read,
    openRoom: (changes = {}, onHand = 1_000) => openRoom({ api, read }, changes, onHand),
    place: ({ sku }, options = {}) => {
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
    },
    numbersIn: async (roomId) => {
      const rows = await api.database.query<TicketRow & { readonly customerId: string }>(
        'test.numbers',
        sql`SELECT customer_id AS "customerId", number, admitted_at AS "admittedAt" FROM waiting_room_tickets
          WHERE room_id = ${roomId} ORDER BY number`,
      );
      return new Map(rows.map((row) => [row.customerId, row]));
    },
    expire: async ({ id }) => {
      await api.database.query(
        'test.expire',
        sql`UPDATE waiting_room_tickets SET valid_until = now() - interval '1 second' WHERE id = ${id}`,
      );
    },
    stop: async () => {
      await processes.stop();
      await second.close();
      await api.close();
    },
  };
}

async function openRoom(
  { api, read }: Pick<WaitingRoomLab, 'api' | 'read'>,
  changes: Readonly<Record<string, unknown>>,
  onHand: number,
): Promise<Room> {
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
