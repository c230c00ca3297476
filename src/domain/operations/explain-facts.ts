/**
 * What is known of an order when somebody asks why it stands where it stands: its rows, and what Temporal says of its run.
 * All times are RFC 3339.
 */
import type { Money } from '../money.ts';
import type { OrderView } from '../orders/order.ts';
import type { ProviderOperationKind } from '../payments/payment-operation.ts';

/** How something failed, in the words of whoever failed. */
export interface FailureFact {
  /** Of src/domain/orders/step-failure.ts, or the name of an error that nobody foresaw. */
  readonly type: string;
  readonly message: string;
}

/** A step that Temporal has under way, or that waits for its next try. */
export interface PendingStep {
  /** By the name under which Temporal knows it. */
  readonly activity: string;
  readonly state: 'running' | 'waiting_for_worker' | 'backing_off' | 'paused';
  /** How often it has failed since it last went well, over all rounds of retries. */
  readonly failures: number;
  /** When it was first tried. */
  readonly since: string;
  readonly lastFailure: FailureFact | null;
  /** When it is tried next; null while it is being tried. */
  readonly nextTryAt: string | null;
}

/** A timer of the run. */
export interface PendingTimer {
  /** What it is for, as Temporal's pages show it; null when it has no name. */
  readonly summary: string | null;
  readonly firesAt: string;
}

/** The code of the workflow fails when it is run. */
export interface TaskTrouble {
  /** How often it was run in vain. */
  readonly attempts: number;
  readonly since: string | null;
  readonly failure: FailureFact | null;
}

/** The newest run of the order's workflow. `unreachable`: Temporal did not answer. `missing`: it knows of none. */
export type WorkflowFacts =
  | { readonly state: 'unreachable' }
  | { readonly state: 'missing' }
  | {
      readonly state: 'closed';
      /** In Temporal's words, for example `TERMINATED`. */
      readonly status: string;
      readonly closedAt: string | null;
    }
  | {
      readonly state: 'open';
      /** The type of the workflow. */
      readonly type: string;
      readonly startedAt: string;
      readonly steps: readonly PendingStep[];
      readonly timers: readonly PendingTimer[];
      readonly task: TaskTrouble | null;
    };

/** An operation at another company that has no outcome yet; also one that is only planned. */
export interface PendingOperation {
  readonly key: string;
  readonly kind: ProviderOperationKind;
  readonly amount: Money | null;
  readonly since: string;
}

export interface ExplainFacts {
  readonly now: string;
  readonly order: Pick<
    OrderView,
    | 'id'
    | 'status'
    | 'paymentStatus'
    | 'attentions'
    | 'waiting'
    | 'rejection'
    | 'totals'
    | 'payment'
    | 'shipments'
    | 'refunds'
    | 'createdAt'
    | 'updatedAt'
  >;
  readonly operations: readonly PendingOperation[];
  /** Differences with a provider that nobody has explained. */
  readonly openBreaks: number;
  readonly workflow: WorkflowFacts;
}

/** The steps of an open run; none of any other. */
export function stepsOf({ workflow }: Pick<ExplainFacts, 'workflow'>): readonly PendingStep[] {
  return workflow.state === 'open' ? workflow.steps : [];
}

/** Steps that have failed and are tried on. */
export function failingSteps(facts: Pick<ExplainFacts, 'workflow'>): readonly PendingStep[] {
  return stepsOf(facts).filter(({ failures }) => failures > 0);
}
