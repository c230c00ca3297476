import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';
import { toRoomAnswer, waitingRoom } from './waiting-room.schema.ts';

export const listWaitingRoomsEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/waiting-rooms',
  operationId: 'listWaitingRooms',
  tag: 'Waiting rooms',
  summary: 'List the waiting rooms, the newest first',
  description: 'Those that have closed are among them; 100 at the most.',
  permission: 'inventory:read',
  answers: { 200: { description: 'The rooms', schema: z.strictObject({ items: z.array(waitingRoom) }) } },
  handle: async (_request, { repositories }) => {
    const rooms = await repositories.waitingRooms.list();
    return { httpStatus: 200, body: { items: rooms.map(toRoomAnswer) } };
  },
});
