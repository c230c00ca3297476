import { defineCommandWithOptionalKey, type Answer } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import {
  putWaitingRoomBody,
  roomParams,
  toSettingsAnswer,
  toWaitingRoom,
  waitingRoomSettings,
} from './waiting-room.schema.ts';

export const putWaitingRoomEndpoint = defineCommandWithOptionalKey({
  method: 'put',
  path: '/v1/waiting-rooms/{roomId}',
  operationId: 'putWaitingRoom',
  tag: 'Waiting rooms',
  summary: 'Open a waiting room for items, or change it',
  description:
    'While it is open, an order with one of its items needs the token of an admitted ticket. An item in several open rooms is ' +
    'sold with a ticket of any of them. A new rate holds from now on: it admits nobody by itself, and takes no admission ' +
    'back. Without an Idempotency-Key a late repetition replaces what others have put meanwhile.',
  permission: 'inventory:adjust',
  params: roomParams,
  invalidParams: 'INVALID_REQUEST',
  body: putWaitingRoomBody,
  answers: { 200: { description: 'The room as it is now', schema: waitingRoomSettings } },
  handle: async ({ params, body, idempotency }, { repositories }) => {
    const unknown = new Set(await repositories.waitingRooms.findUnknownSkus(body.skus));
    if (unknown.size > 0)
      throw invalidRequest(
        ...body.skus.flatMap((sku, index) =>
          unknown.has(sku) ? [{ pointer: `/skus/${index}`, message: 'is not an item of the catalogue' }] : [],
        ),
      );
    const room = toWaitingRoom(params.roomId, body);
    const answer: Answer = { httpStatus: 200, body: toSettingsAnswer(room) };
    await repositories.waitingRooms.put(room, idempotency?.endWith(answer) ?? null);
    return answer;
  },
});
