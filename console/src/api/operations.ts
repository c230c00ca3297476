/** What the API answers about people at work: what calls them, what they did, what they may do, and what they decide. */
import type { AdviceName } from '../../../src/domain/operations/advice.ts';
import type { ActionName, ActionOutcome, ActionState } from '../../../src/domain/operations/actions.ts';
import type { AttentionOwner, Severity } from '../../../src/domain/operations/attention-catalogue.ts';
import type { FraudAssessment, FraudSignal } from '../../../src/domain/fraud/assess-fraud.ts';
import type { ReviewDecision, ReviewState } from '../../../src/domain/fraud/review.ts';
import type { Money } from '../../../src/domain/money.ts';
import type { MailTemplate } from '../../../src/domain/orders/mail-template.ts';
import type { ProviderOperationKind } from '../../../src/domain/payments/payment-operation.ts';

export type {
  ActionName,
  ActionOutcome,
  ActionState,
  AdviceName,
  FraudSignal,
  MailTemplate,
  ProviderOperationKind,
  ReviewDecision,
  Severity,
};

/** What is known of why an order stands where it stands. */
export interface Explanation {
  readonly headline: string;
  readonly sentences: readonly string[];
  /** What helps comes first. */
  readonly actions: readonly { readonly name: AdviceName; readonly text: string; readonly helps: boolean }[];
  readonly causes: readonly {
    readonly code: string;
    readonly severity: Severity;
    readonly owner: AttentionOwner;
    readonly since: string;
    readonly deadline: string;
    readonly overdue: boolean;
    readonly message: string;
    readonly runbook: string;
  }[];
  readonly facts: {
    /** Operations at other companies that have no outcome yet. */
    readonly operations: readonly {
      readonly key: string;
      readonly kind: ProviderOperationKind;
      readonly amount: Money | null;
      readonly since: string;
    }[];
  };
}

export interface AttentionItem {
  readonly orderId: string;
  readonly code: string;
  readonly severity: Severity;
  readonly owner: AttentionOwner;
  readonly message: string;
  readonly since: string;
  readonly deadline: string;
  readonly overdue: boolean;
  readonly status: string;
  readonly total: Money;
  readonly actions: readonly AdviceName[];
  readonly runbook: string;
}

export type AttentionCounts = Readonly<Record<Severity, number>>;

/** What somebody asked to be done to an order, and what became of it. */
export interface OperatorAction {
  readonly id: string;
  readonly orderId: string;
  readonly action: ActionName;
  readonly state: ActionState;
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly currency: string;
  /** Of the bulk that it is a part of; null when it was asked for alone. */
  readonly bulkId: string | null;
  readonly askedAt: string;
  readonly outcomes: readonly {
    readonly outcome: ActionOutcome;
    readonly actor: string;
    readonly role: string;
    readonly detail: string;
    readonly at: string;
  }[];
}

/** What an action would do now. */
export interface PlannedAction {
  readonly needsSecondPerson: boolean;
  readonly stock: readonly {
    readonly sku: string;
    readonly locationId: string;
    readonly reserved: number;
    readonly restocked: number;
  }[];
  readonly money: readonly { readonly kind: 'refund' | 'void' | 'stated'; readonly amount: Money }[];
  readonly mails: readonly MailTemplate[];
  readonly sentences: readonly string[];
}

export interface Review {
  readonly orderId: string;
  readonly state: ReviewState;
  readonly since: string;
  readonly deadline: string;
  readonly assignee: string | null;
}

export interface QueuedReview extends Review {
  readonly customerId: string;
  readonly total: Money;
  readonly score: number;
}

/** What screening said of an order, with the review that it asked for. */
export interface Assessment extends Pick<FraudAssessment, 'score' | 'outcome' | 'parts' | 'degraded'> {
  readonly at: string;
  readonly review: Review | null;
}

export interface StockLocation {
  readonly id: string;
  readonly name: string;
}
