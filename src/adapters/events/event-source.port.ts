/** Where a consumer gets events from. */

/** A message as it came from the queue; its body has not been looked at. */
export interface ReceivedMessage {
  readonly messageId: string;
  /** Names this delivery of the message, for removing or releasing it. */
  readonly receiptHandle: string;
  /** Messages of one group are delivered in order; the group of an event is its order id. */
  readonly groupId: string;
  /** How often it has been delivered, this time included. */
  readonly receiveCount: number;
  readonly body: string;
}

/** All methods reject when the queue cannot be reached; all can be repeated. */
export interface EventSourcePort {
  /**
   * Waits for messages, at most ten, for as long as the source's long poll lasts; empty when none came. Messages of one
   * group are in order, and nobody else gets messages of that group until these are removed or released.
   * @param signal aborts the wait; the call then rejects
   */
  receive(signal: AbortSignal): Promise<readonly ReceivedMessage[]>;
  /** Takes messages off the queue for good. @returns those that could not be removed and will be delivered again */
  remove(messages: readonly ReceivedMessage[]): Promise<readonly ReceivedMessage[]>;
  /** Gives messages back, to be delivered again after the delay (whole seconds, 1 or more: docs/events/README.md says why). */
  release(
    messages: readonly { readonly message: ReceivedMessage; readonly delaySeconds: number }[],
  ): Promise<void>;
  /** Closes connections. */
  close(): void;
}
