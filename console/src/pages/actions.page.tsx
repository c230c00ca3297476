import { ACTION_FORMS, ACTIONS_IN_ORDER } from '../actions/action-forms.ts';
import { inputText, STATE_WORDS } from '../actions/action-words.ts';
import type { OperatorAction } from '../api/operations.ts';
import type { Page } from '../api/types.ts';
import { Empty, Loaded } from '../components/feedback.tsx';
import { Choice, DayField, Filter } from '../components/filter.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, OrderLink, Status } from '../components/values.tsx';
import { sentence } from '../format/words.ts';
import { linkTo, type Route } from '../state/route.ts';
import { useSession } from '../state/session.tsx';
import { usePagedList } from '../state/use-resource.ts';
import { replaceWith } from '../state/use-route.ts';

/** By the names of `GET /v1/ops/actions`. */
const NAMES = ['actor', 'action', 'since', 'bulkId'] as const;
type ActionFilter = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

/** The trail: who did what to which order, why, and what became of it. */
export function ActionsPage({ route }: { readonly route: Route }) {
  const { client } = useSession();
  const filter: ActionFilter = Object.fromEntries(
    NAMES.flatMap((name) => (route.query[name] ? [[name, route.query[name]]] : [])),
  );
  const list = usePagedList<OperatorAction>(JSON.stringify(filter), (cursor, signal) =>
    client.get<Page<OperatorAction>>('/v1/ops/actions', { ...filter, cursor }, signal),
  );
  return (
    <>
      <div class="page-head">
        <h1>Actions</h1>
        <button type="button" class="button" onClick={list.reload}>
          Reload
        </button>
      </div>
      <Filters filter={filter} />
      <Loaded what="what people did" resource={list}>
        {(actions) =>
          actions.length === 0 ? (
            <Empty title="No action is like this">
              {Object.keys(filter).length === 0
                ? 'What people do to orders is written down here.'
                : 'Take a filter away to see more.'}
            </Empty>
          ) : (
            <>
              <Table
                caption="What people did to orders, the newest first"
                columns={COLUMNS}
                rows={actions}
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

function Filters({ filter }: { readonly filter: ActionFilter }) {
  const { me } = useSession();
  const set = (name: keyof ActionFilter, value: string): void => {
    const { [name]: _before, ...others } = filter;
    replaceWith(linkTo('actions', undefined, value === '' ? others : { ...others, [name]: value }));
  };
  return (
    <div class="filters">
      <Filter label="Who">
        {(id) => (
          <input
            id={id}
            value={filter.actor ?? ''}
            placeholder={me.principal}
            onChange={(event) => set('actor', event.currentTarget.value.trim())}
          />
        )}
      </Filter>
      <Choice
        label="Action"
        value={filter.action ?? ''}
        options={[['', 'any'], ...ACTIONS_IN_ORDER.map((name) => [name, ACTION_FORMS[name].button] as const)]}
        onChoose={(action) => set('action', action)}
      />
      <DayField label="Since" value={filter.since} onChange={(since) => set('since', since)} />
      <button
        type="button"
        class="button"
        onClick={() => set('actor', filter.actor === me.principal ? '' : me.principal)}
        aria-pressed={filter.actor === me.principal}
      >
        Only mine
      </button>
      {filter.bulkId === undefined ? null : (
        <button type="button" class="button" onClick={() => set('bulkId', '')} aria-pressed>
          Only of one bulk
        </button>
      )}
    </div>
  );
}

const COLUMNS: readonly Column<OperatorAction>[] = [
  { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
  {
    title: 'What, and why',
    cell: (action) => (
      <>
        <strong>{sentence(action.action)}</strong> {inputText(action)}
        <span class="explain">
          “{action.reason}”
          {action.bulkId === null ? null : (
            <>
              {' · '}
              <a href={linkTo('bulk', action.bulkId)}>one of many</a>
            </>
          )}
        </span>
      </>
    ),
  },
  {
    title: 'Who',
    kind: 'wide',
    cell: ({ actor, role }) => (
      <>
        <span class="id">{actor}</span> <span class="muted">{role}</span>
      </>
    ),
  },
  {
    title: 'Outcome',
    cell: ({ state, outcomes }) => (
      <>
        <Status status={state} text={STATE_WORDS[state]} />
        <span class="explain wide">{outcomes.at(-1)?.detail}</span>
      </>
    ),
  },
  { title: 'When', cell: ({ askedAt }) => <Ago instant={askedAt} /> },
];
