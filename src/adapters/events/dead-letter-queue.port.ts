/** Messages that a consumer could not take, put aside by its queue. */
export interface DeadLetter {
  /** The queue's id of the message. */
  readonly id: string;
  /** The message group: the order id. */
  readonly orderId: string;
  /** Null when the body is not an event that is known here. */
  readonly event: { readonly id: string; readonly type: string; readonly sequence: number } | null;
  /** What is wrong with the body, without repeating what it holds; null when it is an event. */
  readonly error: string | null;
  readonly sentAt: string;
}

/** All methods reject when a queue cannot be reached; all can be repeated. */
export interface DeadLetterQueuePort {
  /**
   * Looks at messages without taking them off. Of one order only the first can be seen, as far as the queue blocks the later
   * ones meanwhile; for some seconds nobody else sees what was looked at.
   * @returns messages, at most `limit`, and how many are on the queue altogether, approximately
   */
  list(limit: number): Promise<{ readonly items: readonly DeadLetter[]; readonly total: number }>;
  /**
   * Moves messages back to the queue that they came from, those of one order in their order: sent first and removed then, so
   * a crash in between sends one twice and loses none. Looks no longer than its time allows; call it again for the rest.
   * @param input.ids which; null for all
   * @returns ids of the messages that were moved
   */
  redrive(input: {
    readonly ids: ReadonlySet<string> | null;
    readonly limit: number;
  }): Promise<{ readonly movedIds: readonly string[]; readonly total: number }>;
  /** Closes connections. */
  close(): void;
}
