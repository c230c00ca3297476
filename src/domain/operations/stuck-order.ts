/** Which orders are stuck without saying so themselves. Judged anew each time: what is no longer so is not found any more. */
import type { Waiting } from '../orders/order.ts';
import { attentionOf, STUCK_CODES, type StuckCode } from './attention-catalogue.ts';
import type { PendingStep, WorkflowFacts } from './explain-facts.ts';
import { readTimes } from './readable.ts';
import { isExplainedBy } from './step-words.ts';

/** A worker that is killed lets a task run again once or twice, which is no failure of the code. */
const MOST_TASK_ATTEMPTS = 2;

export interface StuckFacts {
  /** RFC 3339 */
  readonly now: string;
  readonly waiting: Waiting | null;
  /** Of every cause that the order carries. */
  readonly codes: readonly string[];
  readonly workflow: WorkflowFacts;
}

export interface StuckLimits {
  /** How long an order may be past its time before that is more than being under way. */
  readonly graceMs: number;
  /** How often a step may fail before that is told, where nothing else tells it. */
  readonly afterAttempts: number;
}

/** What is wrong, and what is known of it; the detail holds types and numbers only, for it becomes part of an event. */
export interface StuckVerdict {
  readonly code: StuckCode;
  readonly detail: string;
}

/**
 * What keeps an order from going on that no cause of its own tells. An order whose run is not open is none of these: it is
 * taken up elsewhere.
 */
export function judgeStuck(facts: StuckFacts, limits: StuckLimits): StuckVerdict | null {
  const { workflow, now, waiting } = facts;
  if (workflow.state !== 'open') return null;
  if (workflow.task !== null && workflow.task.attempts > MOST_TASK_ATTEMPTS) {
    const { attempts, failure } = workflow.task;
    return {
      code: 'WORKFLOW_TASK_FAILING',
      detail: `Attempt ${attempts}. Last failure: ${failure?.type ?? 'unknown'}.`,
    };
  }
  const codes = facts.codes.filter((code) => !STUCK_CODES.some((own) => own === code));
  const retrying = workflow.steps.find(
    ({ activity, failures }) => failures >= limits.afterAttempts && !isExplainedBy(activity, codes),
  );
  if (retrying !== undefined) return { code: 'ACTIVITY_RETRYING', detail: retryingText(retrying) };
  if (waiting === null || Date.parse(waiting.until) + limits.graceMs >= Date.parse(now)) return null;
  if (codes.some((code) => attentionOf(code).holdsUp)) return null;
  const isUnderWay = workflow.steps.length > 0 || workflow.timers.length > 0;
  const detail = `It waits for ${waiting.for} since ${waiting.since}, and was due ${waiting.until}.`;
  return { code: isUnderWay ? 'STEP_OVERDUE' : 'UNEXPLAINED', detail };
}

function retryingText({ activity, failures, since, lastFailure }: PendingStep): string {
  const last = lastFailure === null ? '' : ` Last failure: ${lastFailure.type}.`;
  return `${activity} has failed ${readTimes(failures)} since ${since}.${last}`;
}
