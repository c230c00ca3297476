import type { Money } from '../money.ts';

/**
 * Why an order needs a person. The code is stored with the order and answered by the API; the text says what happened and
 * what can be done. No text holds personal data. What else there is to know of a code stands in
 * src/domain/operations/attention-catalogue.ts, which the workflows have no need of.
 */
export const ATTENTION_MESSAGES = {
  RESERVATION_UNRESOLVED: 'Stock could not be reserved; it is tried on. No money was asked for.',
  SCREENING_UNRESOLVED:
    'The order could not be screened for fraud; it is tried on. Stock is held, and no money was asked for.',
  AUTHORIZATION_UNRESOLVED:
    'The payment provider has not said whether it holds the money; it is asked on. Stock is held meanwhile.',
  SHIPMENT_REFUSED:
    'The carrier refuses to take the order. No parcel is under way and nothing was charged; change the address, send it from ' +
    'another location, or cancel the order.',
  BOOKING_UNRESOLVED: 'The carrier has not given labels for all parcels; it is asked on.',
  CAPTURE_REFUSED:
    'The payment provider refuses to charge what it held. Parcels that had not left were stopped; cancel the order.',
  CAPTURE_UNRESOLVED: 'The payment provider has not said whether it charged the customer; it is asked on.',
  SHIPMENT_LATE: 'The carrier has not taken over every parcel in time; ask the warehouse and the carrier.',
  DELIVERY_LATE: 'Not every parcel has arrived in time; ask the carrier.',
  HELD_TOO_LONG: 'An operator holds the order for longer than a day; release it, or cancel it.',
  NOTIFICATION_UNRESOLVED: 'A mail to the customer could not be sent; it is tried on.',
  RECORD_UNRESOLVED: 'A change of the order could not be written; it is tried on.',
  REFUND_UNRESOLVED: 'The payment provider has not said whether it gave the money back; it is asked on.',
  REFUND_REFUSED:
    'The payment provider refuses to give back the money of a cancelled order; it is tried on under a new key. Ask the provider.',
  REFUND_FAILED:
    'A refund that the payment provider had reported as done has failed, and the money is due to the customer again. Find out ' +
    'why, then ask for the refund again; for a cancelled order that is done by itself.',
  VOID_UNRESOLVED: 'The payment provider has not said whether it let the held money go; it is asked on.',
  BOOKING_CANCEL_UNRESOLVED: 'The carrier has not said whether it cancelled the labels; it is asked on.',
  RELEASE_UNRESOLVED: 'Reserved stock could not be given back; it is tried on.',
  SHIPPED_UNPAID:
    'Parcels have left, the hold on the money has ended, and the payment provider refuses another one. Ask the customer ' +
    'for another means of payment.',
  CANCEL_PARTLY_LOST:
    'Parcels of the order were to be stopped, and at least one had left. Nothing else was given back; decide what the ' +
    'customer keeps and refund the rest.',
  RECONCILIATION_BREAK:
    'What a provider says it did for this order is not what is recorded here; see the breaks of the order, and explain or settle each.',
  WORKFLOW_ASTRAY:
    'The order is at its end and its workflow is still open, as after a reset; see in Temporal what it waits for, and end it.',
  AUDIT_VIOLATION:
    'The audit has found something that must never be; `npm run saga -- audit` shows it with the rows in question.',
  WORKFLOW_LOST:
    'The workflow of the order is gone (terminated, timed out or lost); the order is being taken up from what is recorded.',
  STEP_OVERDUE:
    'The order is past the time for what it waits for, and nothing else says why; it is tried on.',
  WORKFLOW_TASK_FAILING:
    'The code of the workflow fails whenever it is run, so the order stands still; it goes on by itself once a fixed version runs.',
  ACTIVITY_RETRYING: 'A step has been tried many times without an end; it is tried on.',
  UNEXPLAINED:
    'The order is past the time for what it waits for, and Temporal has nothing under way for it; nobody is going to move it.',
} as const satisfies Record<string, string>;
export type AttentionCode = keyof typeof ATTENTION_MESSAGES;

/** All that is known of a step that does not come to an end. */
export interface Trouble {
  /** The operation at another company; its answer is looked up by this key. */
  readonly operationKey?: string | undefined;
  readonly amount?: Money | undefined;
  /** When it was begun, RFC 3339. */
  readonly since: string;
  /** How often it was tried; undefined where nobody counted. */
  readonly attempts?: number | undefined;
  /** Type of the last failure. */
  readonly lastFailure: string;
}

/** What is known, for whoever has to put it right; nothing is guessed. */
export function describeTrouble({ operationKey, amount, since, attempts, lastFailure }: Trouble): string {
  const money = amount === undefined ? '' : ` over ${amount.amountMinor} ${amount.currency} (minor units)`;
  const what = operationKey === undefined ? 'Begun' : `Operation ${operationKey}${money}, begun`;
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  const tries = attempts === undefined ? '' : `, tried ${times}`;
  return `${what} ${since}${tries}. Last failure: ${lastFailure}.`;
}

/** Raised and cleared by jobs that look at all orders; every other code is a run's of the order itself. */
export const RAISED_FROM_OUTSIDE: readonly AttentionCode[] = [
  'AUDIT_VIOLATION',
  'RECONCILIATION_BREAK',
  'WORKFLOW_ASTRAY',
  'STEP_OVERDUE',
  'WORKFLOW_TASK_FAILING',
  'ACTIVITY_RETRYING',
  'UNEXPLAINED',
];
