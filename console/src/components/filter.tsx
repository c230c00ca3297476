import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface FilterProps {
  readonly label: string;
  /** @param id what the field must have as its id, to be the one of the label */
  readonly children: (id: string) => ComponentChildren;
}

/** A field of a list with its name above it. */
export function Filter({ label, children }: FilterProps) {
  const id = useId();
  return (
    <div class="filter">
      <label for={id}>{label}</label>
      {children(id)}
    </div>
  );
}

export interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  /** Each value with what is shown for it. */
  readonly options: readonly (readonly [value: Value, title: string])[];
  readonly onChoose: (value: Value) => void;
}

export function Choice<Value extends string>({ label, value, options, onChoose }: ChoiceProps<Value>) {
  return (
    <Filter label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value as Value)}>
          {options.map(([one, title]) => (
            <option key={one} value={one}>
              {title}
            </option>
          ))}
        </select>
      )}
    </Filter>
  );
}
