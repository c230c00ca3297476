/** Waiting rooms, their tickets and who is admitted, at two API processes over one database. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
import { expectStatus, keyOf, newKey, type Sent } from './test-api.ts';
import { startWaitingRoomLab, type WaitingRoomLab } from './waiting-room-lab.ts';

jest.setTimeout(120_000);

let lab: WaitingRoomLab;
beforeAll(async () => {
  lab = await startWaitingRoomLab();
});
afterAll(() => lab.stop());

describe('a waiting room', () => {
  it('is put, shown and listed by staff', async () => {
    const room = await lab.openRoom({ admissionsPerSecond: 0.5, closesAt: '2190-01-01T01:00:00+01:00' });
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
    const { json } = await expectStatus(200, lab.api.send('GET', '/v1/waiting-rooms', { as: 'viewer' }));
    expect(json.items).toContainEqual(shown);
  });

  it('is refused with every bad field', async () => {
    const { id } = await lab.openRoom();
    const { json } = await expectStatus(
      400,
      lab.api.send('PUT', `/v1/waiting-rooms/${id}`, {
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
    const unknown = await lab.api.send('PUT', `/v1/waiting-rooms/${id}`, {
      as: 'operator',
      body: { name: 'x', skus: ['NO-SUCH'], admissionsPerSecond: 1 },
    });
    expect(unknown.json).toMatchObject({ status: 400, errors: [{ pointer: '/skus/0' }] });
  });

  it('is not the customers’ to see or to change, and one that is not there is not found', async () => {
    const { id, sku } = await lab.openRoom();
    const body = { name: 'x', skus: [sku], admissionsPerSecond: 1 };
    await expectStatus(403, lab.api.send('PUT', `/v1/waiting-rooms/${id}`, { as: 'customer', body }));
    await expectStatus(403, lab.api.send('GET', `/v1/waiting-rooms/${id}`, { as: 'customer' }));
    await expectStatus(404, lab.api.send('GET', '/v1/waiting-rooms/no-such-room', { as: 'viewer' }));
    const ask = { as: 'operator', idempotencyKey: newKey(), body: { customerId: 'cus_1' } } as const;
    await expectStatus(404, lab.api.send('POST', '/v1/waiting-rooms/no-such-room/tickets', ask));
  });

  it('that has closed gives no tickets', async () => {
    const room = await lab.openRoom({ closesAt: '2020-01-01T00:00:00Z' });
    expect((await room.join('cus_1')).json).toMatchObject({ status: 409, code: 'WAITING_ROOM_CLOSED' });
  });
});

describe('a ticket', () => {
  it('has the place in which its customer arrived, also when 200 arrive at once at two services', async () => {
    const room = await lab.openRoom({ admissionsPerSecond: 0 });
    const waves = Array.from({ length: 4 }, (_, wave) =>
      Array.from({ length: 50 }, (_unused, index) => `cus_${wave * 50 + index}`),
    );
    const answers: Sent[] = [];
    for (const wave of waves)
      answers.push(
        ...(await Promise.all(
          wave.map((customerId, index) =>
            expectStatus(201, room.join(customerId, index % 2 === 0 ? lab.api : lab.second)),
          ),
        )),
      );
    const numbers = await lab.numbersIn(room.id);
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
    const room = await lab.openRoom({ admissionsPerSecond: 0 });
    await room.join('cus_before');
    const clicks = await Promise.all(
      Array.from({ length: 20 }, (_, index) => room.join('cus_1', index % 2 === 0 ? lab.api : lab.second)),
    );
    await room.join('cus_after');
    const again = await room.join('cus_1');
    expect(new Set([...clicks, again].map(({ json }) => json.id)).size).toBe(1);
    expect(new Set([...clicks, again].map(({ json }) => json.position))).toEqual(new Set([2]));
    expect((await room.show()).waiting).toBe(3);
  });

  it('says its place, how long that takes, and when it is worth asking again', async () => {
    const room = await lab.openRoom({ admissionsPerSecond: 0 });
    for (const customerId of ['cus_a', 'cus_b']) await room.join(customerId);
    const { json: ticket } = await room.join('cus_1');
    expect(ticket).toMatchObject({ state: 'waiting', position: 3, estimatedWaitSeconds: null });
    await room.put({ admissionsPerSecond: 0.01 });
    const sent = await lab.read(ticket, lab.second);
    expect(sent.json).toMatchObject({ state: 'waiting', position: 3, estimatedWaitSeconds: 300 });
    expect(sent.headers.get('retry-after')).toBe('30');
  });

  it('is its customer’s alone', async () => {
    const room = await lab.openRoom();
    const path = `/v1/waiting-rooms/${room.id}/tickets`;
    const body = { customerId: 'cus_1' };
    const { json: ticket } = await expectStatus(
      201,
      lab.api.send('POST', path, { as: 'customer', idempotencyKey: newKey(), body }),
    );
    await expectStatus(200, lab.api.send('GET', `${path}/${ticket.id}`, { as: 'customer' }));
    await expectStatus(404, lab.api.send('GET', `${path}/${ticket.id}`, { as: 'other' }));
    await expectStatus(404, lab.api.send('GET', `${path}/${ticket.id}/events`, { as: 'other' }));
    await expectStatus(403, lab.api.send('GET', `${path}/${ticket.id}`, { as: 'viewer' }));
    await expectStatus(403, lab.api.send('POST', path, { as: 'other', idempotencyKey: newKey(), body }));
  });
});

describe('admission', () => {
  it('follows the order of arrival and never exceeds rate and burst, whoever asks at two services', async () => {
    const ratePerSecond = 40;
    const room = await lab.openRoom({ admissionsPerSecond: 0 });
    const tickets = await Promise.all(
      Array.from({ length: 150 }, (_, index) =>
        room.join(`cus_${index}`, index % 2 === 0 ? lab.api : lab.second),
      ),
    );
    await room.put({ admissionsPerSecond: ratePerSecond });
    await waitFor(
      async () => {
        await Promise.all(
          tickets
            .slice(0, 20)
            .map(({ json }, index) => lab.read(json, index % 2 === 0 ? lab.api : lab.second)),
        );
        return (await room.show()).admitted >= 120;
      },
      { timeoutMs: 60_000, intervalMs: 10, what: '120 admissions' },
    );
    const rows = [...(await lab.numbersIn(room.id)).values()];
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
    const room = await lab.openRoom({ admissionsPerSecond: 50 });
    const tickets = await Promise.all(Array.from({ length: 20 }, (_, index) => room.join(`cus_${index}`)));
    await waitFor(
      async () => {
        await lab.read(tickets[0]?.json, lab.second);
        return (await room.show()).waiting === 0;
      },
      { timeoutMs: 20_000, what: 'all to be admitted' },
    );
    for (const { json } of tickets) {
      const [one, other] = await Promise.all([lab.read(json), lab.read(json, lab.second)]);
      expect(one.json).toMatchObject({ state: 'admitted', position: 0 });
      expect(other.text).toBe(one.text);
    }
  });

  it('is told by a stream as it comes, with the token, and then the stream ends', async () => {
    const room = await lab.openRoom({ admissionsPerSecond: 0 });
    const { json: ahead } = await room.join('cus_ahead');
    const { json: ticket } = await room.join('cus_1');
    const response = await fetch(
      `${lab.second.url}/v1/waiting-rooms/${room.id}/tickets/${ticket.id}/events`,
      {
        headers: { authorization: `Bearer ${keyOf('customer')}` },
      },
    );
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
    await waitFor(async () => (await lab.read(ahead)).json.state === 'admitted', {
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
    await expectStatus(201, lab.place(room, { token: last?.ticket.token, as: 'customer' }));
  });
});
