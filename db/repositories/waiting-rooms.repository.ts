/**
 * Rooms in which customers wait for an item that many want at once, and their tickets.
 *
 * Owns: who comes before whom, how many are admitted by now, and which order a ticket was used for.
 * Does not own: what a token looks like, and what an order is (a ticket names one by its id).
 *
 * Times are the database's own, so every process says the same. All may reject with DatabaseUnavailableError.
 */
import type { FinalAnswer } from './access.repository.ts';

export interface WaitingRoom {
  readonly id: string;
  readonly name: string;
  /** The items that can be ordered only with a ticket while it is open; at least one, each once. */
  readonly skus: readonly string[];
  /** How many tickets are admitted in a second; zero pauses. */
  readonly admissionsPerSecond: number;
  /** RFC 3339; null when it is open from the beginning. */
  readonly opensAt: string | null;
  /** RFC 3339; null when it stays open. */
  readonly closesAt: string | null;
}

export interface WaitingRoomView extends WaitingRoom {
  readonly state: 'upcoming' | 'open' | 'closed';
  /** Tickets that are not admitted yet. */
  readonly waiting: number;
  /** Admissions so far, those that were never used among them. */
  readonly admitted: number;
  /** Tickets with which an order was placed that was not rejected. */
  readonly bought: number;
}

/** How far a room is, as every ticket of it sees it. */
export interface RoomProgress {
  /** Every ticket up to this number has been admitted. */
  readonly admittedNumber: number;
  readonly admissionsPerSecond: number;
  /** Until it opens, milliseconds; zero when it has. */
  readonly opensInMs: number;
  readonly closed: boolean;
}

export interface TicketView extends RoomProgress {
  readonly id: string;
  readonly roomId: string;
  readonly customerId: string;
  /** By arrival, from 1. */
  readonly number: number;
  /** `expired`: it was not used in time, or the room closed before it was admitted. */
  readonly state: 'waiting' | 'admitted' | 'used' | 'expired';
  /** RFC 3339; null while it waits. */
  readonly validUntil: string | null;
  /** The order that it is used for; null when there is none, or it was rejected. */
  readonly orderId: string | null;
}

/** A ticket for an order, as the token names it. */
export interface TicketClaim {
  readonly ticketId: string;
  readonly roomId: string;
  /** That the token was issued for; a ticket that was taken anew has another. */
  readonly number: number;
  readonly customerId: string;
  readonly orderId: string;
}

export type ClaimOutcome =
  /** The order has the ticket now, or had it before. */
  | { readonly kind: 'claimed' }
  /** Another order has it. */
  | { readonly kind: 'used'; readonly orderId: string }
  | { readonly kind: 'expired' }
  /** There is no such ticket, or it is somebody else's. */
  | { readonly kind: 'unknown' };

export interface WaitingRoomRepository {
  /** Those of the skus that are no item of the catalogue. */
  findUnknownSkus(skus: readonly string[]): Promise<readonly string[]>;
  /**
   * Creates or replaces a room, in one statement. What could be admitted until now stays so, up to one second of the new rate:
   * a change of the rate admits nobody by itself and takes nothing back. Idempotent.
   * @param ended writes the answer of the request beside it, and changes nothing when the attempt was overtaken
   */
  put(room: WaitingRoom, ended: FinalAnswer | null): Promise<void>;
  find(roomId: string): Promise<WaitingRoomView | null>;
  /** The newest first. */
  list(): Promise<readonly WaitingRoomView[]>;
  /**
   * Gives the customer the next number of the room. Whoever has a ticket keeps it; one that expired unused gets a new number, at
   * the end. Idempotent by room and customer.
   * @param input.ticketId derived from room and customer
   */
  join(input: {
    readonly ticketId: string;
    readonly roomId: string;
    readonly customerId: string;
  }): Promise<'joined' | 'unknown_room' | 'closed'>;
  /**
   * Admits whose turn it is by now, in one statement, and says how far the room is. Whoever finds another admitting leaves it to
   * the other. Null when there is no such room.
   * @param validForMs how long an admission can be used, milliseconds
   */
  admit(roomId: string, validForMs: number): Promise<RoomProgress | null>;
  /** As {@link WaitingRoomRepository.admit}, and reads one ticket. Null when the room has no such ticket. */
  admitAndFind(roomId: string, ticketId: string, validForMs: number): Promise<TicketView | null>;
  /**
   * Uses a ticket for an order. Idempotent by order: it has the ticket for good, also when its time is over. A ticket whose
   * order was rejected can be used for another within its time.
   */
  claim(claim: TicketClaim): Promise<ClaimOutcome>;
  /** Gives the ticket back that an order has which was refused and will never be. Nothing when it has none. */
  release(orderId: string): Promise<void>;
}
