import { defineEndpoint } from '../http/endpoint.ts';
import { findOwnTicket, retryAfterHeader } from './find-own-ticket.ts';
import { ticket, ticketParams, toTicketAnswer } from './waiting-room.schema.ts';

export const getTicketEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/waiting-rooms/{roomId}/tickets/{ticketId}',
  operationId: 'getTicket',
  tag: 'Waiting rooms',
  summary: 'Read a ticket: its place, or the token when it is admitted',
  description:
    'While it waits, ask again after `Retry-After`. An admission counts from when it is given, asked for or not.',
  permission: 'orders:place',
  params: ticketParams,
  answers: {
    200: {
      description: 'The ticket',
      headers: { 'Retry-After': 'While it waits: when it is worth asking again, seconds' },
      schema: ticket,
    },
  },
  errors: ['NOT_FOUND'],
  handle: async ({ params, principal }, dependencies) => {
    const view = await findOwnTicket(params, principal, dependencies);
    return {
      httpStatus: 200,
      headers: retryAfterHeader(view),
      body: await toTicketAnswer(view, dependencies.environment),
    };
  },
});
