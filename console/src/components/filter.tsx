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

export interface DayFieldProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (instant: string) => void;
  /** The day itself still belongs to it. */
  readonly isEnd?: boolean;
}

/** A day as the person who looks has it; the service is asked for its first or last moment. */
export function DayField({ label, value, onChange, isEnd = false }: DayFieldProps) {
  const shift = isEnd ? 1 : 0;
  const shown = value === undefined ? '' : dayText(new Date(value), -shift);
  return (
    <Filter label={label}>
      {(id) => (
        <input
          id={id}
          type="date"
          value={shown}
          onChange={(event) => {
            const [year, month, day] = event.currentTarget.value.split('-').map(Number);
            const isWhole = year !== undefined && month !== undefined && day !== undefined;
            onChange(isWhole ? new Date(year, month - 1, day + shift).toISOString() : '');
          }}
        />
      )}
    </Filter>
  );
}

function dayText(time: Date, shiftDays: number): string {
  const day = new Date(time.getFullYear(), time.getMonth(), time.getDate() + shiftDays);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
