/**
 * What a person can do about messages that did not arrive where they should: webhooks that were given up, events that a
 * consumer has lost, a read model that is wrong. All may reject with DatabaseUnavailableError.
 */
export interface DeadWebhook {
  readonly provider: 'payments' | 'shipping';
  readonly messageId: string;
  readonly orderId: string;
  readonly attempts: number;
  /** Why it was given up. */
  readonly error: string | null;
  readonly receivedAt: string;
  readonly diedAt: string;
}

export interface DeadWebhookPage {
  readonly items: readonly DeadWebhook[];
  /** How many are dead altogether. */
  readonly total: number;
  /** Where the next page begins; null after the last. */
  readonly next: number | null;
}

export interface ReplaySelection {
  /** Only this order's events; null for all orders. */
  readonly orderId: string | null;
  /** Inclusive; null for no bound. */
  readonly from: string | null;
  /** Exclusive; null for no bound. */
  readonly to: string | null;
  /** Only orders whose id is above this one; null to begin. */
  readonly after: string | null;
  /** Orders at most. */
  readonly limit: number;
}

export interface ReplayedOrder {
  readonly orderId: string;
  readonly events: number;
  /** False: something of the order waits to be published, so it was left alone. */
  readonly isQueued: boolean;
}

/**
 * `different`: it does not say what the events up to it say. `ahead`: it has seen an event that does not exist. `missing`
 * and `behind`: events that were written a while ago have not reached it. `orphan`: there is no such order.
 */
export type SummaryDifference = {
  readonly orderId: string;
  readonly kind: 'different' | 'ahead' | 'missing' | 'behind' | 'orphan';
  /** Which fields differ; empty unless `different`. */
  readonly fields: readonly string[];
};

export interface RebuildBatch {
  readonly orders: number;
  readonly events: number;
  readonly differences: readonly SummaryDifference[];
  /** Rows that were put right; of `differences` the others have moved on meanwhile and are compared by the next run. */
  readonly replaced: number;
  /** The last order of the batch; null when there is none after it. */
  readonly next: string | null;
}

export interface MessageRepairRepository {
  /** Webhooks in state `dead`, the oldest first. */
  listDeadWebhooks(input: {
    readonly after: number | null;
    readonly limit: number;
  }): Promise<DeadWebhookPage>;
  /**
   * Lets dead webhooks be delivered again from the start; each keeps its last error. Idempotent.
   * @param input.messages which; null for the oldest `limit`
   * @returns those that were dead
   */
  redriveWebhooks(input: {
    readonly messages: readonly Pick<DeadWebhook, 'provider' | 'messageId'>[] | null;
    readonly limit: number;
  }): Promise<readonly Pick<DeadWebhook, 'provider' | 'messageId'>[]>;
  /**
   * Gives dead webhooks up for good: they are kept as not needed, with who said so and why, and are never delivered. Idempotent.
   * @param input.note who, and why
   * @returns those that were dead
   */
  discardWebhooks(input: {
    readonly messages: readonly Pick<DeadWebhook, 'provider' | 'messageId'>[];
    readonly note: string;
  }): Promise<readonly Pick<DeadWebhook, 'provider' | 'messageId'>[]>;
  /** What a replay would publish. */
  previewReplay(selection: ReplaySelection): Promise<readonly ReplayedOrder[]>;
  /**
   * Queues published events once more, in their order. Repeated, it queues again what was published meanwhile, under the
   * same deduplication ids.
   */
  replay(selection: ReplaySelection & { readonly replayId: string }): Promise<readonly ReplayedOrder[]>;
  /**
   * Folds the events of the next `limit` orders and compares the read model with the outcome.
   * @param input.isCheck compares only
   */
  rebuildSummaries(input: {
    readonly after: string | null;
    readonly limit: number;
    readonly isCheck: boolean;
  }): Promise<RebuildBatch>;
}
