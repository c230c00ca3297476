/** Orders of what is sold through a waiting room, at two API processes over one database. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findFreePorts } from '../../../embedded/ports.ts';
import { signTicketToken } from '../../../src/api/waiting-rooms/ticket-token.ts';
import { expectStatus, newKey, startTestApi, stockItems, WAITING_ROOM_SECRET } from './test-api.ts';
import { startWaitingRoomLab, type WaitingRoomLab } from './waiting-room-lab.ts';

jest.setTimeout(120_000);

let lab: WaitingRoomLab;
beforeAll(async () => {
  lab = await startWaitingRoomLab();
});
afterAll(() => lab.stop());

describe('an order of an item that a room guards', () => {
  it('is refused without a token, with where to take a ticket, and leaves nothing', async () => {
    const room = await lab.openRoom();
    const idempotencyKey = newKey();
    const { json } = await expectStatus(403, lab.place(room, { idempotencyKey }));
    expect(json).toMatchObject({
      code: 'WAITING_ROOM_TOKEN_REQUIRED',
      waitingRooms: [{ id: room.id, skus: [room.sku], tickets: `/v1/waiting-rooms/${room.id}/tickets` }],
    });
    const { token } = await room.admit('cus_1');
    await expectStatus(201, lab.place(room, { idempotencyKey, token }));
    expect(await room.show()).toMatchObject({ admitted: 1, bought: 1 });
  });

  it('needs no token before the room opens and after it closes, nor for other items', async () => {
    const room = await lab.openRoom({ opensAt: '2190-01-01T00:00:00Z' });
    await expectStatus(201, lab.place(room));
    await room.put({});
    await expectStatus(403, lab.place(room));
    await room.put({ closesAt: '2020-01-01T00:00:00Z' });
    await expectStatus(201, lab.place(room, { token: 'whatever' }));
    await room.put({});
    const other = await lab.openRoom({ closesAt: '2020-01-01T00:00:00Z' });
    await expectStatus(201, lab.place(other));
  });

  it('needs none from the importer', async () => {
    const room = await lab.openRoom();
    await expectStatus(201, lab.place(room, { as: 'importer' }));
  });

  it('uses up the token: the next order with it is refused, and a repetition is not', async () => {
    const room = await lab.openRoom();
    const { token, id, roomId } = await room.admit('cus_1');
    const idempotencyKey = newKey();
    const { json: order, text } = await expectStatus(201, lab.place(room, { token, idempotencyKey }));
    const { json: refused } = await expectStatus(403, lab.place(room, { token }));
    expect(refused).toMatchObject({ code: 'WAITING_ROOM_TOKEN_INVALID', orderId: order.id });
    expect((await lab.place(room, { token, idempotencyKey })).text).toBe(text);
    expect((await lab.read({ id, roomId })).json).toMatchObject({ state: 'used', orderId: order.id });
    expect((await room.join('cus_1')).json).toMatchObject({ id, state: 'used' });
  });

  it('gets the token in one of ten orders that race for it at two services', async () => {
    const room = await lab.openRoom();
    const { token } = await room.admit('cus_1');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        lab.place(room, { token, at: index % 2 === 0 ? lab.api : lab.second }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 403),
    ]);
    expect(await room.show()).toMatchObject({ admitted: 1, bought: 1 });
  });

  it('is refused with a token that is forged, too old, of another room or of another customer', async () => {
    const room = await lab.openRoom();
    const other = await lab.openRoom();
    const ticket = await room.admit('cus_1');
    const { token: ofOtherRoom } = await other.admit('cus_1');
    const { token: ofOtherCustomer } = await room.admit('cus_2');
    const reference = { ticketId: ticket.id, roomId: room.id, number: 1 };
    const forged = await signTicketToken(reference, ticket.tokenExpiresAt, 'x'.repeat(32));
    for (const token of [forged, 'nonsense', ofOtherRoom, ofOtherCustomer])
      expect((await expectStatus(403, lab.place(room, { token }))).json.code).toBe(
        'WAITING_ROOM_TOKEN_INVALID',
      );
    await lab.expire(ticket);
    expect((await expectStatus(403, lab.place(room, { token: ticket.token }))).json.code).toBe(
      'WAITING_ROOM_TOKEN_INVALID',
    );
    expect(await signTicketToken(reference, ticket.tokenExpiresAt, WAITING_ROOM_SECRET)).toBe(ticket.token);
    expect(await room.show()).toMatchObject({ bought: 0 });
  });

  it('takes a place at the end when the first was not used in time, and the old token stays void', async () => {
    const room = await lab.openRoom();
    const ticket = await room.admit('cus_1');
    await room.admit('cus_2');
    await lab.expire(ticket);
    expect((await lab.read(ticket)).json).toMatchObject({ state: 'expired' });
    const renewed = await room.admit('cus_1');
    expect(renewed.id).toBe(ticket.id);
    expect((await lab.numbersIn(room.id)).get('cus_1')?.number).toBe(3);
    await expectStatus(403, lab.place(room, { token: ticket.token }));
    await expectStatus(201, lab.place(room, { token: renewed.token }));
  });
});

describe('a place that was not used', () => {
  it('is kept when what was wanted is sold out, or costs something else than the customer saw', async () => {
    const room = await lab.openRoom({}, 0);
    const { token } = await room.admit('cus_1');
    await expectStatus(409, lab.place(room, { token }));
    await stockItems(lab.api, { [room.sku]: { amountMinor: 1000, onHand: 5 } });
    await expectStatus(409, lab.place(room, { token, expectedTotalMinor: 900 }));
    await expectStatus(201, lab.place(room, { token, expectedTotalMinor: 1000 }));
  });

  it('comes back when the payment is declined', async () => {
    const room = await lab.openRoom();
    const ticket = await room.admit('cus_1');
    const { token } = ticket;
    await expectStatus(402, lab.place(room, { token, payWith: 'tok_declined_do_not_honor' }));
    expect((await lab.read(ticket)).json).toMatchObject({ state: 'admitted', token });
    await expectStatus(201, lab.place(room, { token }));
    await expectStatus(403, lab.place(room, { token }));
  });

  it('comes back when an order had it that could not be started, and was refused later', async () => {
    const room = await lab.openRoom();
    const ticket = await room.admit('cus_1');
    const { token } = ticket;
    const [dead] = await findFreePorts(1);
    const away = await startTestApi({
      databaseUrl: lab.api.databaseUrl,
      variables: { TEMPORAL_ADDRESS: `127.0.0.1:${dead}`, CONFIRMATION_DEADLINE_MS: '500' },
    });
    const idempotencyKey = newKey();
    const request = { token, idempotencyKey, expectedTotalMinor: 1000 };
    await expectStatus(503, lab.place(room, { ...request, at: away })).finally(away.close);
    expect((await lab.read(ticket)).json).toMatchObject({ state: 'used' });
    await stockItems(lab.api, { [room.sku]: { amountMinor: 1200, onHand: 0 } });
    const { json } = await expectStatus(409, lab.place(room, request));
    expect(json.code).toBe('TOTAL_CHANGED');
    expect((await lab.read(ticket)).json).toMatchObject({ state: 'admitted' });
    await expectStatus(201, lab.place(room, { token, expectedTotalMinor: 1200 }));
  });
});
