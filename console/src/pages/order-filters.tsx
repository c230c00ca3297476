import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Choice, DayField, Filter } from '../components/filter.tsx';
import { words } from '../format/words.ts';
import { filterOf, STATUSES, type OrderFilter } from './order-filter.ts';
import { readViews, writeViews, type SavedView } from './saved-views.ts';

export interface OrderFiltersProps {
  readonly filter: OrderFilter;
  readonly onChange: (filter: OrderFilter) => void;
  readonly onReload: () => void;
  /** What can be done with all that is listed. */
  readonly children: ComponentChildren;
}

export function OrderFilters({ filter, onChange, onReload, children }: OrderFiltersProps) {
  const set = (name: keyof OrderFilter, value: string): void => {
    const { [name]: _before, ...others } = filter;
    onChange(value === '' ? others : { ...others, [name]: value });
  };
  return (
    <div class="filters">
      <Choice
        label="Status"
        value={filter.status ?? ''}
        options={[['', 'any'], ...STATUSES.map((status) => [status, words(status)] as const)]}
        onChoose={(status) => set('status', status)}
      />
      <Choice
        label="Attention"
        value={filter.attention ?? ''}
        options={[
          ['', 'any'],
          ['true', 'needed'],
          ['false', 'not needed'],
        ]}
        onChoose={(attention) => set('attention', attention)}
      />
      <Filter label="Customer">
        {(id) => (
          <input
            id={id}
            value={filter.customerId ?? ''}
            placeholder="whole id"
            onChange={(event) => set('customerId', event.currentTarget.value.trim())}
          />
        )}
      </Filter>
      <DayField label="From" value={filter.createdAfter} onChange={(value) => set('createdAfter', value)} />
      <DayField
        label="Until"
        value={filter.createdBefore}
        onChange={(value) => set('createdBefore', value)}
        isEnd
      />
      <SavedViews filter={filter} onChange={onChange} />
      <button type="button" class="button" onClick={onReload}>
        Reload
      </button>
      {children}
    </div>
  );
}

function SavedViews({ filter, onChange }: Pick<OrderFiltersProps, 'filter' | 'onChange'>) {
  const [views, setViews] = useState(readViews);
  const present = views.find(({ query }) => isSame(query, filter));
  const store = (changed: readonly SavedView[]): void => {
    writeViews(changed);
    setViews(changed);
  };
  const save = (): void => {
    const name = globalThis.prompt('Name of this view')?.trim();
    if (name) store([...views.filter((view) => view.name !== name), { name, query: filter }]);
  };
  return (
    <>
      {views.length === 0 ? null : (
        <Choice
          label="View"
          value={present?.name ?? ''}
          options={[['', 'none'], ...views.map(({ name }) => [name, name] as const)]}
          onChoose={(name) => {
            const chosen = views.find((view) => view.name === name);
            onChange(chosen === undefined ? {} : filterOf(chosen.query));
          }}
        />
      )}
      {present !== undefined ? (
        <button type="button" class="button" onClick={() => store(views.filter((view) => view !== present))}>
          Forget view
        </button>
      ) : Object.keys(filter).length > 0 ? (
        <button type="button" class="button" onClick={save}>
          Save view
        </button>
      ) : null}
    </>
  );
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const text = (query: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text(one) === text(other);
}
