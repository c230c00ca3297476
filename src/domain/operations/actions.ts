/**
 * What an operator can do to an order, as data: in which statuses, with what, and why not. The plan of an action (see
 * action-plan.ts) looks at rows only; the order's workflow has the last word.
 */
import type { MailTemplate } from '../orders/mail-template.ts';
import type { ShippingAddress } from '../orders/order.ts';
import { ORDER_STATUSES, sourcesOf, type OrderStatus } from '../orders/order-status.ts';

interface ActionDefinition {
  /** As a person reads it among others, in a list of what can be done. */
  readonly text: string;
  /** For lists and tables, an infinitive. */
  readonly summary: string;
  readonly possibleIn: readonly OrderStatus[];
  /** Whether above the limit a second person has to agree: money leaves, or is said to have moved. */
  readonly needsSecondPerson: boolean;
}

/** Nothing has been handed to the carrier yet, or all of it was given back, so address and location can still be others. */
const BEFORE_LABEL = ['reserved', 'in_review', 'authorized', 'confirmed'] as const satisfies OrderStatus[];
const OPEN: readonly OrderStatus[] = ORDER_STATUSES.filter(
  (status) => !['completed', 'rejected', 'cancelled'].includes(status),
);
/** From the first mail on. */
const MAILED: readonly OrderStatus[] = [
  'confirmed',
  'fulfilling',
  'shipped',
  'delivered',
  'completed',
  'cancelling',
  'cancelled',
];

/** The most useful first, as they are told to people. */
export const ACTIONS = {
  retry_now: {
    text: 'retry now',
    summary: 'Try what waits for its next attempt at once',
    possibleIn: ORDER_STATUSES,
    needsSecondPerson: false,
  },
  cancel: {
    text: 'cancel',
    summary: 'Cancel the order and give everything back',
    possibleIn: sourcesOf('start_cancelling'),
    needsSecondPerson: false,
  },
  refund: {
    text: 'refund',
    summary: 'Give money back',
    possibleIn: ['fulfilling', 'shipped', 'delivered', 'completed', 'cancelling', 'cancelled'],
    needsSecondPerson: true,
  },
  hold: {
    text: 'hold',
    summary: 'Begin no further step of the order until it is released',
    possibleIn: [...BEFORE_LABEL, 'placed', 'fulfilling'],
    needsSecondPerson: false,
  },
  release: {
    text: 'release',
    summary: 'Let a held order go on',
    possibleIn: OPEN,
    needsSecondPerson: false,
  },
  resolve_outcome: {
    text: 'say what became of the operation',
    summary: 'Say what became of an operation whose answer was lost',
    possibleIn: ORDER_STATUSES,
    needsSecondPerson: true,
  },
  skip_step: {
    text: 'skip the mail',
    summary: 'Give up a mail that cannot be sent',
    possibleIn: MAILED,
    needsSecondPerson: false,
  },
  change_address: {
    text: 'change the address',
    summary: 'Send the order to another address',
    possibleIn: BEFORE_LABEL,
    needsSecondPerson: false,
  },
  reroute: {
    text: 'send it from another location',
    summary: 'Send the order from another location',
    possibleIn: BEFORE_LABEL,
    needsSecondPerson: false,
  },
  resend_notification: {
    text: 'send a mail again',
    summary: 'Send a mail to the customer again',
    possibleIn: MAILED,
    needsSecondPerson: false,
  },
} as const satisfies Record<string, ActionDefinition>;
export type ActionName = keyof typeof ACTIONS;
export const ACTION_NAMES = Object.keys(ACTIONS) as readonly ActionName[];

/** Whether the status alone does not rule the action out. */
export function isPossibleIn(action: ActionName, status: OrderStatus): boolean {
  return ACTIONS[action].possibleIn.some((possible) => possible === status);
}

/** What can have become of an operation whose answer was lost. */
export const RESOLUTIONS = ['succeeded', 'never_happened'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** An action with all that it needs. */
export type ActionRequest =
  | { readonly action: 'cancel' }
  | { readonly action: 'hold' }
  | { readonly action: 'release' }
  | { readonly action: 'retry_now' }
  | {
      readonly action: 'refund';
      readonly by:
        | { readonly amountMinor: number }
        | { readonly lines: readonly { readonly lineId: string; readonly quantity: number }[] }
        /** All that can still be refunded. */
        | { readonly full: true };
      readonly restock: boolean;
    }
  | { readonly action: 'skip_step'; readonly step: 'notification' }
  | {
      readonly action: 'resolve_outcome';
      readonly operationKey: string;
      readonly outcome: Resolution;
      /** The provider's id of the operation; null when it never happened. */
      readonly providerReference: string | null;
      /** What it is known from; no personal data. */
      readonly evidence: string;
    }
  | { readonly action: 'change_address'; readonly shipTo: ShippingAddress }
  | { readonly action: 'reroute'; readonly locationId: string }
  | {
      readonly action: 'resend_notification';
      readonly template: MailTemplate;
      /** `1`, or the refund that the mail is about. */
      readonly subjectId: string;
    };

/** How an action can end, or where it stands. Of a row without any it is not known whether it was carried out. */
export const ACTION_OUTCOMES = [
  'pending_approval',
  'approved',
  'declined',
  'done',
  'refused',
  'failed',
] as const;
export type ActionOutcome = (typeof ACTION_OUTCOMES)[number];
/** After these nothing more happens to an action. */
export const FINAL_OUTCOMES = ['declined', 'done', 'refused', 'failed'] as const satisfies ActionOutcome[];

/** Where an action stands; `asked` while nothing is recorded but that it was asked for. */
export type ActionState = 'asked' | ActionOutcome;

/** Where an action stands by its outcomes, in whatever order they come. */
export function stateOf(outcomes: readonly ActionOutcome[]): ActionState {
  // In the order of the table a later one says more.
  return ACTION_OUTCOMES.findLast((outcome) => outcomes.includes(outcome)) ?? 'asked';
}

/** Why an action is not possible. The code is for programs, the sentence for people. */
export const ACTION_REFUSALS = {
  status: 'The order is in a status in which that is not possible.',
  held_already: 'The order is held already.',
  not_held: 'Nobody holds the order.',
  too_late_to_hold:
    'No step that could be held is left: the order is paid for, is being given up, or has ended.',
  nothing_waits: 'No step of the order waits for its next attempt.',
  no_mail_waits: 'No mail of the order waits to be sent.',
  no_such_operation: 'The order has no such operation at the payment provider.',
  settled_already: 'What became of that operation is recorded already, and is not overridden.',
  not_unknown: 'No step waits for what became of that operation.',
  booking_begun:
    'The carrier has been asked for the label already. Cancel the order instead, or ask the carrier; when the carrier refuses, ' +
    'address and location can be changed again.',
  at_location_already: 'Everything comes from that location already.',
  out_of_stock: 'That location does not have everything.',
  address_erased: 'The address of this order was erased.',
  never_sent: 'That mail was never sent, so it cannot be sent again.',
  not_captured: 'Nothing was captured yet. An order that is not shipped can be cancelled instead.',
  nothing_to_refund: 'Everything was refunded, or is about to be.',
  exceeds_captured: 'It is more than what was captured and not refunded yet.',
  unknown_line: 'The order has no such line.',
  not_shipped: 'Lines can go back to the shelves only after they were shipped.',
  run_closed: 'The run of the order has closed; that is not possible any more.',
  not_counted: 'It was not possible when the bulk was asked for, so its money was not counted.',
} as const satisfies Record<string, string>;
export type ActionRefusal = keyof typeof ACTION_REFUSALS;

/** The refund that an action asks for has the action's id in other clothes, so that whoever carries it out arrives at the same one. */
export function refundIdOf(actionId: string): string {
  return actionId.replace(/^act_/, 'ref_');
}
