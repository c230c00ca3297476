/**
 * The door before an order with items that are sold through a waiting room. The ticket is used last of all that is checked
 * before the order's workflow starts, and it is used for this order: one that is refused before has not touched it, and
 * one that was rejected has given it back (docs/adr/0021).
 */
import { CatalogueError, type ErrorCode } from '../../domain/errors.ts';
import { hasPermission, type Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { readTicketToken } from '../waiting-rooms/ticket-token.ts';

export const WAITING_ROOM_TOKEN_HEADER = 'Waiting-Room-Token';

/** An item of an order, and the open waiting rooms that guard it. */
export interface GuardedItem {
  readonly sku: string;
  /** At least one; a ticket of any of them will do. */
  readonly waitingRoomIds: readonly string[];
}

/** Who comes to the door, for which order. */
export interface Entrance {
  readonly orderId: string;
  readonly customerId: string;
  readonly principal: Principal;
  readonly headersDistinct: NodeJS.Dict<string[]>;
}

/**
 * Uses the caller's ticket for the order. Idempotent by order. Nothing is asked when no item is guarded.
 * @throws CatalogueError WAITING_ROOM_TOKEN_REQUIRED; WAITING_ROOM_TOKEN_INVALID when it is none of ours, of another room or
 *   customer, too old, or used by another order. Rejects with DatabaseUnavailableError.
 */
export async function passWaitingRoom(
  guardedItems: readonly GuardedItem[],
  { orderId, customerId, principal, headersDistinct }: Entrance,
  { repositories, environment }: ApiDependencies,
): Promise<void> {
  if (guardedItems.length === 0 || hasPermission(principal, 'orders:skip-waiting-room')) return;
  const refuse = (code: ErrorCode, detail: string, extensions = {}): CatalogueError =>
    new CatalogueError(code, detail, { extensions: { waitingRooms: roomsOf(guardedItems), ...extensions } });
  const [token, ...others] = headersDistinct[WAITING_ROOM_TOKEN_HEADER.toLowerCase()] ?? [];
  if (token === undefined)
    throw refuse(
      'WAITING_ROOM_TOKEN_REQUIRED',
      `Without the header ${WAITING_ROOM_TOKEN_HEADER} the items in \`waitingRooms\` cannot be ordered now.`,
    );
  const ticket = others.length > 0 ? null : await readTicketToken(token, environment.WAITING_ROOM_SECRET);
  if (ticket === null)
    throw refuse('WAITING_ROOM_TOKEN_INVALID', 'This is not a token that was given out here.');
  const elsewhere = guardedItems.filter(({ waitingRoomIds }) => !waitingRoomIds.includes(ticket.roomId));
  if (elsewhere.length > 0)
    throw refuse(
      'WAITING_ROOM_TOKEN_INVALID',
      `The token is for the waiting room ${ticket.roomId}, which does not have ${elsewhere.map(({ sku }) => sku).join(', ')}. ` +
        'Order the items of each room in an order of their own.',
    );
  const claim = await repositories.waitingRooms.claim({ ...ticket, customerId, orderId });
  switch (claim.kind) {
    case 'claimed':
      return;
    case 'used':
      throw refuse(
        'WAITING_ROOM_TOKEN_INVALID',
        `The order ${claim.orderId} has this ticket. Repeat that one with its Idempotency-Key, or follow it.`,
        { orderId: claim.orderId },
      );
    case 'expired':
      throw refuse('WAITING_ROOM_TOKEN_INVALID', 'The time of the ticket is over. Take it anew.');
    case 'unknown':
      throw refuse('WAITING_ROOM_TOKEN_INVALID', 'The ticket of this token is not for this customer.');
  }
}

/** Each room with where to take a ticket, and for what. */
function roomsOf(guardedItems: readonly GuardedItem[]): readonly Readonly<Record<string, unknown>>[] {
  const roomIds = [...new Set(guardedItems.flatMap(({ waitingRoomIds }) => waitingRoomIds))];
  return roomIds.map((id) => ({
    id,
    skus: guardedItems.filter(({ waitingRoomIds }) => waitingRoomIds.includes(id)).map(({ sku }) => sku),
    tickets: `/v1/waiting-rooms/${id}/tickets`,
  }));
}
