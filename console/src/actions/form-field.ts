/** What a form can ask for, and what is missing in it. */
import type { Explanation } from '../api/operations.ts';
import type { Order } from '../api/types.ts';

/** What stands in a form, by the names of its fields; what is not there is empty. */
export type FormValues = Readonly<Record<string, string>>;

export interface ActionContext {
  readonly order: Order;
  /** Null where the key may not see it, or it could not be had. */
  readonly explanation: Explanation | null;
}

interface NamedField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
}

export type FormField =
  | (NamedField & {
      readonly kind: 'text';
      readonly isOptional?: boolean;
      readonly maxLength?: number;
      readonly inputMode?: 'decimal' | 'text';
      /** What is wrong with what stands there; null when nothing is. */
      readonly check?: (text: string) => string | null;
    })
  | (NamedField & {
      /** A few that are all seen, or many of which one is. */
      readonly kind: 'choice' | 'select';
      readonly options: readonly (readonly [value: string, title: string])[];
    })
  | (NamedField & { readonly kind: 'check' })
  /** One of the stock locations, which the field reads by itself. */
  | (NamedField & { readonly kind: 'location' })
  /** How many of each line; the value of a line has the name of {@link quantityName}. */
  | { readonly kind: 'quantities'; readonly lines: Order['lines'] };

export function quantityName(lineId: string): string {
  return `quantity ${lineId}`;
}

/** What is still to be filled in, or wrong; null when the service can be asked what it would do. */
export function missingOf(fields: readonly FormField[], values: FormValues): string | null {
  for (const field of fields) {
    const missing = missingOfField(field, values);
    if (missing !== null) return missing;
  }
  return null;
}

function missingOfField(field: FormField, values: FormValues): string | null {
  if (field.kind === 'check') return null;
  if (field.kind === 'quantities')
    return chosenLines(field.lines, values).length === 0 ? 'Choose units of a line.' : null;
  const text = (values[field.name] ?? '').trim();
  if (field.kind !== 'text') return text === '' ? `Choose: ${field.label.toLowerCase()}.` : null;
  if (text === '') return field.isOptional === true ? null : `Fill in: ${field.label.toLowerCase()}.`;
  return field.check?.(text) ?? null;
}

/** Lines of which something is chosen. */
export function chosenLines(
  lines: Order['lines'],
  values: FormValues,
): readonly { readonly lineId: string; readonly quantity: number }[] {
  return lines.flatMap(({ lineId }) => {
    const quantity = Number(values[quantityName(lineId)] ?? '0');
    return quantity > 0 ? [{ lineId, quantity }] : [];
  });
}
