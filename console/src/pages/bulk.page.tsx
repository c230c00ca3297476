import type { Bulk, BulkState } from '../api/bulk.ts';
import type { Page } from '../api/types.ts';
import { Empty, Loaded } from '../components/feedback.tsx';
import { Choice } from '../components/filter.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, Status } from '../components/values.tsx';
import { linkTo, type Route } from '../state/route.ts';
import { useSession } from '../state/session.tsx';
import { useRefresh } from '../state/use-refresh.ts';
import { usePagedList } from '../state/use-resource.ts';
import { replaceWith } from '../state/use-route.ts';
import { BulkForm } from './bulk-form.tsx';
import { BulkProgress } from './bulk-progress.tsx';
import { BULK_STATE_WORDS, bulkTitle, conditionsText } from './bulk-words.ts';

const REFRESH_MS = 5_000;

/** The same action upon many orders: those that there are, one of them, or a new one. */
export function BulkPage({ route }: { readonly route: Route }) {
  if (route.id === null) return <Bulks route={route} />;
  return route.id === 'new' ? <BulkForm route={route} /> : <BulkProgress bulkId={route.id} />;
}

function Bulks({ route }: { readonly route: Route }) {
  const { client, may } = useSession();
  const state = route.query['state'] ?? '';
  const list = usePagedList<Bulk>(`bulks ${state}`, (cursor, signal) =>
    client.get<Page<Bulk>>('/v1/ops/bulk', { state, cursor }, signal),
  );
  useRefresh(list.isLong ? null : list.refresh, REFRESH_MS);
  return (
    <>
      <div class="page-head">
        <h1>Bulk</h1>
        <div class="filters">
          <Choice
            label="State"
            value={state}
            options={[['', 'any'], ...(Object.entries(BULK_STATE_WORDS) as [BulkState, string][])]}
            onChoose={(chosen) =>
              replaceWith(linkTo('bulk', undefined, chosen === '' ? {} : { state: chosen }))
            }
          />
          <button type="button" class="button" onClick={list.reload}>
            Reload
          </button>
          {may('actions:run') ? (
            <a class="button button-primary" href={linkTo('bulk', 'new')}>
              New bulk
            </a>
          ) : null}
        </div>
      </div>
      <Loaded what="what was done to many orders" resource={list}>
        {(bulks) =>
          bulks.length === 0 ? (
            <Empty title={state === '' ? 'Nothing was done to many orders at once' : 'No bulk is like this'}>
              Narrow the page Orders to the ones that you mean, and choose what is to be done to all of them.
            </Empty>
          ) : (
            <>
              <Table
                caption="What people did to many orders at once, the newest first"
                columns={COLUMNS}
                rows={bulks}
                keyOf={({ id }) => id}
              />
              <More list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

const COLUMNS: readonly Column<Bulk>[] = [
  {
    title: 'What, and why',
    cell: ({ id, action, orders, reason, filter }) => (
      <>
        <a href={linkTo('bulk', id)} data-row="">
          {bulkTitle(action, orders)}
        </a>
        <span class="explain">
          “{reason}” · {conditionsText(filter)}
        </span>
      </>
    ),
  },
  { title: 'State', cell: ({ state }) => <Status status={state} text={BULK_STATE_WORDS[state]} /> },
  { title: 'Done', kind: 'number', cell: ({ progress }) => progress.done.toLocaleString('en-GB') },
  {
    title: 'Not done',
    kind: 'wide number',
    cell: ({ progress }) => (progress.refused + progress.failed).toLocaleString('en-GB'),
  },
  { title: 'Left', kind: 'number', cell: ({ progress }) => progress.left.toLocaleString('en-GB') },
  {
    title: 'Who',
    kind: 'wide',
    cell: ({ actor, role }) => (
      <>
        <span class="id">{actor}</span> <span class="muted">{role}</span>
      </>
    ),
  },
  { title: 'When', cell: ({ askedAt }) => <Ago instant={askedAt} /> },
];
