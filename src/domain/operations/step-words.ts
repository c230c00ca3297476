/** The steps of an order in words, by the names under which Temporal knows them. */
import type { Money } from '../money.ts';
import type { AttentionCode } from '../orders/attention.ts';
import type { ExplainFacts } from './explain-facts.ts';
import { readCount, readMoney } from './readable.ts';

interface StepWords {
  /** What is being done, as the beginning of a sentence: `Capturing 49.90 GBP`. */
  readonly doing: (facts: ExplainFacts) => string;
  /** Causes that say of this step that it does not come to an end. */
  readonly causes: readonly AttentionCode[];
}

const words = (doing: string, ...causes: readonly AttentionCode[]): StepWords => ({
  doing: () => doing,
  causes,
});

/** What is still to be given back by refunds that have no outcome; the whole when none is written down. */
function underWay({ order }: ExplainFacts): Money {
  const { currency } = order.totals.total;
  const pending = order.refunds.filter(({ status }) => status === 'pending');
  const amountMinor = pending.reduce((sum, { amount }) => sum + amount.amountMinor, 0);
  return { currency, amountMinor: pending.length === 0 ? order.totals.total.amountMinor : amountMinor };
}

const total = ({ order }: ExplainFacts): string => readMoney(order.totals.total);
const parcels = ({ order }: ExplainFacts): string => readCount(order.shipments.length, 'parcel');

export const STEP_WORDS = {
  reserveStock: words('Reserving the stock', 'RESERVATION_UNRESOLVED'),
  releaseStock: words('Giving the stock back', 'RELEASE_UNRESOLVED'),
  authorizePayment: { doing: (facts) => `Holding ${total(facts)}`, causes: ['AUTHORIZATION_UNRESOLVED'] },
  voidPayment: { doing: (facts) => `Letting the hold on ${total(facts)} go`, causes: ['VOID_UNRESOLVED'] },
  bookShipments: { doing: (facts) => `Booking ${parcels(facts)}`, causes: ['BOOKING_UNRESOLVED'] },
  cancelShipments: {
    doing: (facts) => `Cancelling ${parcels(facts)}`,
    causes: ['BOOKING_CANCEL_UNRESOLVED'],
  },
  replanShipments: {
    doing: (facts) => `Taking ${parcels(facts)} back from the carrier`,
    causes: ['BOOKING_CANCEL_UNRESOLVED'],
  },
  capturePayment: { doing: (facts) => `Capturing ${total(facts)}`, causes: ['CAPTURE_UNRESOLVED'] },
  giveBackCapture: {
    doing: (facts) => `Giving ${readMoney(underWay(facts))} back`,
    causes: ['REFUND_UNRESOLVED', 'REFUND_REFUSED'],
  },
  refundPayment: {
    doing: (facts) => `Refunding ${readMoney(underWay(facts))}`,
    causes: ['REFUND_UNRESOLVED'],
  },
  returnRefund: words('Asking whether a refund has failed after all', 'REFUND_UNRESOLVED'),
  notifyCustomer: words('Mailing the customer', 'NOTIFICATION_UNRESOLVED'),
  findOrder: words('Finding out where the order stands', 'WORKFLOW_LOST'),
  recordRejection: words('Writing down that the order is rejected', 'RECORD_UNRESOLVED'),
  recordShipmentMoved: words('Writing down where a parcel is', 'RECORD_UNRESOLVED'),
  recordCompletion: words('Writing down that the order is complete', 'RECORD_UNRESOLVED'),
  recordCancellationStarted: words('Writing down that the order is being cancelled', 'RECORD_UNRESOLVED'),
  recordCancelled: words('Writing down that the order is cancelled', 'RECORD_UNRESOLVED'),
  screenOrder: words('Screening the order for fraud', 'SCREENING_UNRESOLVED'),
  recordReviewEnd: words('Writing down how the review ended', 'RECORD_UNRESOLVED'),
  skipNotification: words('Giving up a mail', 'RECORD_UNRESOLVED'),
  recordHold: words('Writing down that the order is held', 'RECORD_UNRESOLVED'),
  recordRelease: words('Writing down that the order is released', 'RECORD_UNRESOLVED'),
  changeAddress: words('Changing the address', 'RECORD_UNRESOLVED'),
  rerouteOrder: words('Having it sent from another location', 'RECORD_UNRESOLVED'),
  resolveOutcome: words('Writing down what became of an operation', 'RECORD_UNRESOLVED'),
  raiseAttention: words('Calling a person'),
  clearAttention: words('Taking back the call for a person'),
} as const satisfies Record<string, StepWords>;

const byActivity: Readonly<Record<string, StepWords>> = STEP_WORDS;

/** What a step does; one that this version does not know is called by its name. */
export function doingOf(activity: string, facts: ExplainFacts): string {
  return byActivity[activity]?.doing(facts) ?? `The step ${activity}`;
}

/** Whether one of these causes says already that the step does not come to an end. */
export function isExplainedBy(activity: string, codes: readonly string[]): boolean {
  return (byActivity[activity]?.causes ?? []).some((cause) => codes.includes(cause));
}
