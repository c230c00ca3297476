/**
 * What an operator can do about an order, by the names under which it is asked for. Here it is only said what can be done;
 * how, is each action's own matter.
 */
export const ACTION_NAMES = [
  'retry_now',
  'cancel',
  'refund',
  'hold',
  'release',
  'resolve_outcome',
  'skip_step',
  'change_address',
  'reroute',
  'resend_notification',
  'review',
  'wait',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

/** As a person reads it in a list of what can be done. */
export const ACTION_TEXTS: Readonly<Record<ActionName, string>> = {
  retry_now: 'retry now',
  cancel: 'cancel',
  refund: 'refund',
  hold: 'hold',
  release: 'release',
  resolve_outcome: 'say what became of the operation',
  skip_step: 'skip the mail',
  change_address: 'change the address',
  reroute: 'send it from another location',
  resend_notification: 'send a mail again',
  review: 'review',
  wait: 'wait',
};
