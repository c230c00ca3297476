/**
 * What each action on an order asks a person for, as data: one dialog shows all of them. What an action would do is not known
 * here; the service says it, for exactly what stands in the form.
 */
import type { ActionName, MailTemplate, PlannedAction } from '../api/operations.ts';
import { moneyText } from '../format/money.ts';
import { words } from '../format/words.ts';
import type { ActionContext, FormField, FormValues } from './form-field.ts';
import { initialRefund, refundBody, refundFields } from './refund-form.ts';
import { initialResolution, resolutionBody, resolutionFields } from './resolution-form.ts';

export interface ActionForm {
  /** On the button that opens the dialog. */
  readonly button: string;
  readonly title: string;
  /** On the button that does it. */
  readonly confirm: (plan: PlannedAction | null) => string;
  readonly isDangerous?: boolean;
  readonly initial?: (context: ActionContext) => FormValues;
  readonly fields?: (context: ActionContext, values: FormValues) => readonly FormField[];
  /** What the service takes besides the reason. */
  readonly body?: (context: ActionContext, values: FormValues) => Readonly<Record<string, unknown>>;
}

const MAILS = [
  'confirmed',
  'rejected',
  'shipped',
  'cancelled',
  'refunded',
] as const satisfies readonly MailTemplate[];
const always = (text: string) => (): string => text;

export const ACTION_FORMS: Readonly<Record<ActionName, ActionForm>> = {
  retry_now: { button: 'Retry now', title: 'Try again now?', confirm: always('Retry now') },
  cancel: {
    button: 'Cancel order',
    title: 'Cancel this order?',
    confirm: always('Cancel the order'),
    isDangerous: true,
  },
  refund: {
    button: 'Refund',
    title: 'Refund this order?',
    confirm: (plan) => {
      const money = plan?.money[0];
      return money === undefined ? 'Refund' : `Refund ${moneyText(money.amount)}`;
    },
    isDangerous: true,
    initial: initialRefund,
    fields: refundFields,
    body: refundBody,
  },
  hold: { button: 'Hold', title: 'Hold this order?', confirm: always('Hold the order') },
  release: { button: 'Release', title: 'Let this order go on?', confirm: always('Release the order') },
  resolve_outcome: {
    button: 'Say what became of it',
    title: 'What became of the operation?',
    confirm: always('Say so'),
    isDangerous: true,
    initial: initialResolution,
    fields: resolutionFields,
    body: resolutionBody,
  },
  skip_step: {
    button: 'Skip the mail',
    title: 'Give up the mail that is being tried?',
    confirm: always('Skip the mail'),
    body: () => ({ step: 'notification' }),
  },
  change_address: {
    button: 'Change the address',
    title: 'Send this order to another address?',
    confirm: always('Change the address'),
    fields: () => ADDRESS_FIELDS,
    body: (_context, values) => ({
      shipTo: Object.fromEntries(
        ADDRESS_FIELDS.flatMap(({ name }) => {
          const text = (values[name] ?? '').trim();
          return text === '' ? [] : [[name, name === 'country' ? text.toUpperCase() : text]];
        }),
      ),
    }),
  },
  reroute: {
    button: 'Send from elsewhere',
    title: 'Send this order from another location?',
    confirm: always('Send it from there'),
    fields: () => [
      { kind: 'location', name: 'locationId', label: 'Location', hint: 'All of it leaves from there.' },
    ],
    body: (_context, { locationId = '' }) => ({ locationId }),
  },
  resend_notification: {
    button: 'Resend a mail',
    title: 'Send a mail again?',
    confirm: always('Send it again'),
    initial: ({ order }) => ({
      template: order.status === 'cancelled' ? 'cancelled' : 'confirmed',
      subjectId: order.refunds.at(-1)?.id ?? '',
    }),
    fields: resendFields,
    body: (_context, { template = '', subjectId = '' }) =>
      template === 'refunded' ? { template, subjectId } : { template },
  },
};

/** The most useful first, where nobody says what helps. */
export const ACTIONS_IN_ORDER = Object.keys(ACTION_FORMS) as readonly ActionName[];

/** Whether this console knows the action; a newer service may have others. */
export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(ACTION_FORMS, name);
}

const ADDRESS_FIELDS: readonly Extract<FormField, { readonly kind: 'text' }>[] = [
  { kind: 'text', name: 'name', label: 'Name' },
  { kind: 'text', name: 'line1', label: 'Street' },
  { kind: 'text', name: 'line2', label: 'Second line, if there is one', isOptional: true },
  { kind: 'text', name: 'postalCode', label: 'Postal code', maxLength: 20 },
  { kind: 'text', name: 'city', label: 'City', maxLength: 100 },
  { kind: 'text', name: 'region', label: 'Region, if there is one', isOptional: true, maxLength: 100 },
  {
    kind: 'text',
    name: 'country',
    label: 'Country',
    hint: 'Two letters, as GB.',
    maxLength: 2,
    check: (text) => (/^[A-Za-z]{2}$/.test(text) ? null : 'A country has two letters.'),
  },
];

function resendFields({ order }: ActionContext, { template }: FormValues): readonly FormField[] {
  const mails = MAILS.filter((mail) => mail !== 'refunded' || order.refunds.length > 0);
  const which: FormField = {
    kind: 'select',
    name: 'template',
    label: 'Mail',
    options: mails.map((mail) => [mail, `Your order is ${words(mail)}`]),
  };
  if (template !== 'refunded') return [which];
  const refunds = order.refunds.map(
    ({ id, amount, reason }) => [id, `${moneyText(amount)} · ${reason}`] as const,
  );
  return [which, { kind: 'select', name: 'subjectId', label: 'Refund', options: refunds }];
}
