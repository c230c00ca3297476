import { ACTION_FORMS, isActionName } from '../actions/action-forms.ts';
import type { AttentionCounts, AttentionItem, Severity } from '../api/operations.ts';
import type { Page } from '../api/types.ts';
import { Empty, Loaded } from '../components/feedback.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, Amount, Deadline, OrderLink, Status } from '../components/values.tsx';
import { sentence, words } from '../format/words.ts';
import { linkTo, type Route } from '../state/route.ts';
import { useSession } from '../state/session.tsx';
import { useRefresh } from '../state/use-refresh.ts';
import { usePagedList, useResource } from '../state/use-resource.ts';

const REFRESH_MS = 5_000;
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** The queue of what needs a person. */
export function AttentionPage({ route }: { readonly route: Route }) {
  const { client, may } = useSession();
  const severity = SEVERITIES.find((one) => one === route.query['severity']);
  const list = usePagedList<AttentionItem>(`attention ${severity ?? ''}`, (cursor, signal) =>
    client.get<Page<AttentionItem>>('/v1/ops/attention', { severity, cursor }, signal),
  );
  const counts = useResource('attention counts', (signal) =>
    client.get<AttentionCounts>('/v1/ops/attention/counts', {}, signal),
  );
  useRefresh(() => {
    counts.refresh();
    // More pages are not thrown away by the clock.
    if (!list.isLong) list.refresh();
  }, REFRESH_MS);
  const reload = (): void => {
    list.reload();
    counts.reload();
  };
  return (
    <>
      <div class="page-head">
        <h1>Attention</h1>
        <button type="button" class="button" onClick={reload}>
          Reload
        </button>
      </div>
      <Severities counts={counts.value} chosen={severity} />
      <Loaded what="orders that need a person" resource={list}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={severity === undefined ? 'No order needs a person' : `Nothing is ${severity}`}>
              Nothing has to be done here.
            </Empty>
          ) : (
            <>
              <Table
                caption="Orders that need a person, the most urgent first"
                columns={columnsOf(may('actions:run'))}
                rows={items}
                keyOf={({ orderId, code }) => `${orderId} ${code}`}
              />
              <More list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

interface SeveritiesProps {
  readonly counts: AttentionCounts | null;
  readonly chosen: Severity | undefined;
}

/** How many there are of each; each narrows the list, and the chosen one lets all come back. */
function Severities({ counts, chosen }: SeveritiesProps) {
  if (counts === null) return null;
  return (
    <ul class="severities" aria-label="By severity">
      {SEVERITIES.map((severity) => {
        const isChosen = severity === chosen;
        return (
          <li key={severity}>
            <a
              class="severity"
              href={linkTo('attention', undefined, isChosen ? {} : { severity })}
              {...(isChosen ? { 'aria-current': 'true' as const } : {})}
            >
              <Status status={severity} /> <span class="severity-count">{counts[severity]}</span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function columnsOf(mayAct: boolean): readonly Column<AttentionItem>[] {
  return [
    { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
    { title: 'Severity', cell: ({ severity }) => <Status status={severity} /> },
    { title: 'Why', cell: Why },
    {
      title: 'Order is',
      kind: 'wide',
      cell: ({ status, total }) => (
        <>
          <Status status={status} /> <Amount money={total} />
        </>
      ),
    },
    { title: 'Whose turn', kind: 'wide', cell: ({ owner }) => words(owner) },
    { title: 'Since', kind: 'wide', cell: ({ since }) => <Ago instant={since} /> },
    {
      title: 'Deadline',
      cell: ({ deadline, overdue }) => <Deadline instant={deadline} isOverdue={overdue} />,
    },
    ...(mayAct ? [{ title: '', kind: 'wide' as const, cell: Helping }] : []),
  ];
}

function Why({ code, message, runbook }: AttentionItem) {
  return (
    <>
      <strong>{sentence(code)}</strong>
      <span class="explain">{message}</span>
      <a href={runbook} target="_blank" rel="noreferrer">
        Runbook
      </a>
    </>
  );
}

/** Opens the order, with its explanation, and the dialog above it. */
function Helping({ orderId, actions }: AttentionItem) {
  return (
    <span class="row-actions">
      {actions.filter(isActionName).map((action) => (
        <a key={action} class="button" href={linkTo('orders', orderId, { action })}>
          {ACTION_FORMS[action].button}
        </a>
      ))}
    </span>
  );
}
