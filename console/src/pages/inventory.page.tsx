import { useState } from 'preact/hooks';
import type { Inventory, ItemRow, Page, Shelf } from '../api/types.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { Empty, Loaded } from '../components/feedback.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { linkTo, type Route } from '../state/route.ts';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import { goTo } from '../state/use-route.ts';
import { usePagedList, useResource } from '../state/use-resource.ts';

export function InventoryPage({ route }: { readonly route: Route }) {
  return route.id === null ? <Items /> : <Shelves sku={route.id} />;
}

const ITEM_COLUMNS: readonly Column<ItemRow>[] = [
  {
    title: 'Item',
    cell: ({ sku }) => (
      <a class="id" href={linkTo('inventory', sku)} data-row="">
        {sku}
      </a>
    ),
  },
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Sold', kind: 'wide', cell: ({ active }) => (active ? 'yes' : 'no longer') },
];

function Items() {
  const { client } = useSession();
  const [prefix, setPrefix] = useState('');
  const list = usePagedList<ItemRow>(`items ${prefix}`, (cursor, signal) =>
    client.get<Page<ItemRow>>('/v1/items', { skuPrefix: prefix.trim(), cursor }, signal),
  );
  return (
    <>
      <div class="page-head">
        <h1>Inventory</h1>
        <form
          role="search"
          class="search"
          onSubmit={(event) => {
            event.preventDefault();
            if (prefix.trim() !== '') goTo(linkTo('inventory', prefix.trim()));
          }}
        >
          <label class="visually-hidden" for="sku">
            Beginning of a SKU
          </label>
          <input
            id="sku"
            data-search=""
            type="search"
            autocomplete="off"
            placeholder="How the SKU begins"
            value={prefix}
            onInput={(event) => setPrefix(event.currentTarget.value)}
          />
          <button type="submit" class="button">
            Open
          </button>
        </form>
      </div>
      <Loaded what="items" resource={list}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={prefix.trim() === '' ? 'There is no item yet' : 'No item begins like this'}>
              {prefix.trim() === ''
                ? 'Items are made by the API or by an import.'
                : 'Capital letters and small ones are different in a SKU.'}
            </Empty>
          ) : (
            <>
              <Table caption="Items by SKU" columns={ITEM_COLUMNS} rows={items} keyOf={({ sku }) => sku} />
              <More list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Shelves({ sku }: { readonly sku: string }) {
  const { client, may } = useSession();
  const inventory = useResource(sku, (signal) =>
    client.get<Inventory>(`/v1/inventory/${encodeURIComponent(sku)}`, {}, signal),
  );
  const [adjusted, setAdjusted] = useState<Shelf | null>(null);
  const close = (): void => {
    setAdjusted(null);
    inventory.reload();
  };
  const columns: readonly Column<Shelf>[] = [
    { title: 'Location', cell: ({ locationId }) => locationId },
    { title: 'On hand', kind: 'number', cell: ({ onHand }) => onHand.toLocaleString('en-GB') },
    { title: 'Reserved', kind: 'number', cell: ({ reserved }) => reserved.toLocaleString('en-GB') },
    { title: 'Available', kind: 'number', cell: ({ available }) => available.toLocaleString('en-GB') },
    {
      title: '',
      cell: (shelf) =>
        may('inventory:adjust') ? (
          <button
            type="button"
            class="button"
            data-row=""
            onClick={() => setAdjusted(shelf)}
            aria-label={`Adjust ${shelf.locationId}`}
          >
            Adjust
          </button>
        ) : null,
    },
  ];
  return (
    <>
      <p class="crumbs">
        <a href={linkTo('inventory')}>Inventory</a>
      </p>
      <div class="page-head">
        <h1>{sku}</h1>
        <button type="button" class="button" onClick={inventory.reload}>
          Reload
        </button>
      </div>
      <Loaded what="the shelves" resource={inventory}>
        {(view) => (
          <>
            <ul class="figures">
              {(['onHand', 'reserved', 'available'] as const).map((name) => (
                <li key={name} class="figure">
                  <span class="figure-name">{name === 'onHand' ? 'On hand' : name}</span>
                  <span class="figure-value">{view[name].toLocaleString('en-GB')}</span>
                </li>
              ))}
            </ul>
            <Table
              caption={`Shelves of ${sku}`}
              columns={columns}
              rows={view.locations}
              keyOf={({ locationId }) => locationId}
            />
          </>
        )}
      </Loaded>
      {adjusted === null ? null : <AdjustDialog sku={sku} shelf={adjusted} onClose={close} />}
    </>
  );
}

interface AdjustDialogProps {
  readonly sku: string;
  readonly shelf: Shelf;
  readonly onClose: () => void;
}

function AdjustDialog({ sku, shelf, onClose }: AdjustDialogProps) {
  const { client } = useSession();
  const notice = useNotice();
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const quantity = /^[+-]?\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
  return (
    <ActionDialog
      title={`Adjust ${sku} at ${shelf.locationId}`}
      confirm={quantity === 0 ? 'Adjust' : quantity > 0 ? `Add ${quantity}` : `Take ${-quantity} away`}
      missing={quantity === 0 ? 'Say by how much.' : reason.trim() === '' ? 'Say why.' : null}
      onClose={onClose}
      act={async (key) => {
        await client.post(
          `/v1/inventory/${encodeURIComponent(sku)}/adjustments`,
          { locationId: shelf.locationId, quantity, reason: reason.trim() },
          key,
        );
        notice(`${quantity > 0 ? '+' : ''}${quantity} of ${sku} at ${shelf.locationId}.`);
      }}
    >
      <Field
        label="By how much"
        hint="12 adds twelve, -3 takes three away."
        value={text}
        onInput={setText}
        inputMode="text"
        maxLength={10}
        isFirst
      />
      <p aria-live="polite">
        On hand {shelf.onHand} → <strong>{shelf.onHand + quantity}</strong>, {shelf.reserved} of them
        reserved.
      </p>
      <Field label="Reason" value={reason} onInput={setReason} />
    </ActionDialog>
  );
}
