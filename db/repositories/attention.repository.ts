/**
 * The causes that call a person to orders, over all orders: the queue of operations staff, what a job has to look at, and who
 * was written to. Each method is one statement. A cause itself is raised and cleared by the order repository.
 *
 * How bad a cause is, whose turn it is and by when follows from its code (src/domain/operations/attention-catalogue.ts).
 * All may reject with DatabaseUnavailableError.
 */
import type { Money } from '../../src/domain/money.ts';
import type { AttentionOwner, Severity } from '../../src/domain/operations/attention-catalogue.ts';
import type { Waiting } from '../../src/domain/orders/order.ts';
import type { OrderStatus } from '../../src/domain/orders/order-status.ts';
import type { Page } from './order-reads.repository.ts';

/** A cause, and the order that it calls a person to. */
export interface AttentionItem {
  readonly orderId: string;
  readonly code: string;
  readonly since: string;
  readonly message: string;
  readonly status: OrderStatus;
  readonly total: Money;
}

export interface AttentionFilter {
  readonly code?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly owner?: AttentionOwner | undefined;
  readonly limit: number;
  /** Opaque; from the page before. @throws RangeError when it is not one that was given out */
  readonly cursor?: string | undefined;
}

/** An order that may be stuck. */
export interface SuspectOrder {
  readonly orderId: string;
  readonly correlationId: string;
  readonly waiting: Waiting | null;
  /** Of every cause that it carries. */
  readonly codes: readonly string[];
}

export interface AttentionRepository {
  /** The worst first, among equals the newest first. */
  list(filter: AttentionFilter): Promise<Page<AttentionItem>>;
  /** For metrics; only codes that are there. */
  countByCode(): Promise<readonly { readonly code: string; readonly count: number }[]>;

  /**
   * The next orders that are past their time by more than the grace. Each call goes on where the one before has ended, and
   * begins anew after the last one, so that many which are explained hide none that is not.
   */
  nextOverdue(request: {
    readonly graceMs: number;
    readonly limit: number;
  }): Promise<readonly SuspectOrder[]>;
  /** The next orders that the job find-stuck has called a person to, in the same way by turns. */
  nextFoundStuck(limit: number): Promise<readonly SuspectOrder[]>;
  /** One order; null when there is none with this id. */
  findSuspect(orderId: string): Promise<SuspectOrder | null>;

  /**
   * Takes causes that nobody was written to about, the oldest first, and marks them as told by this mail: before it is sent,
   * so that none is told twice.
   */
  claimForMail(request: {
    readonly mailId: string;
    readonly limit: number;
  }): Promise<readonly AttentionItem[]>;
  /** The mail surely was not sent: its causes are told by the next one. */
  unclaimMail(mailId: string): Promise<void>;
}
