/** One kind of fact each, as a sentence; null where there is nothing to say of it. */
import { isTerminal, type PaymentStatus } from '../orders/order-status.ts';
import { attentionOf, deadlineOf } from './attention-catalogue.ts';
import {
  failingSteps,
  stepsOf,
  type ExplainFacts,
  type FailureFact,
  type PendingStep,
} from './explain-facts.ts';
import { adviceFor, adviceText } from './advice.ts';
import { asSentence, readCount, readMoney, readTime, readTimes } from './readable.ts';
import { doingOf } from './step-words.ts';
import { OWNER_WORDS, waitsFor } from './waiting-words.ts';

export type Teller = (facts: ExplainFacts) => string | null;
export type ManyTeller = (facts: ExplainFacts) => readonly string[];

/** What an answer shows of the words of another system. */
const LONGEST_MESSAGE = 200;
/** Parcels that are told one by one; of more only how many there are. */
const MOST_PARCELS = 3;

/** Whether nothing more happens to the order, refunds included. */
export function isOver({ order }: ExplainFacts): boolean {
  return isTerminal(order.status) && order.refunds.every(({ status }) => status !== 'pending');
}

function failureText({ type, message }: FailureFact): string {
  const words = message.replaceAll(/\s+/g, ' ').trim();
  if (words === '' || words === type) return type;
  return words.length > LONGEST_MESSAGE ? `${words.slice(0, LONGEST_MESSAGE)}…` : words;
}

/** The run itself is in trouble: it is gone, its code fails, or nobody can be asked. */
export const tellWorkflow: Teller = (facts) => {
  const { workflow, now } = facts;
  if (workflow.state === 'unreachable')
    return 'Temporal does not answer, so it is not known what is under way.';
  if (workflow.state === 'open') {
    if (workflow.task === null) return null;
    const { attempts, since, failure } = workflow.task;
    const why = failure === null ? 'without saying why' : failureText(failure);
    return asSentence(
      `the workflow code fails: ${why}; attempt ${attempts}${since === null ? '' : ` since ${readTime(since, now)}`}; ` +
        'it is run again by itself',
    );
  }
  if (isOver(facts)) return null;
  const what =
    workflow.state === 'missing'
      ? 'Temporal knows no workflow of the order'
      : `The workflow of the order is closed (${workflow.status}${
          workflow.closedAt === null ? '' : ` since ${readTime(workflow.closedAt, now)}`
        })`;
  return `${what}, and the order is not at its end; the job repair-drift takes it up from what is recorded.`;
};

/** Every step that has failed and is tried on. */
export const tellFailures: ManyTeller = (facts) =>
  failingSteps(facts).map((step) => {
    const { activity, failures, since, lastFailure } = step;
    const last = lastFailure === null ? '' : `, last: ${failureText(lastFailure)}`;
    const begun = `failed ${readTimes(failures)} since ${readTime(since, facts.now)}`;
    return asSentence(`${doingOf(activity, facts)} ${begun}${last}; ${nextTry(step, facts.now)}`);
  });

function nextTry({ state, nextTryAt }: PendingStep, now: string): string {
  if (state === 'paused') return 'it is paused in Temporal';
  if (state === 'running') return 'it is being tried now';
  if (nextTryAt === null || Date.parse(nextTryAt) <= Date.parse(now)) return 'a worker is about to try it';
  return `next try ${readTime(nextTryAt, now)}`;
}

/** Every step that is under way and has not failed. */
export const tellUnderWay: ManyTeller = (facts) =>
  stepsOf(facts)
    .filter(({ failures }) => failures === 0)
    .map(({ activity, state, since }) => {
      const how = state === 'running' ? 'is under way' : 'waits for a worker to take it';
      return asSentence(`${doingOf(activity, facts)} ${how} since ${readTime(since, facts.now)}`);
    });

/** What it waits for, whose turn it is, and whether that takes too long. */
export const tellWaiting: Teller = (facts) => {
  const { waiting } = facts.order;
  if (waiting === null) return null;
  const { now } = facts;
  const owner = OWNER_WORDS[waiting.owner];
  const what = `Waiting for ${waitsFor(waiting.for, facts)} since ${readTime(waiting.since, now)}`;
  const until = readTime(waiting.until, now);
  if (Date.parse(waiting.until) < Date.parse(now))
    return `${what}; that was due ${until}, and ${owner} has not moved.`;
  const turn = waiting.owner === 'workflow' ? `${owner} goes on by itself` : `${owner} has to move`;
  return `${what}, until ${until}; ${turn}.`;
};

/** The first thing that happens without anybody doing anything. */
export const tellTimer: Teller = ({ workflow, now }) => {
  if (workflow.state !== 'open') return null;
  const [next] = workflow.timers
    .filter(({ summary }) => summary !== null)
    .toSorted((one, other) => Date.parse(one.firesAt) - Date.parse(other.firesAt));
  return next === undefined
    ? null
    : `What happens next by itself: ${next.summary}, ${readTime(next.firesAt, now)}.`;
};

/** An operation whose answer was lost. */
export const tellLostAnswers: ManyTeller = ({ order, operations, now }) => {
  const { waiting } = order;
  if (waiting === null || !waiting.for.endsWith('_outcome')) return [];
  const kind = waiting.for.replace(/_outcome$/, '');
  return operations
    .filter((operation) => operation.kind === kind)
    .map(({ key, amount, since }) => {
      const over = amount === null ? '' : ` over ${readMoney(amount)}`;
      return (
        `What became of ${key}${over} is not known since ${readTime(since, now)}; ` +
        'it is looked up by that key before anything is done again.'
      );
    });
};

const HELD: Teller = ({ order, now }) => {
  const { captureBefore } = order.payment;
  if (captureBefore === null) return 'The money is held.';
  return Date.parse(captureBefore) > Date.parse(now)
    ? `The money is still held until ${readTime(captureBefore, now)}.`
    : `The money was held until ${readTime(captureBefore, now)}.`;
};

const CHARGED: Teller = ({ order: { totals } }) => {
  const parts = [`${readMoney(totals.captured)} was charged`];
  if (totals.refunded.amountMinor > 0) parts.push(`${readMoney(totals.refunded)} was given back`);
  if (totals.refundDue.amountMinor > 0) parts.push(`${readMoney(totals.refundDue)} is due to the customer`);
  return asSentence(parts.join(', '));
};

const MONEY: Readonly<Record<PaymentStatus, Teller>> = {
  none: () => 'No money is held.',
  authorized: HELD,
  captured: CHARGED,
  partially_refunded: CHARGED,
  refunded: CHARGED,
  voided: () => 'The hold on the money was let go.',
  declined: () => 'The payment was declined.',
  unknown: () => 'Whether the money is held or charged is not known yet.',
};

/** Where the money is. */
export const tellMoney: Teller = (facts) => MONEY[facts.order.paymentStatus](facts);

/** Refunds that are under way or have failed. */
export const tellRefunds: ManyTeller = ({ order, now }) =>
  order.refunds.flatMap(({ status, amount, failureCode, createdAt }) => {
    if (status === 'succeeded') return [];
    const what = `A refund of ${readMoney(amount)}`;
    return status === 'pending'
      ? [`${what} is under way since ${readTime(createdAt, now)}.`]
      : [`${what} has failed${failureCode === null ? '' : ` (${failureCode})`}.`];
  });

/** Where the parcels are, of those that have a label. */
export const tellParcels: ManyTeller = ({ order }) => {
  const labelled = order.shipments.filter(({ status }) => status !== 'pending');
  if (labelled.length > MOST_PARCELS) {
    const statuses = [...new Set(labelled.map(({ status }) => status))];
    const counts = statuses.map(
      (status) => `${labelled.filter((parcel) => parcel.status === status).length} ${status}`,
    );
    return [`Of ${readCount(labelled.length, 'parcel')} ${counts.join(', ')}.`];
  }
  return labelled.map(({ id, status, carrier, trackingNumber }) => {
    const by = carrier === null ? '' : `, ${carrier} ${trackingNumber ?? ''}`.trimEnd();
    return `Parcel ${id} is ${status}${by}.`;
  });
};

/** Every cause that calls a person. */
export const tellCauses: ManyTeller = ({ order, now }) =>
  order.attentions.map((cause) => {
    const { severity, owner } = attentionOf(cause.code);
    const deadline = readTime(deadlineOf(cause), now);
    const since = readTime(cause.since, now);
    return `${cause.code} (${severity}) since ${since}, ${OWNER_WORDS[owner]} should act by ${deadline}: ${cause.message}`;
  });

/** The text of the newest cause that the order stands still for. */
export const tellHoldUp: Teller = ({ order }) =>
  order.attentions.find(({ code }) => attentionOf(code).holdsUp)?.message ?? null;

/** Differences with providers that wait for a word. */
export const tellBreaks: Teller = ({ openBreaks }) =>
  openBreaks === 0
    ? null
    : `${readCount(openBreaks, 'difference')} with a provider, which nobody has explained yet.`;

/** How it ended. */
export const tellEnd: Teller = (facts) => {
  const { status, rejection } = facts.order;
  if (!isTerminal(status)) return null;
  return asSentence(
    `the order is at its end: ${status}${rejection === null ? '' : `, ${rejection.message}`}`,
  );
};

/** What an operator can do. */
export const tellActions: Teller = (facts) => {
  const actions = adviceFor(facts);
  const list = (names: typeof actions): string => names.map(({ name }) => adviceText(name)).join(' · ');
  const helping = actions.filter(({ helps }) => helps);
  if (helping.length > 0) return `You can: ${list(helping)}.`;
  if (facts.order.attentions.length > 0 || tellWorkflow(facts) !== null)
    return 'No action on the order ends this; the runbook says what does.';
  const possible = actions.filter(({ name }) => name !== 'wait');
  return possible.length === 0
    ? 'Nothing needs to be done.'
    : `Nothing needs to be done; possible: ${list(possible)}.`;
};
