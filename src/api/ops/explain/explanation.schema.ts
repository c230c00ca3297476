import { z } from 'zod';
import type { Explanation } from '../../../domain/operations/explain.ts';
import type { ExplainFacts } from '../../../domain/operations/explain-facts.ts';
import { adviceText } from '../../../domain/operations/advice.ts';
import { money, orderId } from '../../http/fields.ts';
import {
  orderPath,
  orderStatus,
  paymentStatus,
  toLinks,
  waitingFor,
  waitingOwner,
  type LinkEnvironment,
} from '../../orders/order.schema.ts';
import { adviceName, attentionOwner, runbook, severity } from '../attention/attention.schema.ts';

const time = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
const failure = z.strictObject({ type: z.string(), message: z.string() });

const workflow = z
  .strictObject({
    state: z.enum(['open', 'closed', 'missing', 'unreachable']),
    type: z.string().nullable(),
    status: z.string().nullable().meta({ description: "In Temporal's words, of a closed one." }),
    steps: z.array(
      z.strictObject({
        activity: z.string(),
        state: z.enum(['running', 'waiting_for_worker', 'backing_off', 'paused']),
        failures: z.int(),
        since: time,
        lastFailure: failure.nullable(),
        nextTryAt: time.nullable(),
      }),
    ),
    timers: z.array(z.strictObject({ summary: z.string().nullable(), firesAt: time })),
    taskFailure: z
      .strictObject({ attempts: z.int(), since: time.nullable(), failure: failure.nullable() })
      .nullable()
      .meta({ description: 'The code of the workflow fails.' }),
  })
  .meta({ id: 'ExplainedWorkflow', description: 'The newest run of the order, as Temporal has it.' });

export const explanation = z
  .strictObject({
    orderId,
    headline: z.string().meta({ description: 'The one sentence to read when there is time for one.' }),
    sentences: z.array(z.string()).meta({ description: 'All else that is known, what matters most first.' }),
    waiting: z
      .strictObject({ for: waitingFor, owner: waitingOwner, since: time, until: time, overdue: z.boolean() })
      .nullable()
      .meta({ description: 'What the order waits for; null at its end.' }),
    lastFailure: z
      .strictObject({
        activity: z.string(),
        step: z.string(),
        failures: z.int(),
        since: time,
        type: z.string(),
        message: z.string(),
      })
      .nullable()
      .meta({ description: 'Of a step that is tried on.' }),
    nextTryAt: time.nullable().meta({ description: 'When it is tried next, or goes on by itself.' }),
    actions: z
      .array(z.strictObject({ name: adviceName, text: z.string(), helps: z.boolean() }))
      .meta({ description: 'What an operator can do now; what helps comes first.' }),
    causes: z
      .array(
        z.strictObject({
          code: z.string(),
          severity,
          owner: attentionOwner,
          since: time,
          deadline: time,
          overdue: z.boolean(),
          message: z.string(),
          runbook,
        }),
      )
      .meta({ description: 'What calls a person, the newest first.' }),
    facts: z
      .strictObject({
        at: time,
        status: orderStatus,
        paymentStatus,
        total: money,
        captured: money,
        refunded: money,
        refundDue: money,
        captureBefore: time.nullable(),
        openBreaks: z.int(),
        operations: z.array(
          z.strictObject({ key: z.string(), kind: z.string(), amount: money.nullable(), since: time }),
        ),
        workflow,
      })
      .meta({ id: 'ExplainedFacts', description: 'What every sentence was made of.' }),
    links: z.strictObject({ order: z.string(), events: z.string(), temporal: z.url() }),
  })
  .meta({ id: 'Explanation' });
export type ExplanationAnswer = z.output<typeof explanation>;

export function toExplanationAnswer(
  told: Explanation,
  facts: ExplainFacts,
  environment: LinkEnvironment,
): ExplanationAnswer {
  const { order } = facts;
  const { events, temporal } = toLinks(order.id, environment);
  const [failed] = told.failures;
  return {
    orderId: order.id,
    headline: told.headline,
    sentences: [...told.sentences],
    waiting:
      told.waiting === null
        ? null
        : {
            for: told.waiting.for,
            owner: told.waiting.owner,
            since: told.waiting.since,
            until: told.waiting.until,
            overdue: told.waiting.isOverdue,
          },
    lastFailure:
      failed === undefined
        ? null
        : {
            activity: failed.activity,
            step: failed.step,
            failures: failed.failures,
            since: failed.since,
            type: failed.type,
            message: failed.message,
          },
    nextTryAt: told.nextTryAt,
    actions: told.actions.map(({ name, helps }) => ({ name, text: adviceText(name), helps })),
    causes: told.causes.map(({ isOverdue, ...cause }) => ({
      code: cause.code,
      severity: cause.severity,
      owner: cause.owner,
      since: cause.since,
      deadline: cause.deadline,
      overdue: isOverdue,
      message: cause.message,
      runbook: cause.runbook,
    })),
    facts: toFacts(facts),
    links: { order: orderPath(order.id), events, temporal },
  };
}

function toFacts({
  now,
  order,
  operations,
  openBreaks,
  workflow: run,
}: ExplainFacts): ExplanationAnswer['facts'] {
  const isOpen = run.state === 'open';
  return {
    at: now,
    status: order.status,
    paymentStatus: order.paymentStatus,
    total: order.totals.total,
    captured: order.totals.captured,
    refunded: order.totals.refunded,
    refundDue: order.totals.refundDue,
    captureBefore: order.payment.captureBefore,
    openBreaks,
    operations: operations.map(({ key, kind, amount, since }) => ({ key, kind, amount, since })),
    workflow: {
      state: run.state,
      type: isOpen ? run.type : null,
      status: run.state === 'closed' ? run.status : null,
      steps: isOpen ? run.steps.map((step) => ({ ...step })) : [],
      timers: isOpen ? run.timers.map((timer) => ({ ...timer })) : [],
      taskFailure: isOpen ? run.task : null,
    },
  };
}
