/**
 * What the operations console reads beside what everybody reads. Each method is one statement whose cost does not grow with the
 * number of orders. All may reject with DatabaseUnavailableError.
 */
import type { ProviderOperationKind } from '../../src/domain/payments/payment-operation.ts';
import type { OrderStatus, PaymentStatus } from '../../src/domain/orders/order-status.ts';
import type { OrderView } from '../../src/domain/orders/order.ts';
import type { OrderListFilter, Page } from './order-reads.repository.ts';

/** How far the numbers of {@link Pulse} are counted; one that is as high means so many or more. */
export const COUNTED_AT_MOST = 1_000;
/** How many of the newest orders are held against the read model. */
export const COMPARED_NEWEST = 100;
/** How many orders that meet a search are looked at. */
export const FOUND_AT_MOST = 5_000;

/** How the service is at this moment. */
export interface Pulse {
  /** RFC 3339, a whole second. Orders placed before it are counted in `placed`. */
  readonly until: string;
  /** Every second since the look before, ascending, with how many orders were placed in it. */
  readonly placed: readonly { readonly at: string; readonly orders: number }[];
  /** Orders that are not at their end. */
  readonly inFlight: Readonly<Partial<Record<OrderStatus, number>>>;
  readonly attention: number;
  /** Events that wait to be published. */
  readonly outbox: { readonly waiting: number; readonly oldestAgeMs: number | null };
  /** How many of the newest orders the read model lags behind by more than is usual, and since when the oldest of them. */
  readonly readModel: { readonly behind: number; readonly oldestAgeMs: number | null };
}

/** How many of the newest orders the steps are told of. */
export const STEPS_OF_ORDERS = 200;

/** How one thing that is asked of another company goes, over the newest orders that asked for it. */
export interface StepPace {
  readonly step: ProviderOperationKind | 'mail';
  /** Those that have an answer. */
  readonly answered: number;
  /** From when it was written down, before the first call, to when its answer was; null where none has one. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Those that have none. */
  readonly waiting: number;
  readonly oldestAgeMs: number | null;
}

/** One thing that an order is looked up by; all are compared as wholes. */
export type OrderSearch =
  | { readonly by: 'trackingNumber'; readonly trackingNumber: string }
  /** In any case of letters. */
  | { readonly by: 'email'; readonly email: string }
  | { readonly by: 'amount'; readonly amountMinor: number };

export interface FoundOrders {
  /** The newest first. */
  readonly items: readonly OrderView[];
  /** How many there are; {@link FOUND_AT_MOST} means so many or more, and then the newest may be missing. */
  readonly total: number;
}

/** An order as one line of a table. */
export interface OrderRow {
  readonly id: string;
  readonly createdAt: string;
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  readonly attentionCode: string | null;
  readonly customerId: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}

export interface ItemRow {
  readonly sku: string;
  readonly name: string;
  readonly active: boolean;
}

export interface ConsoleReads {
  /** @param since `until` of the look before; null for the last five minutes */
  pulse(since: string | null): Promise<Pulse>;
  /** What the newest orders asked of other companies, a row for each kind that they asked for. */
  steps(): Promise<readonly StepPace[]>;
  search(search: OrderSearch, limit: number): Promise<FoundOrders>;
  /** The newest first. @throws RangeError for a cursor that was not given out */
  listRows(filter: OrderListFilter): Promise<Page<OrderRow>>;
  /** Items whose sku begins so, by sku. The cursor is the last sku of the page before. */
  listItems(filter: {
    readonly skuPrefix: string;
    readonly after: string | undefined;
    readonly limit: number;
  }): Promise<Page<ItemRow>>;
}
