/** What to do where money is concerned. */
import type { AttentionCode } from '../../orders/attention.ts';
import { CANCEL, CLEARS, EXPLAIN, REFUND, SHOW, type Runbook } from './runbook.ts';

const PROVIDER_STATUS = 'The status page of the payment provider: is it down, or under maintenance?';
const ASK_BY_KEY =
  'When it goes on for longer than the provider says it is down, give them the operation key that `explain` names and ask what ' +
  'became of it. Never repeat the operation by hand in their pages: the key makes the repetition here harmless, and a second ' +
  'one by hand is not.';

export const MONEY_RUNBOOKS = {
  AUTHORIZATION_UNRESOLVED: {
    causes:
      'The payment provider has not answered, or has answered that it cannot now, for some minutes. The customer was told that ' +
      'the order is still being decided; stock is held.',
    look: [
      EXPLAIN,
      PROVIDER_STATUS,
      'Whether other orders have it, too: `npm run saga -- attention list --code AUTHORIZATION_UNRESOLVED`',
    ],
    steps: [
      'When many orders have it, the provider is away: wait for it. Orders go on by themselves.',
      ASK_BY_KEY,
      `When the customer does not want to wait, cancel: ${CANCEL}. A hold that turns out to be there is let go.`,
    ],
    over: CLEARS,
  },
  CAPTURE_REFUSED: {
    causes:
      'The payment provider refuses to charge what it held, for a reason that trying again does not change: the card was blocked ' +
      'or the account closed. Parcels that had not left were stopped.',
    look: [EXPLAIN, `${SHOW}: are all parcels cancelled?`],
    steps: [
      'Tell the customer that the payment failed, and ask for a new order with another means of payment.',
      `Cancel the order: ${CANCEL}. Everything that was taken is given back.`,
      'When nobody does anything, the order is cancelled when the hold on the money ends.',
    ],
    over: 'The order is `cancelled`, and its stock is free again.',
  },
  CAPTURE_UNRESOLVED: {
    causes:
      'The payment provider has not answered to the charge for some minutes. Whether the customer was charged may be unknown; ' +
      'it is asked by the operation key before anything is tried again, so nobody is charged twice. No parcel waits for it, but ' +
      'the hold on the money ends some time, and goods may leave before they are paid.',
    look: [EXPLAIN, PROVIDER_STATUS, 'Until when the money is held, as `explain` says'],
    steps: [
      'When many orders have it, the provider is away: wait for it as long as the money is held.',
      ASK_BY_KEY,
      'A hold that is about to end is let go and taken anew by itself, once the provider answers.',
      `When the goods must not leave without being paid, cancel before they are handed over: ${CANCEL}.`,
    ],
    over: CLEARS,
  },
  REFUND_UNRESOLVED: {
    causes: 'The payment provider has not said for some minutes whether it gave the money back.',
    look: [EXPLAIN, PROVIDER_STATUS],
    steps: [
      'Wait for the provider; the refund is tried on under its key and given once.',
      ASK_BY_KEY,
      'Do not ask for another refund meanwhile: that would be a second one.',
    ],
    over: 'The refund is `succeeded`, or `failed` with a code.',
  },
  REFUND_REFUSED: {
    causes:
      'The payment provider refuses to give back the money of an order that is being cancelled, mostly because the card or its ' +
      'account is closed. It is tried again from time to time under a new key.',
    look: [EXPLAIN, `${SHOW}: the code of the failed refund`],
    steps: [
      'Ask the provider why, with the reference of the charge.',
      'When the card is gone, agree with the customer upon another way, and pay it outside.',
      'Tell the provider to accept or settle the refund, so that the next try succeeds; then the cancellation ends.',
    ],
    over: 'The order is `cancelled`.',
  },
  REFUND_FAILED: {
    causes:
      'A refund that the payment provider had reported as done has failed days later: the money is back here and due to the ' +
      'customer. For a cancelled order it is given back again by itself.',
    look: [
      EXPLAIN,
      `${SHOW}: refunds, and what is due`,
      '`npm run saga -- orders ledger ORDER`: the journal of the return',
    ],
    steps: [
      'Find out from the provider why it failed.',
      `Ask for the refund again: ${REFUND}. What was put back on the shelf is not put back twice.`,
      'When the card is gone, pay the customer another way and keep the proof with the order.',
    ],
    over: 'A later refund has made up for the amount that is due.',
  },
  VOID_UNRESOLVED: {
    causes: 'The payment provider has not said for some minutes whether it let the held money go.',
    look: [EXPLAIN, PROVIDER_STATUS],
    steps: [
      'Wait for the provider: the hold ends by itself in any case, so the customer loses nothing.',
      ASK_BY_KEY,
    ],
    over: CLEARS,
  },
  SHIPPED_UNPAID: {
    causes:
      'Parcels have left, the hold on the money has ended before it was charged, and the payment provider refuses another one.',
    look: [EXPLAIN, `${SHOW}: which parcels have left, and the amount`],
    steps: [
      'Ask the customer for another means of payment, and take it outside this service.',
      'Ask the carrier whether the parcels can be called back.',
      'Write down what was agreed; the order stays as it is, and finance books the difference.',
    ],
    over: 'The order stays as it is, because no rule says how it ends; end its workflow in Temporal once finance has booked it.',
  },
  RECONCILIATION_BREAK: {
    causes:
      'What a provider lists for this order is not what is recorded here: an operation that nobody here asked for, one that it ' +
      'does not know, or another amount or outcome.',
    look: ['`npm run saga -- breaks list --order ORDER`', '`npm run saga -- orders ledger ORDER`', EXPLAIN],
    steps: [
      'Compare both sides of each difference. Something made by hand in the pages of the provider is the most frequent cause.',
      'Put right what is wrong, at the provider or with a refund here.',
      'Close each: `npm run saga -- breaks explain BREAK --note …` where it stays, `breaks settle` where it is over.',
    ],
    over: 'No break of the order is `open`; the job `reconcile` takes the cause away with its next run.',
  },
} as const satisfies Partial<Record<AttentionCode, Runbook>>;
