/**
 * Why an order stands where it stands. Facts go in, and every sentence that comes out is made of them: there is no text for a
 * case, so a case that nobody thought of is told as well as any other.
 */
import type { Waiting } from '../orders/order.ts';
import {
  attentionOf,
  deadlineOf,
  runbookPath,
  type AttentionOwner,
  type Severity,
} from './attention-catalogue.ts';
import { failingSteps, stepsOf, type ExplainFacts, type FailureFact } from './explain-facts.ts';
import {
  tellActions,
  tellBreaks,
  tellCauses,
  tellEnd,
  tellFailures,
  tellHoldUp,
  tellLostAnswers,
  tellMoney,
  tellParcels,
  tellRefunds,
  tellTimer,
  tellUnderWay,
  tellWaiting,
  tellWorkflow,
  type Teller,
} from './explain-sentences.ts';
import { adviceFor, type Advice } from './advice.ts';
import { doingOf } from './step-words.ts';

/** A cause of attention with what is to be known of it. */
export interface ExplainedCause {
  readonly code: string;
  readonly severity: Severity;
  readonly owner: AttentionOwner;
  readonly since: string;
  /** When somebody should have acted. */
  readonly deadline: string;
  readonly isOverdue: boolean;
  readonly message: string;
  readonly runbook: string;
}

/** A step that has failed and is tried on. */
export interface ExplainedFailure extends FailureFact {
  readonly activity: string;
  /** The step in words. */
  readonly step: string;
  readonly failures: number;
  readonly since: string;
  readonly nextTryAt: string | null;
}

export interface Explanation {
  /** The one sentence to read when there is time for one. */
  readonly headline: string;
  /** Everything else that is known, what matters most first. */
  readonly sentences: readonly string[];
  readonly waiting: (Waiting & { readonly isOverdue: boolean }) | null;
  readonly failures: readonly ExplainedFailure[];
  /** When the order goes on by itself or is tried again; null when nothing is set for a time. */
  readonly nextTryAt: string | null;
  readonly causes: readonly ExplainedCause[];
  readonly actions: readonly Advice[];
}

/** The first that has something to say is the headline. */
const HEADLINES: readonly Teller[] = [
  (facts) => (facts.workflow.state === 'unreachable' ? null : tellWorkflow(facts)),
  (facts) => tellFailures(facts)[0] ?? null,
  tellHoldUp,
  tellEnd,
  tellWaiting,
  (facts) => tellUnderWay(facts)[0] ?? null,
];

/** @param facts read at one moment, which is `now` among them */
export function explain(facts: ExplainFacts): Explanation {
  const { order, now } = facts;
  const headline = HEADLINES.map((tell) => tell(facts)).find((text) => text !== null);
  const sentences = [
    tellWorkflow(facts),
    ...tellFailures(facts),
    tellWaiting(facts),
    ...tellUnderWay(facts),
    ...tellLostAnswers(facts),
    tellTimer(facts),
    tellMoney(facts),
    ...tellRefunds(facts),
    ...tellParcels(facts),
    ...tellCauses(facts),
    tellBreaks(facts),
    tellEnd(facts),
    tellActions(facts),
  ].filter((text) => text !== null && text !== headline);
  const { waiting } = order;
  return {
    headline: headline ?? `The order is ${order.status}.`,
    sentences: sentences as readonly string[],
    waiting: waiting && { ...waiting, isOverdue: Date.parse(waiting.until) < Date.parse(now) },
    failures: failingSteps(facts).map(({ activity, failures, since, lastFailure, nextTryAt }) => ({
      activity,
      step: doingOf(activity, facts),
      failures,
      since,
      type: lastFailure?.type ?? 'UNKNOWN',
      message: lastFailure?.message ?? '',
      nextTryAt,
    })),
    nextTryAt: nextTryAt(facts),
    causes: order.attentions.map((cause) => {
      const { severity, owner } = attentionOf(cause.code);
      const deadline = deadlineOf(cause);
      const isOverdue = Date.parse(deadline) < Date.parse(now);
      return { ...cause, severity, owner, deadline, isOverdue, runbook: runbookPath(cause.code) };
    }),
    actions: adviceFor(facts),
  };
}

function nextTryAt(facts: ExplainFacts): string | null {
  const timers = facts.workflow.state === 'open' ? facts.workflow.timers : [];
  const tries = stepsOf(facts).flatMap(({ nextTryAt: at }) => (at === null ? [] : [at]));
  const times = tries.length > 0 ? tries : timers.map(({ firesAt }) => firesAt);
  return times.toSorted((one, other) => Date.parse(one) - Date.parse(other))[0] ?? null;
}
