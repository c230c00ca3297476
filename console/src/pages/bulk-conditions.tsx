/** The fields that say which orders a bulk means; what stands in them is in the address. */
import { DayField, Filter } from '../components/filter.tsx';
import { words } from '../format/words.ts';
import { linkTo } from '../state/route.ts';
import { replaceWith } from '../state/use-route.ts';
import { selectionOf, statusesOf, type BulkSelection } from './bulk-selection.ts';
import { STATUSES } from './order-filter.ts';

export function BulkConditions({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const selection = selectionOf(query);
  const set = (name: keyof BulkSelection, value: string): void => {
    const { [name]: _before, ...others } = query;
    replaceWith(linkTo('bulk', 'new', value === '' ? others : { ...others, [name]: value }));
  };
  const chosen = statusesOf(selection);
  const toggle = (status: string, isChosen: boolean): void => {
    const changed = STATUSES.filter((one) => (one === status ? isChosen : chosen.includes(one)));
    set('statuses', changed.join(','));
  };
  const text = (name: 'customerId' | 'sku' | 'attentionCode', label: string, placeholder: string) => (
    <Filter label={label}>
      {(id) => (
        <input
          id={id}
          value={selection[name] ?? ''}
          placeholder={placeholder}
          onChange={(event) => set(name, event.currentTarget.value.trim())}
        />
      )}
    </Filter>
  );
  return (
    <>
      <fieldset class="choice statuses">
        <legend>Status, one of</legend>
        {STATUSES.map((status) => (
          <label key={status}>
            <input
              type="checkbox"
              checked={chosen.includes(status)}
              onChange={(event) => toggle(status, event.currentTarget.checked)}
            />
            {words(status)}
          </label>
        ))}
      </fieldset>
      <div class="filters">
        {text('sku', 'Item', 'whole SKU')}
        {text('customerId', 'Customer', 'whole id')}
        {text('attentionCode', 'Cause', 'as SHIPMENT_LATE')}
        <DayField
          label="From"
          value={selection.createdAfter}
          onChange={(instant) => set('createdAfter', instant)}
        />
        <DayField
          label="Until"
          value={selection.createdBefore}
          onChange={(instant) => set('createdBefore', instant)}
          isEnd
        />
      </div>
    </>
  );
}
