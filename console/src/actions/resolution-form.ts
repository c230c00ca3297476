import type { Explanation } from '../api/operations.ts';
import { moneyText } from '../format/money.ts';
import { sentence } from '../format/words.ts';
import type { ActionContext, FormField, FormValues } from './form-field.ts';

/** Operations that a person can speak for; a label needs more than a word. */
const PAYMENT_KINDS = ['authorize', 'capture', 'void', 'refund'];

/** The one operation that is open, when there is one only. */
export function initialResolution(context: ActionContext): FormValues {
  const [first, second] = openOperations(context);
  return first !== undefined && second === undefined ? { operationKey: first.key } : {};
}

export function resolutionFields(context: ActionContext, { outcome }: FormValues): readonly FormField[] {
  const operations = openOperations(context);
  const operation = { name: 'operationKey', label: 'Operation' };
  return [
    operations.length === 0
      ? { ...operation, kind: 'text', hint: 'Its key, as the attention of the order says.', maxLength: 128 }
      : {
          ...operation,
          kind: 'select',
          options: operations.map(({ key, kind, amount }) => [
            key,
            `${sentence(kind)}${amount === null ? '' : ` ${moneyText(amount)}`} · ${key.split(':').slice(1).join(':')}`,
          ]),
        },
    {
      kind: 'choice',
      name: 'outcome',
      label: 'Outcome',
      options: [
        ['succeeded', 'It was done'],
        ['never_happened', 'It never happened'],
      ],
    },
    ...(outcome === 'succeeded'
      ? ([
          {
            kind: 'text',
            name: 'providerReference',
            label: "The provider's own id of it",
            maxLength: 255,
          },
        ] as const)
      : []),
    {
      kind: 'text',
      name: 'evidence',
      label: 'Evidence',
      hint: 'What it is known from; no names or card numbers.',
      maxLength: 500,
    },
  ];
}

export function resolutionBody(
  _context: ActionContext,
  { operationKey = '', outcome = '', providerReference = '', evidence = '' }: FormValues,
): Readonly<Record<string, unknown>> {
  return {
    operationKey: operationKey.trim(),
    outcome,
    evidence: evidence.trim(),
    ...(outcome === 'succeeded' ? { providerReference: providerReference.trim() } : {}),
  };
}

function openOperations({ explanation }: ActionContext): Explanation['facts']['operations'] {
  return (explanation?.facts.operations ?? []).filter(({ kind }) => PAYMENT_KINDS.includes(kind));
}
