/**
 * What people asked to be done to orders, and what became of it. Rows are added and never changed.
 *
 * Owns: operator_actions and operator_action_outcomes. Does not own: what an action does. Each method is one statement; all
 * may reject with DatabaseUnavailableError.
 */
import type { ActionFacts } from '../../src/domain/operations/action-plan.ts';
import type { ActionName, ActionOutcome } from '../../src/domain/operations/actions.ts';
import type { Page } from './order-reads.repository.ts';

/** An action that somebody asks for. */
export interface AskedAction {
  /** `act_…`, derived from who asks and the Idempotency-Key. */
  readonly id: string;
  readonly orderId: string;
  readonly action: ActionName;
  /** A principal, and its role now. */
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly requestId: string;
  /** SHA-256 of the Idempotency-Key, hex. */
  readonly keyDigest: string;
  /** What it needs besides the order; no personal data. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The bulk that it is a part of; null for one by itself. */
  readonly bulkId: string | null;
}

export interface RecordedOutcome {
  readonly outcome: ActionOutcome;
  readonly actor: string;
  readonly role: string;
  readonly detail: string;
  /** The code of a refusal; null otherwise, and of those that were written before codes were kept. */
  readonly why: string | null;
  readonly at: string;
}

/** An action with all that became of it, the oldest first. */
export interface RecordedAction extends AskedAction {
  /** Of the order: amounts of the input are in its minor units. */
  readonly currency: string;
  readonly askedAt: string;
  readonly outcomes: readonly RecordedOutcome[];
}

export interface ActionFilter {
  readonly orderId?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: ActionName | undefined;
  readonly bulkId?: string | undefined;
  /** RFC 3339, inclusive. */
  readonly since?: string | undefined;
  readonly limit: number;
  /** Opaque; from the page before. Newest first. @throws RangeError when it is not one that was given out */
  readonly cursor?: string | undefined;
}

export interface OperatorActionRepository {
  /**
   * Writes down that it was asked for, before anything is done. Of a repetition nothing is written.
   * @returns the action as it was first asked for, and whether that was now
   */
  ask(action: AskedAction): Promise<RecordedAction & { readonly isNew: boolean }>;
  /** Adds an outcome, unless the action has it or has ended already. */
  conclude(outcome: {
    readonly actionId: string;
    readonly outcome: ActionOutcome;
    readonly actor: string;
    readonly role: string;
    readonly detail: string;
    /** The code of a refusal. */
    readonly why?: string | undefined;
  }): Promise<void>;
  /**
   * A second person decides about an action that waits for one; of two decisions the first one counts. Nothing when it does
   * not wait, or when it is the person who asked.
   */
  decide(decision: {
    readonly actionId: string;
    readonly outcome: 'approved' | 'declined';
    readonly actor: string;
    readonly role: string;
    readonly detail: string;
  }): Promise<void>;
  find(actionId: string): Promise<RecordedAction | null>;
  list(filter: ActionFilter): Promise<Page<RecordedAction>>;
  /** Actions that wait for a second person, and those that were approved and whose end is not recorded; the oldest first. */
  listAwaiting(page: {
    readonly limit: number;
    /** Opaque; from the page before. @throws RangeError when it is not one that was given out */
    readonly cursor?: string | undefined;
  }): Promise<Page<RecordedAction>>;
  /** What planning an action needs to know besides the order. */
  readFacts(orderId: string): Promise<ActionFacts>;
}
