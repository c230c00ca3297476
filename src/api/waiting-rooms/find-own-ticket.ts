import type { TicketView } from '../../../db/repositories/waiting-rooms.repository.ts';
import { CatalogueError } from '../../domain/errors.ts';
import { askAgainAfterSeconds } from '../../domain/waiting-rooms/place-in-line.ts';
import { ownsOrder, type Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';

/**
 * Admits whose turn it is, and reads the ticket if this caller may know of it.
 * @throws CatalogueError NOT_FOUND, the same for somebody else's ticket and for one that does not exist. Rejects with
 *   DatabaseUnavailableError.
 */
export async function findOwnTicket(
  { roomId, ticketId }: { readonly roomId: string; readonly ticketId: string },
  principal: Principal,
  { repositories, environment }: ApiDependencies,
): Promise<TicketView> {
  const { WAITING_ROOM_TOKEN_VALID_MS: validForMs } = environment;
  const found = await repositories.waitingRooms.admitAndFind(roomId, ticketId, validForMs);
  if (found === null || !ownsOrder(principal, found.customerId))
    throw new CatalogueError('NOT_FOUND', 'There is no ticket with this id in this waiting room.');
  return found;
}

/** The header that says when it is worth asking again; none for a ticket that does not wait. */
export function retryAfterHeader(ticket: TicketView): Readonly<Record<string, string>> {
  return ticket.state === 'waiting'
    ? { 'retry-after': String(askAgainAfterSeconds(ticket.number, ticket)) }
    : {};
}

export function roomNotFound(): CatalogueError {
  return new CatalogueError('NOT_FOUND', 'There is no waiting room with this id.');
}
