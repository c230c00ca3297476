/**
 * Every point at which a program can be stopped, by name. They exist in test programs only: those beside this file start our
 * processes with dependencies that come to a halt at these points.
 *
 * A step is an activity, or something that the API or the relay does. Its points are `before` its first effect, then one for
 * each effect (named after the call that has just been answered: nothing that follows it has happened), and `after`, when
 * the step is acknowledged by whoever waits for it.
 */
import type { Activities } from '../../../src/activities/index.ts';
import type { ActivityDependencies } from '../../../src/activities/shared/dependencies.ts';
import type { StoryName } from './order-stories.ts';

/** `orders.recordCaptured`, `payments.capture`, … */
export type Effect = {
  [Part in keyof ActivityDependencies]: `${Part}.${keyof ActivityDependencies[Part] & string}`;
}[keyof ActivityDependencies];

interface CrashStep<Name extends string> {
  /** The story of an order in which the step happens. */
  readonly story: StoryName;
  /** What it changes, here or at a provider, in the order in which it does. */
  readonly effects: readonly [Name, ...Name[]];
  /** False where nobody here can tell that the answer went out. @default true */
  readonly isAcknowledged?: boolean;
}

/** A test holds this against the activities that there are. */
export const ACTIVITY_STEPS: Partial<Readonly<Record<keyof Activities, CrashStep<Effect>>>> = {
  reserveStock: { story: 'completed', effects: ['orders.placeAndReserve'] },
  screenOrder: { story: 'completed', effects: ['fraud.recordScreening'] },
  recordReviewEnd: { story: 'reviewed', effects: ['fraud.recordReviewEnd'] },
  authorizePayment: { story: 'completed', effects: ['payments.authorize', 'orders.recordAuthorized'] },
  bookShipments: { story: 'completed', effects: ['carrier.book', 'orders.recordBooked'] },
  capturePayment: { story: 'completed', effects: ['payments.capture', 'orders.recordCaptured'] },
  notifyCustomer: {
    story: 'completed',
    effects: ['notifications.claim', 'mail.send', 'notifications.settle'],
  },
  recordShipmentMoved: { story: 'completed', effects: ['orders.recordShipped'] },
  recordCompletion: { story: 'completed', effects: ['orders.recordCompleted'] },
  releaseStock: { story: 'declined', effects: ['orders.releaseReservations'] },
  recordRejection: { story: 'declined', effects: ['orders.recordRejected'] },
  voidPayment: {
    story: 'cancelled_before_capture',
    effects: ['orders.planOperation', 'payments.void', 'orders.recordVoided'],
  },
  recordCancellationStarted: {
    story: 'cancelled_before_capture',
    effects: ['orders.startCancelling'],
  },
  recordCancelled: { story: 'cancelled_before_capture', effects: ['orders.recordCancelled'] },
  cancelShipments: {
    story: 'cancelled_after_capture',
    effects: ['orders.planOperation', 'carrier.cancel', 'orders.recordBookingCancelled'],
  },
  replanShipments: {
    story: 'corrected',
    effects: ['orders.planOperation', 'carrier.cancel', 'orders.recordBookingReplanned'],
  },
  giveBackCapture: {
    story: 'cancelled_after_capture',
    effects: ['orders.startRefund', 'payments.refund', 'orders.recordRefunded'],
  },
  refundPayment: {
    story: 'refunded',
    effects: ['orders.startRefund', 'payments.refund', 'orders.recordRefunded'],
  },
  returnRefund: { story: 'refund_returned', effects: ['orders.recordRefundReturned'] },
  // It changes nothing: it reads, and what it has read is the whole of it.
  findOrder: { story: 'taken_up', effects: ['orders.readPayment'] },
  recordHold: { story: 'redirected', effects: ['orders.recordHeld'] },
  changeAddress: { story: 'redirected', effects: ['orders.changeAddress'] },
  rerouteOrder: { story: 'redirected', effects: ['orders.reroute'] },
  recordRelease: { story: 'redirected', effects: ['orders.recordReleased'] },
  resolveOutcome: { story: 'resolved', effects: ['orders.recordResolution'] },
  skipNotification: { story: 'mails_given_up', effects: ['notifications.skip'] },
  raiseAttention: { story: 'label_refused', effects: ['orders.raiseAttention'] },
  clearAttention: { story: 'label_refused', effects: ['orders.clearAttention'] },
};

/** Requests, by what they ask of the workflow: it has answered or the time for it is up, and then the answer is stored. */
export const API_STEPS = {
  placeOrder: { story: 'completed', effects: ['temporal.update'] },
  cancelOrder: { story: 'cancelled_after_capture', effects: ['temporal.update'] },
  refundOrder: { story: 'refunded', effects: ['temporal.update'] },
  // Its provider repeats it until it is answered, and from then on it is a matter of the relay.
  storeWebhook: { story: 'completed', effects: ['inbox.store'], isAcknowledged: false },
} as const satisfies Record<string, CrashStep<'temporal.update' | 'inbox.store'>>;

export const RELAY_STEPS = {
  publishEvents: { story: 'completed', effects: ['publisher.publish'] },
  deliverWebhook: { story: 'completed', effects: ['temporal.signal'] },
} as const satisfies Record<string, CrashStep<'publisher.publish' | 'temporal.signal'>>;

/** Jobs, where they change an order. One that dies says so by its silence, and is begun again half a minute later. */
export const MAINTENANCE_STEPS = {
  repairDrift: {
    story: 'taken_up',
    effects: ['orders.raiseAttention', 'workflows.recover'],
    isAcknowledged: false,
  },
} as const satisfies Record<string, CrashStep<'orders.raiseAttention' | 'workflows.recover'>>;

/** Who is killed, and how the tables call it. */
export const VICTIMS = {
  worker: 'worker',
  api: 'API',
  postgres: 'PostgreSQL',
  connections: 'its connections',
  temporal: 'Temporal',
  broker: 'broker',
  relay: 'relay',
  maintenance: 'maintenance worker',
} as const;
export type Victim = keyof typeof VICTIMS;

/** One place where a program can be stopped. */
export interface CrashPoint {
  readonly step: string;
  /** `before`, the name of an effect, or `after`. */
  readonly at: string;
  readonly story: StoryName;
  /** Whose step it is. */
  readonly program: 'worker' | 'api' | 'relay' | 'maintenance';
}

/** One victim at one point. */
export interface Cell extends CrashPoint {
  readonly victim: Victim;
  /** `capturePayment/payments.capture@postgres` */
  readonly name: string;
}

export function crashPoints(): CrashPoint[] {
  return [
    ...pointsOf('worker', ACTIVITY_STEPS),
    ...pointsOf('api', API_STEPS),
    ...pointsOf('relay', RELAY_STEPS),
    ...pointsOf('maintenance', MAINTENANCE_STEPS),
  ];
}

function pointsOf(
  program: CrashPoint['program'],
  steps: Readonly<Record<string, CrashStep<string> | undefined>>,
): CrashPoint[] {
  return Object.entries(steps).flatMap(([step, definition]) =>
    definition === undefined
      ? []
      : ['before', ...definition.effects, ...(definition.isAcknowledged === false ? [] : ['after'])].map(
          (at) => ({
            step,
            at,
            story: definition.story,
            program,
          }),
        ),
  );
}

/** These do nothing for most steps, so each is killed at its own only. */
const OWN_POINTS_ONLY: ReadonlySet<Victim> = new Set(['relay', 'maintenance']);

/** The whole matrix: every point with every victim whose death it could notice. */
export function cells(): Cell[] {
  return crashPoints().flatMap((point) =>
    (Object.keys(VICTIMS) as Victim[])
      .filter((victim) => victim === point.program || !OWN_POINTS_ONLY.has(victim))
      .map((victim) => ({ ...point, victim, name: `${point.step}/${point.at}@${victim}` })),
  );
}
