/** The fields of a form, as its data says. */
import { useId } from 'preact/hooks';
import type { StockLocation } from '../api/operations.ts';
import { Field } from '../components/dialog.tsx';
import { Loaded } from '../components/feedback.tsx';
import { useSession } from '../state/session.tsx';
import { useResource } from '../state/use-resource.ts';
import { quantityName, type FormField, type FormValues } from './form-field.ts';

export interface FormFieldsProps {
  readonly fields: readonly FormField[];
  readonly values: FormValues;
  readonly onChange: (name: string, value: string) => void;
}

export function FormFields({ fields, values, onChange }: FormFieldsProps) {
  return (
    <>
      {fields.map((field, index) => (
        <OneField
          key={field.kind === 'quantities' ? 'quantities' : field.name}
          field={field}
          values={values}
          onChange={onChange}
          isFirst={index === 0}
        />
      ))}
    </>
  );
}

interface OneFieldProps<Kind extends FormField['kind']> extends Omit<FormFieldsProps, 'fields'> {
  readonly field: Extract<FormField, { readonly kind: Kind }>;
}

function OneField({
  field,
  isFirst,
  ...form
}: OneFieldProps<FormField['kind']> & { readonly isFirst: boolean }) {
  switch (field.kind) {
    case 'text': {
      const { label, hint, maxLength = 200, inputMode = 'text', check, name } = field;
      const value = form.values[name] ?? '';
      const wrong = value.trim() === '' ? null : (check?.(value.trim()) ?? null);
      const told = wrong ?? hint;
      return (
        <Field
          label={label}
          value={value}
          onInput={(text) => form.onChange(name, text)}
          maxLength={maxLength}
          inputMode={inputMode}
          isFirst={isFirst}
          {...(told === undefined ? {} : { hint: told })}
        />
      );
    }
    case 'choice':
      return <ChoiceField field={field} isFirst={isFirst} {...form} />;
    case 'select':
      return <SelectField field={field} {...form} />;
    case 'location':
      return <LocationField field={field} {...form} />;
    case 'quantities':
      return <QuantityFields field={field} {...form} />;
    case 'check':
      return (
        <label class="check">
          <input
            type="checkbox"
            checked={form.values[field.name] === 'yes'}
            onChange={(event) => form.onChange(field.name, event.currentTarget.checked ? 'yes' : '')}
          />
          {field.label}
        </label>
      );
  }
}

function ChoiceField({
  field: { name, label, options },
  values,
  onChange,
  isFirst,
}: OneFieldProps<'choice' | 'select'> & { readonly isFirst: boolean }) {
  const group = useId();
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {options.map(([value, title], index) => (
        <label key={value}>
          <input
            type="radio"
            name={group}
            checked={values[name] === value}
            autofocus={isFirst && index === 0}
            onChange={() => onChange(name, value)}
          />
          {title}
        </label>
      ))}
    </fieldset>
  );
}

function SelectField({
  field: { name, label, hint, options },
  values,
  onChange,
}: OneFieldProps<'choice' | 'select'>) {
  const id = useId();
  const value = values[name] ?? '';
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(name, event.currentTarget.value)}>
        {options.some(([one]) => one === value) ? null : <option value="">Choose…</option>}
        {options.map(([one, title]) => (
          <option key={one} value={one}>
            {title}
          </option>
        ))}
      </select>
      {hint === undefined ? null : <p class="hint">{hint}</p>}
    </div>
  );
}

function LocationField({ field, ...form }: OneFieldProps<'location'>) {
  const { client } = useSession();
  const locations = useResource('locations', (signal) =>
    client.get<{ readonly items: readonly StockLocation[] }>('/v1/locations', {}, signal),
  );
  return (
    <Loaded what="the locations" resource={locations}>
      {({ items }) => (
        <SelectField
          field={{
            ...field,
            kind: 'select',
            options: items.map(({ id, name }) => [id, id === name ? id : `${name} (${id})`] as const),
          }}
          {...form}
        />
      )}
    </Loaded>
  );
}

function QuantityFields({ field: { lines }, values, onChange }: OneFieldProps<'quantities'>) {
  return (
    <ul class="rows">
      {lines.map(({ lineId, sku, name, quantity }) => (
        <li key={lineId}>
          <label class="line-quantity">
            <input
              type="number"
              min={0}
              max={quantity}
              step={1}
              value={values[quantityName(lineId)] ?? '0'}
              onInput={(event) => onChange(quantityName(lineId), event.currentTarget.value)}
            />
            of {quantity} × {sku} {name}
          </label>
        </li>
      ))}
    </ul>
  );
}
