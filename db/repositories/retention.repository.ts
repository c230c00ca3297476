/**
 * What is removed when it has been kept long enough. Each method is one statement that removes a bounded number of rows,
 * the oldest first, and answers how many; fewer than `limit` means that nothing more is due.
 *
 * All may reject with DatabaseUnavailableError.
 */
export interface ReapRequest {
  /** Only what is older than so many days. */
  readonly olderThanDays: number;
  readonly limit: number;
}

export interface RetentionRepository {
  /**
   * Kept answers of requests with an Idempotency-Key. A key that is used again afterwards still cannot make a second
   * order, because the order's id is derived from it and the order's row stays.
   */
  reapIdempotencyAnswers(request: ReapRequest): Promise<number>;
  /** Webhooks that were delivered or not needed. Dead ones stay until a person has dealt with them. */
  reapWebhooks(request: ReapRequest): Promise<number>;
  /** Which events a consumer has seen. The read model itself tells by sequence that an event is a repetition. */
  reapConsumedEvents(request: ReapRequest): Promise<number>;
}
