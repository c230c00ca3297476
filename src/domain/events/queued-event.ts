import type { OrderEvent } from './event.ts';

/** An event on its way to the broker. */
export type QueuedEvent = OrderEvent & {
  /** The replay that it goes out for once more; absent when it goes out for the first time. Not a part of the message. */
  readonly replayId?: string;
};
