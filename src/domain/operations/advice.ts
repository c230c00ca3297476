/** What can be done about an order, and what of it helps, for whoever reads why it stands where it stands. */
import type { Attention } from '../orders/order.ts';
import { isTerminal } from '../orders/order-status.ts';
import { isPaymentKind } from '../payments/payment-operation.ts';
import { refundableMinor } from './action-money.ts';
import { ACTION_NAMES, ACTIONS, isPossibleIn, type ActionName } from './actions.ts';
import { attentionOf } from './attention-catalogue.ts';
import { failingSteps, type ExplainFacts } from './explain-facts.ts';

/** Actions upon the order, to decide its review, and to do nothing. */
export const ADVICE_NAMES = [...ACTION_NAMES, 'review', 'wait'] as const;
export type AdviceName = ActionName | 'review' | 'wait';

/** As a person reads it in a list of what can be done. */
export function adviceText(name: AdviceName): string {
  return name === 'review' || name === 'wait' ? name : ACTIONS[name].text;
}

const isHeld = ({ order }: ExplainFacts): boolean => order.waiting?.for === 'held';
const isOpen = ({ workflow }: ExplainFacts): boolean => workflow.state === 'open';
const hasLeft = ({ order }: ExplainFacts): boolean =>
  order.shipments.some(({ status }) => status === 'shipped' || status === 'delivered');
const isUncharged = ({ order }: ExplainFacts): boolean => order.totals.captured.amountMinor === 0;
const waitsForOutcome = ({ waiting }: ExplainFacts['order']): boolean =>
  waiting?.for.endsWith('_outcome') ?? false;
/** A reply may be lost together with the means to write that down; what has been tried for long calls a person anyhow. */
const asksForOutcome = ({ code }: Attention): boolean =>
  attentionOf(code).actions.includes('resolve_outcome');
const beforeTheLabel = (facts: ExplainFacts): boolean =>
  isOpen(facts) && facts.order.shipments.every(({ status }) => status === 'pending');

/** Beside the status of the order, as far as one can tell from outside; whoever carries it out decides. */
const RULES: Readonly<Record<ActionName, (facts: ExplainFacts) => boolean>> = {
  retry_now: (facts) => failingSteps(facts).some(({ state }) => state !== 'running'),
  cancel: (facts) => isOpen(facts) && !hasLeft(facts),
  refund: ({ order }) => order.status !== 'cancelling' && refundableMinor(order) > 0,
  hold: (facts) => isOpen(facts) && !isHeld(facts) && isUncharged(facts),
  release: isHeld,
  resolve_outcome: ({ order, operations }) =>
    operations.some(({ kind }) => isPaymentKind(kind)) &&
    (waitsForOutcome(order) || order.attentions.some(asksForOutcome)),
  skip_step: (facts) => failingSteps(facts).some(({ activity }) => activity === 'notifyCustomer'),
  change_address: beforeTheLabel,
  reroute: beforeTheLabel,
  resend_notification: () => true,
};

function isAdvisable(name: AdviceName, facts: ExplainFacts): boolean {
  const { status } = facts.order;
  if (name === 'review') return status === 'in_review';
  if (name === 'wait') return !isTerminal(status);
  return isPossibleIn(name, status) && RULES[name](facts);
}

export interface Advice {
  readonly name: AdviceName;
  /** Whether it does something about what is wrong, or is what the order waits for. */
  readonly helps: boolean;
}

/** What can be done, in the order in which it is best thought of: what helps first, as its cause names it. */
export function adviceFor(facts: ExplainFacts): readonly Advice[] {
  const helping = helpingAdvice(facts);
  const inOrder = [...helping];
  const rank = (name: AdviceName): number => (helping.has(name) ? inOrder.indexOf(name) : inOrder.length);
  return ADVICE_NAMES.filter((name) => isAdvisable(name, facts))
    .map((name) => ({ name, helps: helping.has(name) }))
    .toSorted((one, other) => rank(one.name) - rank(other.name));
}

function helpingAdvice(facts: ExplainFacts): ReadonlySet<AdviceName> {
  const { order } = facts;
  return new Set<AdviceName>([
    ...order.attentions.flatMap(({ code }) => attentionOf(code).actions),
    ...(failingSteps(facts).length > 0 ? (['retry_now', 'wait'] as const) : []),
    ...(order.status === 'in_review' ? (['review'] as const) : []),
    ...(isHeld(facts) ? (['release'] as const) : []),
  ]);
}
