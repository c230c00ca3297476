/**
 * What is removed when it has been kept long enough, and the partitions in which that which grows is kept by months.
 *
 * All may reject with DatabaseUnavailableError; also when tables are in use for longer than orders should wait.
 */
export interface ReapRequest {
  /** Only what is older than so many days. */
  readonly olderThanDays: number;
  readonly limit: number;
}

/** `order_events` by the month in which orders were placed, `webhook_inbox` by that in which webhooks were received. */
export type PartitionedTable = 'order_events' | 'webhook_inbox';

/**
 * `dropped`: the month is gone. `needed`: something in it is, so it stays whole. `busy`: its tables were in use for longer than
 * orders should wait; ask again later.
 */
export type DropOutcome = 'dropped' | 'needed' | 'busy';

export interface RetentionRepository {
  /**
   * Makes the partitions of this month and the next two, as far as they are missing. Idempotent.
   * @returns how many were made
   */
  makePartitions(table: PartitionedTable): Promise<number>;
  /**
   * Counts, up to `limit`, rows that lie outside of the partitions of months because theirs was not made in time. They are read
   * and written like all others, but never dropped. Late events of an order whose month was dropped are not among them.
   */
  countOutside(table: PartitionedTable, limit: number): Promise<number>;
  /** Partitions whose month ended longer ago than so many days, the oldest first. */
  listEnded(table: PartitionedTable, days: number): Promise<readonly string[]>;
  /**
   * Drops one of {@link RetentionRepository.listEnded}, if all in it is that old and nobody needs it. Events are needed while an
   * order of that month is open, has a refund under way or an event to be published; webhooks while one is pending or dead, which
   * waits for a person. One whose partition is gone would be stored anew if it came again, and mean nothing to its order.
   */
  drop(partition: string, days: number): Promise<DropOutcome>;

  /**
   * Kept answers of requests with an Idempotency-Key: removes at most `limit`, and answers how many; fewer mean that nothing more
   * is due, here and below. A key that is used again afterwards still cannot make a second order, because the order's id is
   * derived from it and the order's row stays.
   */
  reapIdempotencyAnswers(request: ReapRequest): Promise<number>;
  /** Tickets of waiting rooms that closed so long ago. An order that one was used for has no more need of it. */
  reapTickets(request: ReapRequest): Promise<number>;
  /** Waiting rooms that closed so long ago and have no ticket any more. */
  reapWaitingRooms(request: ReapRequest): Promise<number>;
}
