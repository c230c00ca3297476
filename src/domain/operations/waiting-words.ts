/** What an order waits for, in words. */
import type { WaitingFor, WaitingOwner } from '../orders/waiting-state.ts';
import type { AttentionOwner } from './attention-catalogue.ts';
import type { ExplainFacts } from './explain-facts.ts';
import { readCount, readMoney } from './readable.ts';

export const OWNER_WORDS: Readonly<Record<WaitingOwner | AttentionOwner, string>> = {
  workflow: 'this service',
  payment_provider: 'the payment provider',
  carrier: 'the carrier',
  warehouse: 'the warehouse',
  operator: 'an operator',
  engineer: 'an engineer',
};

const total = ({ order }: ExplainFacts): string => readMoney(order.totals.total);

/** Parcels that are not yet `at` where it waits for them to be. */
function parcels({ order }: ExplainFacts, at: readonly string[]): string {
  const left = order.shipments.filter(({ status }) => !at.includes(status));
  return readCount(left.length, 'parcel');
}

/** Follows upon `It waits for`. */
const WAITING_WORDS: Readonly<Record<WaitingFor, (facts: ExplainFacts) => string>> = {
  placement: () => 'its stock to be reserved',
  authorization: (facts) => `the payment provider to hold ${total(facts)}`,
  review: () => 'an operator to review it',
  confirmation: () => 'its confirmation to be written down',
  booking: (facts) => `the carrier to give labels for ${parcels(facts, ['booked', 'shipped', 'delivered'])}`,
  capture: (facts) => `the payment provider to charge ${total(facts)}`,
  held: () => 'an operator to release it',
  correction: () => 'an operator to correct the address, or the location that it is sent from',
  hand_over: (facts) => `the warehouse to hand over ${parcels(facts, ['shipped', 'delivered'])}`,
  delivery: (facts) => `the carrier to deliver ${parcels(facts, ['delivered'])}`,
  return_window: () => 'the time to be over in which the customer can return the goods',
  undo: () => 'everything that was taken to be given back',
  authorize_outcome: (facts) => `the payment provider to say whether it holds ${total(facts)}`,
  capture_outcome: (facts) => `the payment provider to say whether it has charged ${total(facts)}`,
  void_outcome: (facts) => `the payment provider to say whether it has let ${total(facts)} go`,
  refund_outcome: () => 'the payment provider to say whether it has given the money back',
  book_outcome: () => 'the carrier to say whether it has made the labels',
  cancel_booking_outcome: () => 'the carrier to say whether it has cancelled the labels',
};

/** What the order waits for; a state that this version does not know is called by its name. */
export function waitsFor(waitingFor: string, facts: ExplainFacts): string {
  const inWords: Readonly<Record<string, (facts: ExplainFacts) => string>> = WAITING_WORDS;
  return inWords[waitingFor]?.(facts) ?? `what is called ${waitingFor}`;
}
