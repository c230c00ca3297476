import { defineEndpoint } from '../http/endpoint.ts';
import { roomNotFound } from './find-own-ticket.ts';
import { roomParams, toRoomAnswer, waitingRoom } from './waiting-room.schema.ts';

export const getWaitingRoomEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/waiting-rooms/{roomId}',
  operationId: 'getWaitingRoom',
  tag: 'Waiting rooms',
  summary: 'Read a waiting room, and how many wait, were admitted and have bought',
  permission: 'inventory:read',
  params: roomParams,
  answers: { 200: { description: 'The room', schema: waitingRoom } },
  errors: ['NOT_FOUND'],
  handle: async ({ params }, { repositories }) => {
    const found = await repositories.waitingRooms.find(params.roomId);
    if (found === null) throw roomNotFound();
    return { httpStatus: 200, body: toRoomAnswer(found) };
  },
});
