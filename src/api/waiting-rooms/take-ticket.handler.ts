import { CatalogueError } from '../../domain/errors.ts';
import { ownsOrder } from '../auth/principal.ts';
import { ticketIdOf } from '../http/derived-id.ts';
import { defineCommand } from '../http/endpoint.ts';
import { findOwnTicket, retryAfterHeader, roomNotFound } from './find-own-ticket.ts';
import { roomParams, takeTicketBody, ticket, toTicketAnswer } from './waiting-room.schema.ts';

export const takeTicketEndpoint = defineCommand({
  method: 'post',
  path: '/v1/waiting-rooms/{roomId}/tickets',
  operationId: 'takeTicket',
  tag: 'Waiting rooms',
  summary: 'Take a ticket',
  description:
    'A customer has one ticket in a room: asking again, with whatever key, answers the same one and gives no other place. Only one ' +
    'whose time was over before it was used gets a new place, at the end. Tickets can be taken before the room opens.',
  permission: 'orders:place',
  params: roomParams,
  body: takeTicketBody,
  answers: {
    201: {
      description: 'The ticket as it was when this key was first used; `GET` it to see it now',
      headers: { Location: 'The address of the ticket', 'Retry-After': 'While it waits: when to ask again' },
      schema: ticket,
    },
  },
  errors: ['NOT_FOUND', 'WAITING_ROOM_CLOSED'],
  handle: async ({ params: { roomId }, body: { customerId }, principal }, dependencies) => {
    if (!ownsOrder(principal, customerId))
      throw new CatalogueError('FORBIDDEN', 'This key takes tickets for its own customer only.');
    const ticketId = ticketIdOf(roomId, customerId);
    const outcome = await dependencies.repositories.waitingRooms.join({ ticketId, roomId, customerId });
    if (outcome === 'unknown_room') throw roomNotFound();
    if (outcome === 'closed')
      throw new CatalogueError('WAITING_ROOM_CLOSED', 'Its items can be ordered without a token.');
    const view = await findOwnTicket({ roomId, ticketId }, principal, dependencies);
    return {
      httpStatus: 201,
      headers: { location: `/v1/waiting-rooms/${roomId}/tickets/${ticketId}`, ...retryAfterHeader(view) },
      body: await toTicketAnswer(view, dependencies.environment),
    };
  },
});
