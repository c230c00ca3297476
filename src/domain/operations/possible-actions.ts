/** Which actions an order allows, and which of them help. */
import { isCancellable, isTerminal, type OrderStatus } from '../orders/order-status.ts';
import { ACTION_NAMES, type ActionName } from './action-names.ts';
import { attentionOf } from './attention-catalogue.ts';
import { failingSteps, type ExplainFacts } from './explain-facts.ts';

/** The state of waiting in which an operator has stopped an order. */
const HELD = 'held';
const BEFORE_THE_LABEL: readonly OrderStatus[] = ['reserved', 'in_review', 'authorized', 'confirmed'];
/** Statuses whose customer has been written to. */
const MAILED: readonly OrderStatus[] = ['confirmed', 'fulfilling', 'shipped', 'delivered', 'completed'];

const isHeld = ({ order }: ExplainFacts): boolean => String(order.waiting?.for) === HELD;
const isOpen = ({ workflow }: ExplainFacts): boolean => workflow.state === 'open';
const hasLeft = ({ order }: ExplainFacts): boolean =>
  order.shipments.some(({ status }) => status === 'shipped' || status === 'delivered');
const canStop = (facts: ExplainFacts): boolean =>
  isOpen(facts) && isCancellable(facts.order.status) && !hasLeft(facts);
const beforeTheLabel = (facts: ExplainFacts): boolean =>
  isOpen(facts) &&
  BEFORE_THE_LABEL.includes(facts.order.status) &&
  facts.order.shipments.every(({ status }) => status === 'pending');

/** What was charged, was not given back, and is promised to nobody. */
function refundableMinor({ order: { totals, refunds } }: ExplainFacts): number {
  const pending = refunds.filter(({ status }) => status === 'pending');
  const promisedMinor = pending.reduce((sum, { amount }) => sum + amount.amountMinor, 0);
  return totals.captured.amountMinor - totals.refunded.amountMinor - promisedMinor;
}

/** When each is possible, as far as one can tell from outside; whoever carries it out decides. */
const RULES: Readonly<Record<ActionName, (facts: ExplainFacts) => boolean>> = {
  retry_now: (facts) => failingSteps(facts).some(({ state }) => state !== 'running'),
  cancel: canStop,
  refund: (facts) => facts.order.status !== 'cancelling' && refundableMinor(facts) > 0,
  hold: (facts) => canStop(facts) && !isHeld(facts),
  release: isHeld,
  resolve_outcome: ({ order, operations }) =>
    (order.waiting?.for.endsWith('_outcome') ?? false) && operations.length > 0,
  skip_step: (facts) => failingSteps(facts).some(({ activity }) => activity === 'notifyCustomer'),
  change_address: beforeTheLabel,
  reroute: beforeTheLabel,
  resend_notification: ({ order }) => MAILED.includes(order.status),
  review: ({ order }) => order.status === 'in_review',
  wait: ({ order }) => !isTerminal(order.status),
};

export interface PossibleAction {
  readonly name: ActionName;
  /** Whether it does something about what is wrong, or is what the order waits for. */
  readonly helps: boolean;
}

/** Actions in the order in which they are best thought of: what helps first. */
export function possibleActions(facts: ExplainFacts): readonly PossibleAction[] {
  const helping = helpingActions(facts);
  const possible = ACTION_NAMES.filter((name) => RULES[name](facts));
  const rank = (name: ActionName): number => (helping.has(name) ? 0 : 1);
  return possible
    .map((name) => ({ name, helps: helping.has(name) }))
    .toSorted((one, other) => rank(one.name) - rank(other.name));
}

function helpingActions(facts: ExplainFacts): ReadonlySet<ActionName> {
  const { order } = facts;
  return new Set<ActionName>([
    ...order.attentions.flatMap(({ code }) => attentionOf(code).actions),
    ...(failingSteps(facts).length > 0 ? (['retry_now', 'wait'] as const) : []),
    ...(order.status === 'in_review' ? (['review'] as const) : []),
    ...(isHeld(facts) ? (['release'] as const) : []),
  ]);
}
