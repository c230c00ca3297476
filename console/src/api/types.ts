/** What the API answers, as far as the console shows it. The OpenAPI document of the service is the whole of it. */
import type { BreakState } from '../../../src/domain/reconciliation/break.ts';
import type { Money } from '../../../src/domain/money.ts';
import type { OrderStatus, PaymentStatus } from '../../../src/domain/orders/order-status.ts';
import type {
  Attention,
  OrderView,
  RefundStatus,
  ShipmentStatus,
  Waiting,
} from '../../../src/domain/orders/order.ts';

export type {
  Attention,
  BreakState,
  Money,
  OrderStatus,
  PaymentStatus,
  RefundStatus,
  ShipmentStatus,
  Waiting,
};

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** With whom staff can sign in, beside a key. */
export interface OpenIdConnect {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly namesItself: boolean;
  readonly idTokenAlgorithms: readonly string[];
}

export interface Me {
  readonly principal: string;
  readonly role: string;
  readonly permissions: readonly string[];
}

/** An order with where else it can be looked at. */
export interface Order extends OrderView {
  readonly links: { readonly temporal: string };
}

export interface OrderEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Journal {
  readonly id: number;
  readonly kind: string;
  readonly reference: string;
  readonly createdAt: string;
  readonly entries: readonly { readonly account: string; readonly amount: Money }[];
}

export interface Shelf {
  readonly locationId: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
}

export interface Inventory {
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly locations: readonly Shelf[];
}

export interface ItemRow {
  readonly sku: string;
  readonly name: string;
  readonly active: boolean;
}

export interface OperationRecord {
  readonly operation: string;
  readonly orderId: string;
  readonly status: string;
  readonly amountMinor?: number;
  readonly currency?: string;
  readonly reference?: string;
}

export interface Break {
  readonly id: string;
  readonly provider: string;
  readonly operationKey: string;
  readonly orderId: string | null;
  readonly kind: string;
  readonly ours: OperationRecord | null;
  readonly theirs: OperationRecord | null;
  readonly state: BreakState;
  readonly note: string | null;
  readonly actor: string | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

export type DeadLetterSource = 'inbox' | 'events';

export interface DeadLetter {
  readonly id: string;
  readonly source: DeadLetterSource;
  readonly orderId: string;
  readonly type: string | null;
  readonly attempts: number | null;
  readonly error: string | null;
  readonly since: string;
}

export interface Job {
  readonly name: string;
  readonly isPaused: boolean;
  readonly intervalMs: number;
  readonly lastRun: {
    readonly startedAt: string;
    readonly status: string;
    readonly result: Readonly<Record<string, number>> | null;
  } | null;
  readonly nextRunAt: string | null;
}

/** A second of the charts. */
export interface NowPoint {
  readonly at: string;
  readonly orders: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface StepPace {
  readonly step: 'authorize' | 'book' | 'capture' | 'mail' | 'refund' | 'void' | 'cancel_booking';
  readonly answered: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly waiting: number;
  readonly oldestAgeMs: number | null;
}

export interface Now {
  readonly points: readonly NowPoint[];
  readonly inFlight: Readonly<Partial<Record<OrderStatus, number>>>;
  readonly attention: number;
  readonly outbox: { readonly waiting: number; readonly oldestAgeMs: number | null };
  readonly readModel: { readonly behind: number; readonly oldestAgeMs: number | null };
  readonly latency: {
    readonly requests: number;
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
  };
  readonly steps: readonly StepPace[];
  /** Null where Temporal does not say. */
  readonly workers: {
    readonly processes: number;
    readonly waiting: number;
    readonly oldestAgeMs: number | null;
    readonly perSecond: number;
  } | null;
}
