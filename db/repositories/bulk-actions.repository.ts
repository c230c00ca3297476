/**
 * What people asked to be done to many orders at once. Rows are added and never changed.
 *
 * Owns: bulk_actions, bulk_action_orders and bulk_action_steps. Does not own: what became of an order, which stands with its
 * own action. Each method is one statement; all may reject with DatabaseUnavailableError.
 */
import type { ActionFacts } from '../../src/domain/operations/action-plan.ts';
import type { ActionOutcome } from '../../src/domain/operations/actions.ts';
import type {
  BulkActionName,
  BulkCounts,
  BulkState,
  BulkStep,
  BulkTally,
  OrderSelection,
} from '../../src/domain/operations/bulk-action.ts';
import type { OrderStatus } from '../../src/domain/orders/order-status.ts';
import type { OrderView } from '../../src/domain/orders/order.ts';
import type { Page } from './order-reads.repository.ts';

/** A bulk that somebody asks for. */
export interface AskedBulk {
  /** `blk_…`, derived from who asks and the Idempotency-Key. */
  readonly id: string;
  readonly action: BulkActionName;
  /** A principal, and its role now. */
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly requestId: string;
  /** SHA-256 of the Idempotency-Key, hex. */
  readonly keyDigest: string;
  /** What the action needs, the same for every order. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Null when the orders were named one by one. */
  readonly selection: OrderSelection | null;
  readonly perSecond: number;
  /** What it would mean, when it is asked for. */
  readonly tally: BulkTally;
  readonly needsSecondPerson: boolean;
}

/** An order of a bulk, fixed when it is asked for. */
export interface FixedOrder {
  readonly orderId: string;
  readonly actionId: string;
  /** What is given back to it, minor units; null where nothing is. */
  readonly amountMinor: number | null;
}

export interface RecordedStep {
  readonly step: BulkStep;
  readonly actor: string;
  readonly role: string;
  readonly detail: string;
  readonly at: string;
}

/** A bulk with all that happened to it, the oldest first, and how far it is. */
export interface RecordedBulk extends AskedBulk {
  /** How many. */
  readonly orders: number;
  readonly askedAt: string;
  readonly steps: readonly RecordedStep[];
  readonly counts: BulkCounts;
  /** How many of its orders have come to an end over the last while, and how long that while is. */
  readonly recent: { readonly orders: number; readonly overMs: number };
  /** When this was read, RFC 3339. */
  readonly readAt: string;
}

/** An order of a bulk with what it takes to act upon it. */
export interface BulkOrder extends FixedOrder {
  readonly bulk: Pick<
    AskedBulk,
    'id' | 'action' | 'actor' | 'role' | 'reason' | 'requestId' | 'keyDigest' | 'input'
  >;
}

/** An order that a bulk means. */
export interface MeantOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
}

/** An order as planning an action needs it. */
export interface PlannableOrder {
  readonly order: OrderView;
  readonly facts: ActionFacts;
}

/** An order of a bulk that was not done. */
export interface NotDone {
  readonly position: number;
  readonly orderId: string;
  readonly actionId: string;
  readonly outcome: ActionOutcome;
  /** The code of a refusal; null of a failure. */
  readonly why: string | null;
  readonly detail: string;
  readonly at: string;
}

export interface BulkStepInput {
  readonly bulkId: string;
  readonly step: BulkStep;
  /** The step itself where it comes once, or the request that asks for it. */
  readonly key: string;
  readonly actor: string;
  readonly role: string;
  readonly detail: string;
}

export interface BulkActionRepository {
  /** The orders that a selection means, the newest first, `limit` at most. A selection without any condition means none. */
  select(selection: OrderSelection, limit: number): Promise<readonly MeantOrder[]>;
  /** Which of these orders there are, in the order in which they were named. */
  selectNamed(orderIds: readonly string[]): Promise<readonly MeantOrder[]>;
  /** What planning needs of these orders, in the order in which they were named. A page of some hundred at a time. */
  readForPlanning(orderIds: readonly string[]): Promise<readonly PlannableOrder[]>;
  /**
   * Writes down that it was asked for, with its orders; where a second person is needed, also that it waits for one. Of a
   * repetition nothing is written.
   */
  ask(bulk: AskedBulk, orders: readonly FixedOrder[]): Promise<void>;
  /** Adds a step unless it is there, or the bulk was decided about or has ended already; an end with how many had come to what. */
  record(step: BulkStepInput): Promise<void>;
  /**
   * Decides about a bulk that waits for a second person; of two decisions the first one counts. Nothing when it does not wait.
   * Approving and declining are for another person than the one who asked.
   */
  decide(decision: {
    readonly bulkId: string;
    readonly step: 'approved' | 'declined' | 'withdrawn';
    readonly actor: string;
    readonly role: string;
    readonly detail: string;
  }): Promise<void>;
  find(bulkId: string): Promise<RecordedBulk | null>;
  /** The newest first. @throws RangeError for a cursor that was not given out */
  list(filter: {
    readonly state?: BulkState | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<Page<RecordedBulk>>;
  /** Null when the bulk has no order at that position. */
  findOrder(bulkId: string, position: number): Promise<BulkOrder | null>;
  /** Orders that were refused, and those that failed, in the order of the bulk. @throws RangeError for a cursor that was not given out */
  listNotDone(
    bulkId: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<NotDone>>;
}
