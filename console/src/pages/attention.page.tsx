import type { AttentionItem, Order, Page } from '../api/types.ts';
import { Empty, Loaded } from '../components/feedback.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, Amount, OrderLink, Status } from '../components/values.tsx';
import { sentence, words } from '../format/words.ts';
import { useSession, type Session } from '../state/session.tsx';
import { usePagedList } from '../state/use-resource.ts';

export function AttentionPage() {
  const session = useSession();
  const list = usePagedList<AttentionItem>('attention', (cursor, signal) =>
    readQueue(session, cursor, signal),
  );
  return (
    <>
      <div class="page-head">
        <h1>Attention</h1>
        <button type="button" class="button" onClick={list.reload}>
          Reload
        </button>
      </div>
      <Loaded what="orders that need a person" resource={list}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="No order needs a person">Nothing has to be done here.</Empty>
          ) : (
            <>
              <Table
                caption="Orders that need a person, the most urgent first"
                columns={columnsOf(items)}
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

/** A service that has no queue of its own marks the orders, and those are the queue then. */
async function readQueue(
  { client, may }: Session,
  cursor: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Page<AttentionItem>> {
  if (may('attention:read')) return client.get<Page<AttentionItem>>('/v1/ops/attention', { cursor }, signal);
  const orders = await client.get<Page<Order>>('/v1/orders', { attention: true, cursor }, signal);
  return { items: orders.items.flatMap(toItems), nextCursor: orders.nextCursor };
}

function toItems({ id, attentions, status, totals }: Order): readonly AttentionItem[] {
  return attentions.map(({ code, message, since }) => ({
    orderId: id,
    code,
    message,
    since,
    status,
    total: totals.total,
    severity: null,
    owner: null,
    deadline: null,
    overdue: false,
    runbook: null,
  }));
}

/** A column that has nothing in any row is not shown. */
function columnsOf(items: readonly AttentionItem[]): readonly Column<AttentionItem>[] {
  const hasSeverity = items.some(({ severity }) => severity !== null);
  return [
    { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
    ...(hasSeverity ? [SEVERITY] : []),
    { title: 'Why', cell: Why },
    { title: 'Status', kind: 'wide', cell: ({ status }) => <Status status={status} /> },
    {
      title: 'Total',
      kind: 'wide number',
      cell: ({ total }) => (total === null ? null : <Amount money={total} />),
    },
    { title: 'Since', cell: ({ since }) => <Ago instant={since} /> },
    ...(hasSeverity ? [OWNER, DEADLINE] : []),
  ];
}

const SEVERITY: Column<AttentionItem> = {
  title: 'Severity',
  cell: ({ severity }) => (severity === null ? null : <Status status={severity} />),
};
const OWNER: Column<AttentionItem> = {
  title: 'Whose turn',
  kind: 'wide',
  cell: ({ owner }) => (owner === null ? null : words(owner)),
};
const DEADLINE: Column<AttentionItem> = {
  title: 'Deadline',
  cell: ({ deadline, overdue }) =>
    deadline === null ? null : (
      <span class={overdue ? 'overdue' : ''}>
        {overdue ? 'overdue, ' : ''}
        <Ago instant={deadline} />
      </span>
    ),
};

function Why({ code, message, runbook }: AttentionItem) {
  // A runbook that is a file of the project has no address here, and its name is help enough.
  const isAddress = runbook !== null && /^(https?:\/\/|\/(?!\/))/.test(runbook);
  return (
    <>
      <strong>{sentence(code)}</strong>
      <span class="explain">{message}</span>
      {runbook === null ? null : isAddress ? (
        <a href={runbook} target="_blank" rel="noreferrer">
          Runbook
        </a>
      ) : (
        <span class="muted">Runbook: {runbook}</span>
      )}
    </>
  );
}
