/** What waits to be sent on: outbox, webhook inbox, mails; and the consumer's read model. All may reject with DatabaseUnavailableError. */
import type { OrderEvent } from '../../src/domain/events/event.ts';
import type { QueuedEvent } from '../../src/domain/events/queued-event.ts';
import type { MailTemplate } from '../../src/domain/orders/mail-template.ts';
import type { Contact, OrderView } from '../../src/domain/orders/order.ts';

export interface OutboxRepository {
  /**
   * Leases the oldest orders that have unpublished events and are leased by nobody, and returns their unpublished events,
   * in order per order. The lease is on the head row of an order, so two relays never hold events of one order.
   */
  lease(input: {
    readonly relayId: string;
    readonly leaseMs: number;
    readonly maxOrders: number;
    readonly maxEvents: number;
  }): Promise<readonly QueuedEvent[]>;
  /** Removes the published events of a lease and lets the rest of the lease go. */
  settle(input: {
    readonly relayId: string;
    readonly published: readonly { readonly orderId: string; readonly sequence: number }[];
    readonly leasedOrderIds: readonly string[];
  }): Promise<void>;
  /** For metrics: how many wait, and since when the oldest (null when none). */
  lag(): Promise<{ readonly waiting: number; readonly oldestAgeMs: number | null }>;
}

/** A webhook as the API stored it. */
export interface InboxMessage {
  readonly provider: 'payments' | 'shipping';
  readonly messageId: string;
  readonly orderId: string;
  readonly payload: unknown;
}

/** A webhook that is to be delivered. */
export type LeasedMessage = InboxMessage & {
  readonly attempts: number;
  /** RFC 3339; as the repository gave it, because the row is found by it. */
  readonly receivedAt: string;
};

export interface InboxRepository {
  /**
   * Stores a webhook once. A payment webhook about an operation whose answer we have recorded already is stored as
   * `not_needed`, so that it costs the workflow nothing.
   * @param operationKey the operation that it is about, null when it is about none
   */
  store(message: InboxMessage & { readonly operationKey: string | null }): Promise<'stored' | 'repeated'>;
  /** Leases messages that are due, oldest first per order, by moving their next attempt into the future. */
  lease(input: { readonly leaseMs: number; readonly limit: number }): Promise<readonly LeasedMessage[]>;
  settle(message: {
    readonly provider: string;
    readonly messageId: string;
    readonly receivedAt: string;
    readonly state: 'delivered' | 'not_needed' | 'dead';
    readonly error?: string | undefined;
  }): Promise<void>;
  retryLater(message: {
    readonly provider: string;
    readonly messageId: string;
    readonly receivedAt: string;
    readonly error: string;
    readonly delayMs: number;
  }): Promise<void>;
  lag(): Promise<{ readonly waiting: number; readonly oldestAgeMs: number | null }>;
}

export type { MailTemplate };

/**
 * `send`: this caller is the first and must send. `in_doubt`: an earlier attempt claimed it and did not say how it ended.
 * `settled`: sent, suppressed or given up before; nothing to do. `suppressed`: the order's state no longer warrants it
 * (a confirmation of an order that was undone meanwhile; a cancellation of an order whose confirmation nobody was sent
 * or answered), and that is recorded.
 */
export type MailClaim =
  | {
      readonly kind: 'send' | 'in_doubt';
      readonly messageId: string;
      readonly order: OrderView;
      readonly contact: Contact;
    }
  | { readonly kind: 'settled' | 'suppressed' };

export interface NotificationRepository {
  claim(input: {
    readonly orderId: string;
    readonly template: MailTemplate;
    readonly subjectId: string;
  }): Promise<MailClaim>;
  settle(input: {
    readonly orderId: string;
    readonly template: MailTemplate;
    readonly subjectId: string;
    readonly state: 'sent' | 'unknown';
    readonly reason?: string | undefined;
  }): Promise<void>;
  /**
   * The mail surely was not accepted: takes a claim in state `sending` back, so that the next claim says `send` and not
   * `in_doubt`. Nothing when the claim is settled.
   */
  unclaim(input: {
    readonly orderId: string;
    readonly template: MailTemplate;
    readonly subjectId: string;
  }): Promise<void>;
  /**
   * A mail that is not sent, because an operator gave it up: `suppressed`, or `unknown` when an attempt may have sent it.
   * Nothing when it is settled.
   */
  skip(input: {
    readonly orderId: string;
    readonly template: MailTemplate;
    readonly subjectId: string;
  }): Promise<void>;
}

export interface OrderSummary {
  readonly orderId: string;
  readonly lastSequence: number;
  readonly status: string;
  readonly paymentStatus: string;
  readonly customerId: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly attentionCode: string | null;
}

/** `gap`: an earlier event of the order has not been seen yet; leave the message on the queue. */
export type ProjectionOutcome = 'applied' | 'repeated' | 'gap';

export interface ProjectionRepository {
  /**
   * Takes events into the read model, of one order or of many, in the order of their sequences. A row of the model keeps the
   * sequence of the last event that it has taken in, so a repetition is known for ever; all rows are one statement.
   *
   * @returns what became of each event, by its id
   * @throws Error for an event that this version does not understand: then none of them is taken
   */
  apply(events: readonly OrderEvent[]): Promise<ReadonlyMap<string, ProjectionOutcome>>;
  find(orderId: string): Promise<OrderSummary | null>;
}
