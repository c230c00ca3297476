import type { Request, Response } from 'express';
import { createSession } from 'better-sse';
import type { RoomProgress, TicketView } from '../../../db/repositories/waiting-rooms.repository.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts';
import { findOwnTicket } from './find-own-ticket.ts';
import { createRoomWatch, type RoomWatch } from './room-watch.ts';
import { ticketParams, toTicketAnswer } from './waiting-room.schema.ts';

/** What a browser waits before it connects again after a loss, milliseconds. */
const RECONNECT_MS = 3_000;
/** How often a comment keeps proxies from closing a quiet stream, milliseconds. */
const KEEP_ALIVE_MS = 15_000;

export function streamTicketEndpoint(): Endpoint {
  let watch: RoomWatch | undefined;
  return defineEndpoint({
    method: 'get',
    path: '/v1/waiting-rooms/{roomId}/tickets/{ticketId}/events',
    operationId: 'streamTicket',
    tag: 'Waiting rooms',
    summary: 'Follow a ticket as server-sent events',
    description:
      'Each event is named by the state (`waiting`, `admitted`, `used`, `expired`) and carries the ticket as `GET` answers it. The ' +
      'first comes at once, another whenever the place changes, and the stream ends after one that is not `waiting`.',
    permission: 'orders:place',
    params: ticketParams,
    answers: { 200: { description: 'The events', contentType: 'text/event-stream' } },
    errors: ['NOT_FOUND'],
    handle: async ({ params, principal }, dependencies) => {
      const first = await findOwnTicket(params, principal, dependencies);
      watch ??= createRoomWatch(dependencies);
      const room = watch;
      return {
        httpStatus: 200,
        headers: { 'content-type': 'text/event-stream' },
        stream: (request, response) =>
          streamTicket({ first, principal, dependencies, room }, request, response),
      };
    },
  });
}

interface Following {
  readonly first: TicketView;
  readonly principal: Principal;
  readonly dependencies: ApiDependencies;
  readonly room: RoomWatch;
}

/** Resolves when the ticket waits no more, the caller has gone, or the service stops. */
async function streamTicket(following: Following, request: Request, response: Response): Promise<void> {
  const { first, principal, dependencies, room } = following;
  const { id: ticketId, roomId } = first;
  const session = await createSession(request, response, { retry: RECONNECT_MS, keepAlive: KEEP_ALIVE_MS });
  let shown = '';
  const tell = async (ticket: TicketView): Promise<void> => {
    const answer = await toTicketAnswer(ticket, dependencies.environment);
    const text = JSON.stringify(answer);
    if (text === shown || !session.isConnected) return;
    shown = text;
    session.push(answer, answer.state, String(ticket.admittedNumber));
  };
  await tell(first);
  const { promise: ended, resolve: end, reject } = Promise.withResolvers<void>();
  session.once('disconnected', end);
  if (first.state !== 'waiting' || !session.isConnected) end();
  const onChange = async (progress: RoomProgress): Promise<void> => {
    if (stillWaits(first, progress)) return tell({ ...first, ...progress });
    const ticket = await findOwnTicket({ roomId, ticketId }, principal, dependencies);
    await tell(ticket);
    if (ticket.state !== 'waiting') end();
  };
  const stop = room.follow(roomId, {
    onChange: (progress) => void onChange(progress).catch(reject),
    onStop: end,
  });
  await ended.finally(stop);
  if (session.isConnected) response.end();
}

function stillWaits({ number }: TicketView, { admittedNumber, closed }: RoomProgress): boolean {
  return number > admittedNumber && !closed;
}
