import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.ts';
import type { Order } from '../api/types.ts';
import { Empty, Loaded, ProblemNote } from '../components/feedback.tsx';
import { More } from '../components/table.tsx';
import { linkTo, type Route } from '../state/route.ts';
import { useSession } from '../state/session.tsx';
import { goTo, replaceWith } from '../state/use-route.ts';
import { usePagedList, useResource } from '../state/use-resource.ts';
import { bulkLink } from './bulk-selection.ts';
import { filterOf, type OrderFilter } from './order-filter.ts';
import { OrderFilters } from './order-filters.tsx';
import { meaningOf, searchOrders } from './order-search.ts';
import { OrderTable } from './order-table.tsx';

export function OrdersPage({ route }: { readonly route: Route }) {
  const filter = filterOf(route.query);
  const [typed, setTyped] = useState('');
  // Not in the address: it may be somebody's mail address, and addresses are remembered.
  const [asked, setAsked] = useState<string | null>(null);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const meaning = meaningOf(typed);
    if (meaning?.kind === 'order') goTo(linkTo('orders', meaning.orderId));
    else setAsked(meaning === null ? null : typed.trim());
  };
  const clear = (): void => {
    setTyped('');
    setAsked(null);
  };

  return (
    <>
      <div class="page-head">
        <h1>Orders</h1>
        <form role="search" class="search" onSubmit={submit}>
          <label class="visually-hidden" for="order-search">
            Order id, tracking number, customer, mail address or amount
          </label>
          <input
            id="order-search"
            data-search=""
            type="search"
            autocomplete="off"
            placeholder="Order, parcel, customer, mail or £11.10"
            value={typed}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              if (event.currentTarget.value === '') setAsked(null);
            }}
          />
          <button type="submit" class="button">
            Search
          </button>
        </form>
      </div>
      {asked === null ? <OrderList filter={filter} /> : <FoundOrders asked={asked} onClear={clear} />}
    </>
  );
}

function OrderList({ filter }: { readonly filter: OrderFilter }) {
  const { client, may } = useSession();
  const list = usePagedList<Order>(JSON.stringify(filter), (cursor, signal) =>
    client.get('/v1/orders', { ...filter, limit: 50, cursor }, signal),
  );
  return (
    <>
      <OrderFilters
        filter={filter}
        onChange={(changed) => replaceWith(linkTo('orders', undefined, changed))}
        onReload={list.reload}
      >
        {may('orders:search') ? <ExportButton filter={filter} /> : null}
        {may('actions:run') ? <BulkLink filter={filter} /> : null}
      </OrderFilters>
      <Loaded what="orders" resource={list}>
        {(orders) =>
          orders.length === 0 ? (
            <Empty title="No order is like this">
              {Object.keys(filter).length === 0
                ? 'None has been placed yet.'
                : 'Take a filter away to see more.'}
            </Empty>
          ) : (
            <>
              <OrderTable orders={orders} />
              <More list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function FoundOrders({ asked, onClear }: { readonly asked: string; readonly onClear: () => void }) {
  const { client } = useSession();
  const found = useResource(`search ${asked}`, async () => {
    const meaning = meaningOf(asked);
    return meaning === null ? { items: [], total: 0 } : searchOrders(client, meaning);
  });
  return (
    <>
      <p class="filters" aria-live="polite">
        {found.value === null ? 'Searching' : foundText(found.value.items.length, found.value.total)} for{' '}
        <strong>{asked}</strong>
        <button type="button" class="button button-quiet" onClick={onClear}>
          Show all orders
        </button>
      </p>
      <Loaded what="what was found" resource={found}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing was found">
              A whole order id, tracking number, customer id, mail address or total is needed; parts of one
              find nothing.
            </Empty>
          ) : (
            <OrderTable orders={items} />
          )
        }
      </Loaded>
    </>
  );
}

function foundText(shown: number, total: number): string {
  if (total > shown) return `The newest ${shown} of ${total.toLocaleString('en-GB')} orders`;
  return total === 1 ? 'One order' : `${total} orders`;
}

/** Not where nothing is narrowed: a bulk is never about all orders. */
function BulkLink({ filter }: { readonly filter: OrderFilter }) {
  const link = bulkLink(filter);
  if (link === null) return null;
  return (
    <a class="button" href={link}>
      Act upon all of these
    </a>
  );
}

function ExportButton({ filter }: { readonly filter: OrderFilter }) {
  const { client } = useSession();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      saveFile(await client.download('/v1/ops/orders/export', filter), 'orders.csv');
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button
        type="button"
        class="button"
        onClick={() => void save()}
        disabled={isBusy}
        title="The orders of this list, 10,000 at most"
      >
        {isBusy ? 'Exporting…' : 'Export CSV'}
      </button>
      {problem === null ? null : <ProblemNote problem={problem} />}
    </>
  );
}

/** How long an export is kept for the browser to save it, milliseconds. */
const KEPT_MS = 60_000;

function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser reads it after this; what it has not read by then it never will.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
