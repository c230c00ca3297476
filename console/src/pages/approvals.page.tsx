import { useState } from 'preact/hooks';
import { inputText, STATE_WORDS } from '../actions/action-words.ts';
import type { Bulk } from '../api/bulk.ts';
import type { OperatorAction } from '../api/operations.ts';
import type { Page } from '../api/types.ts';
import { Empty, Loaded, ProblemNote } from '../components/feedback.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, OrderLink, Status } from '../components/values.tsx';
import { sentence } from '../format/words.ts';
import { linkTo } from '../state/route.ts';
import { useApprovals } from '../state/approvals.tsx';
import { useSession } from '../state/session.tsx';
import { useRefresh } from '../state/use-refresh.ts';
import { usePagedList, useResource } from '../state/use-resource.ts';
import { bulkMoneyText, bulkTitle } from './bulk-words.ts';
import { ApprovalDialog, type Deciding } from './approval-dialog.tsx';

const REFRESH_MS = 10_000;
/** They are few: the newest are shown here, and all of them on their own page. */
const MOST_BULKS = 20;

/** What waits for a second person. */
export function ApprovalsPage() {
  const { client, may, me } = useSession();
  const approvals = useApprovals();
  const [deciding, setDeciding] = useState<Deciding | null>(null);
  const list = usePagedList<OperatorAction>('approvals', (cursor, signal) =>
    client.get<Page<OperatorAction>>('/v1/ops/approvals', { cursor }, signal),
  );
  const bulks = useResource('bulks that wait', (signal) =>
    client.get<Page<Bulk>>('/v1/ops/bulk', { state: 'pending_approval', limit: MOST_BULKS }, signal),
  );
  useRefresh(() => {
    bulks.refresh();
    if (!list.isLong) list.refresh();
  }, REFRESH_MS);
  const reload = (): void => {
    list.reload();
    bulks.reload();
  };
  const close = (): void => {
    setDeciding(null);
    list.reload();
    approvals.refresh();
  };
  return (
    <>
      <div class="page-head">
        <h1>Approvals</h1>
        <button type="button" class="button" onClick={reload}>
          Reload
        </button>
      </div>
      {bulks.problem === null ? null : <ProblemNote problem={bulks.problem} onRetry={bulks.reload} />}
      <WaitingBulks bulks={bulks.value?.items ?? []} />
      <Loaded what="what waits for a second person" resource={list}>
        {(actions) =>
          actions.length === 0 ? (
            bulks.value?.items.length !== 0 ? null : (
              <Empty title="Nothing waits for a second person">
                What is above the limit of one person waits here until another one agrees.
              </Empty>
            )
          ) : (
            <>
              <Table
                caption="Actions that wait for a second person, the oldest first"
                columns={columnsOf(may('actions:approve') ? setDeciding : null, me.principal)}
                rows={actions}
                keyOf={({ id }) => id}
              />
              <More list={list} />
            </>
          )
        }
      </Loaded>
      {deciding === null ? null : <ApprovalDialog {...deciding} onClose={close} />}
    </>
  );
}

/** Each is decided about on its own page, where it says what it means. */
function WaitingBulks({ bulks }: { readonly bulks: readonly Bulk[] }) {
  if (bulks.length === 0) return null;
  return (
    <ul class="panel rows waiting-bulks" aria-label="Bulks that wait for a second person">
      {bulks.map(({ id, action, orders, money, actor, reason, askedAt }) => (
        <li key={id}>
          <a href={linkTo('bulk', id)} data-row="">
            {bulkTitle(action, orders)}
          </a>
          <span class="muted">
            {money.map((one) => `${bulkMoneyText(one)} · `)}“{reason}” · {actor} · <Ago instant={askedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** @param onDecide null for who may not decide */
function columnsOf(
  onDecide: ((deciding: Deciding) => void) | null,
  myself: string,
): readonly Column<OperatorAction>[] {
  return [
    { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
    {
      title: 'What, and why',
      cell: (action) => (
        <>
          <strong>{sentence(action.action)}</strong> {inputText(action)}
          <span class="explain">“{action.reason}”</span>
        </>
      ),
    },
    {
      title: 'Asked by',
      cell: ({ actor, role }) => (
        <>
          <span class="id">{actor}</span> <span class="muted">{role}</span>
        </>
      ),
    },
    {
      title: 'State',
      kind: 'wide',
      cell: ({ state }) => <Status status={state} text={STATE_WORDS[state]} />,
    },
    { title: 'Since', cell: ({ askedAt }) => <Ago instant={askedAt} /> },
    {
      title: '',
      cell: (action) =>
        action.actor === myself ? (
          <span class="muted">Yours: somebody else decides.</span>
        ) : onDecide === null ? null : (
          <DecisionButtons action={action} onDecide={onDecide} />
        ),
    },
  ];
}

function DecisionButtons({
  action,
  onDecide,
}: {
  readonly action: OperatorAction;
  readonly onDecide: (deciding: Deciding) => void;
}) {
  const isAgreed = action.state === 'approved';
  return (
    <span class="row-actions">
      <button type="button" class="button" onClick={() => onDecide({ action, decision: 'approve' })}>
        {isAgreed ? 'Carry out' : 'Approve'}
      </button>
      {isAgreed ? null : (
        <button type="button" class="button" onClick={() => onDecide({ action, decision: 'decline' })}>
          Decline
        </button>
      )}
    </span>
  );
}
