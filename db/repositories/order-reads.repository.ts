/**
 * What is read of orders, straight from the primary rows, so that an answer never goes back behind a version that was
 * seen before. Each method is one statement. All may reject with DatabaseUnavailableError.
 */
import type { OrderEvent } from '../../src/domain/events/event.ts';
import type { PendingOperation } from '../../src/domain/operations/explain-facts.ts';
import type { OrderView } from '../../src/domain/orders/order.ts';
import type { OrderStatus } from '../../src/domain/orders/order-status.ts';

export interface OrderListFilter {
  readonly customerId?: string | undefined;
  readonly status?: OrderStatus | undefined;
  readonly attention?: boolean | undefined;
  /** RFC 3339, inclusive. */
  readonly createdAfter?: string | undefined;
  /** RFC 3339, exclusive. */
  readonly createdBefore?: string | undefined;
  readonly limit: number;
  /** Opaque; from the page before. Newest first. @throws RangeError when it is not one that was given out */
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** The order with the digest of the request that placed it, for the idempotency check. */
export interface OrderWithFingerprint {
  readonly view: OrderView;
  readonly fingerprint: string;
  readonly principalId: string;
}

export interface OrderReads {
  find(orderId: string): Promise<OrderWithFingerprint | null>;
  list(filter: OrderListFilter): Promise<Page<OrderView>>;
  /** What of an order is not settled with other companies. */
  openMatters(orderId: string): Promise<{
    /** Operations without an outcome, the oldest first; also those that are only planned. */
    readonly operations: readonly PendingOperation[];
    /** Differences with a provider that nobody has explained. */
    readonly openBreaks: number;
  }>;
  /** Events with a sequence above `after`, ascending. */
  events(orderId: string, after: number, limit: number): Promise<readonly OrderEvent[]>;
}
