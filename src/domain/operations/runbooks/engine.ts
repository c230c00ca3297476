/** What to do where the workflow of an order is concerned, or where nobody knows yet. */
import type { AttentionCode } from '../../orders/attention.ts';
import { CANCEL, EXPLAIN, type Runbook } from './runbook.ts';

const IN_TEMPORAL = 'The workflow in the Temporal Web UI; `explain` has the link';

export const ENGINE_RUNBOOKS = {
  SCREENING_UNRESOLVED: {
    causes:
      'The database could not be read or written when the order was to be screened for fraud. A scorer that is down is not the cause: the ' +
      'others do without it.',
    look: [EXPLAIN, '`/readyz` of the API: which part is away?', 'The log of the order worker'],
    steps: [
      'Bring back what is away; the order is screened by itself.',
      `When the customer does not want to wait, cancel: ${CANCEL}. No money has been asked for.`,
    ],
    over: 'The order is screened, and the cause goes away by itself within seconds of that.',
  },
  HELD_TOO_LONG: {
    causes: 'An operator has held the order, and has not released it within a day.',
    look: [EXPLAIN, 'Who held it and why: `GET /v1/ops/orders/{id}/actions`'],
    steps: [
      'Ask whoever held it whether the reason still stands.',
      'Let it go on: `npm run saga -- orders release ORDER --reason …`',
      `Or give it up: ${CANCEL}.`,
    ],
    over: 'The order is released or cancelled, and the cause goes away by itself.',
  },
  WORKFLOW_LOST: {
    causes:
      'The workflow of the order was terminated, timed out, or is gone with data of Temporal that came from an older backup. The job ' +
      '`repair-drift` takes the order up from what is recorded.',
    look: [EXPLAIN, IN_TEMPORAL, 'Whether many orders have it: then Temporal itself was restored or reset'],
    steps: [
      'Wait for the new run; an order is taken up within a minute, many one after the other.',
      'When somebody has terminated it to end the order: that does not end it. Cancel it instead: ' + CANCEL,
      'When it stays, look into the log of the maintenance worker, and at `GET /v1/ops/jobs`.',
    ],
    over: 'The new run knows where the order stands; the cause goes away by itself.',
  },
  WORKFLOW_ASTRAY: {
    causes:
      'The order is at its end and a workflow is still open under its id, as after a reset in the pages of Temporal.',
    look: [EXPLAIN, IN_TEMPORAL],
    steps: ['See what it waits for.', 'Terminate it in Temporal; the order is at its end and stays there.'],
    over: 'The workflow is closed; the job `repair-drift` takes the cause away with its next run.',
  },
  WORKFLOW_TASK_FAILING: {
    causes:
      'The code of the workflow throws whenever it is run: a mistake in a version that was rolled out, or a history that the new ' +
      'code does not understand. Nothing is lost; the order stands still where it is.',
    look: [
      EXPLAIN,
      IN_TEMPORAL,
      'Whether all orders of one version of the worker have it: `npm run saga -- worker-versions list`',
      'The log of the order worker, which has the whole stack',
    ],
    steps: [
      'When it came with a rollout, go back: `npm run saga -- worker-versions rollback`.',
      'Mend the code, try it on the recorded history, and roll it out. The workflow goes on by itself with the next try.',
      'When no version can tell that history again, terminate the workflow in Temporal and run the job `repair-drift`: the order is taken ' +
        'up from what is recorded, and what may have been done is looked up before it is done.',
    ],
    over: 'The task goes well; the job `find-stuck` takes the cause away with its next run.',
  },
  ACTIVITY_RETRYING: {
    causes: 'A step has failed `STUCK_AFTER_ATTEMPTS` times, and no cause of its own tells it.',
    look: [EXPLAIN, IN_TEMPORAL, 'The log of the order worker'],
    steps: [
      'Mend what the last failure names: the database, a provider, or the code of the step.',
      'It is tried on by itself, at most five minutes later.',
    ],
    over: 'The step goes well; the job `find-stuck` takes the cause away with its next run.',
  },
  STEP_OVERDUE: {
    causes:
      'The order is past the time for what it waits for by more than `STUCK_GRACE_MS`. Something is under way for it, and no cause of ' +
      'its own says what is wrong.',
    look: [EXPLAIN, IN_TEMPORAL, 'Whether workers are there at all: a step that waits for one says so'],
    steps: [
      'When steps wait for a worker, start workers, or more of them.',
      'Else do what the last failure asks for.',
      `When the customer does not want to wait and it is possible, cancel: ${CANCEL}.`,
    ],
    over: 'The order goes on; the job `find-stuck` takes the cause away with its next run.',
  },
  UNEXPLAINED: {
    causes:
      'The order is past its time, its workflow is open, and Temporal has neither a step nor a timer for it: it waits for a message ' +
      'that nobody is going to send. That is a mistake of ours.',
    look: [
      EXPLAIN,
      IN_TEMPORAL,
      'Messages that were put aside: `npm run saga -- dead-letters list --source inbox`',
    ],
    steps: [
      'When a message for the order was put aside, have it delivered: `npm run saga -- dead-letters redrive --help`.',
      `When it can be cancelled and the customer agrees, cancel: ${CANCEL}.`,
      'Else terminate the workflow in Temporal: the job `repair-drift` takes the order up anew from what is recorded.',
      'Keep the history of the workflow, and report it: it should not happen.',
    ],
    over: 'The order goes on; the job `find-stuck` takes the cause away with its next run.',
  },
  AUDIT_VIOLATION: {
    causes:
      'The audit holds every promise about stock, money, events and workflows against the records, and this order breaks one.',
    look: ['`npm run saga -- audit`: the rows in question', '`npm run saga -- orders events ORDER`', EXPLAIN],
    steps: [
      'Read what the violation says of stock or money: is anybody owed something now?',
      'Put that right first, with a refund or an adjustment.',
      'Then find the cause; a promise that is broken is a mistake of ours. Keep the records as they are until it is found.',
    ],
    over: 'The next audit does not name the order, and takes the cause away.',
  },
} as const satisfies Partial<Record<AttentionCode, Runbook>>;
