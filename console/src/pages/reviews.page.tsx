import { useState } from 'preact/hooks';
import type { QueuedReview } from '../api/operations.ts';
import type { Page } from '../api/types.ts';
import { Empty, Loaded } from '../components/feedback.tsx';
import { Choice } from '../components/filter.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, Amount, Deadline, OrderLink } from '../components/values.tsx';
import { useSession } from '../state/session.tsx';
import { useNow } from '../state/use-now.ts';
import { useRefresh } from '../state/use-refresh.ts';
import { usePagedList } from '../state/use-resource.ts';
import { ReviewPanel } from './review-panel.tsx';

const REFRESH_MS = 10_000;

type Whose = 'all' | 'mine';

/** Orders that wait for a person because they look like fraud. */
export function ReviewsPage() {
  const { client, me } = useSession();
  const [whose, setWhose] = useState<Whose>('all');
  const [opened, setOpened] = useState<string | null>(null);
  const now = useNow();
  const list = usePagedList<QueuedReview>(`reviews ${whose}`, (cursor, signal) =>
    client.get<Page<QueuedReview>>(
      '/v1/ops/reviews',
      { cursor, ...(whose === 'mine' ? { assignee: me.principal } : {}) },
      signal,
    ),
  );
  useRefresh(list.isLong ? null : list.refresh, REFRESH_MS);
  return (
    <>
      <div class="page-head">
        <h1>Reviews</h1>
        <div class="filters">
          <Choice
            label="Assigned to"
            value={whose}
            options={[
              ['all', 'anybody'],
              ['mine', 'me'],
            ]}
            onChoose={setWhose}
          />
          <button type="button" class="button" onClick={list.reload}>
            Reload
          </button>
        </div>
      </div>
      <Loaded what="orders under review" resource={list}>
        {(reviews) =>
          reviews.length === 0 ? (
            <Empty title={whose === 'mine' ? 'No review is yours' : 'No order is under review'}>
              Those that look like fraud wait here for a person.
            </Empty>
          ) : (
            <>
              <Table
                caption="Orders under review, the nearest deadline first"
                columns={columnsOf(opened, setOpened, now)}
                rows={reviews}
                keyOf={({ orderId }) => orderId}
                detail={({ orderId }) =>
                  orderId === opened ? <ReviewPanel orderId={orderId} onDecided={list.reload} /> : null
                }
              />
              <More list={list} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function columnsOf(
  opened: string | null,
  onOpen: (orderId: string | null) => void,
  nowMs: number,
): readonly Column<QueuedReview>[] {
  return [
    { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
    { title: 'Score', kind: 'number', cell: ({ score }) => score.toFixed(2) },
    { title: 'Total', kind: 'wide number', cell: ({ total }) => <Amount money={total} /> },
    { title: 'Customer', kind: 'wide', cell: ({ customerId }) => <span class="id">{customerId}</span> },
    { title: 'Assigned to', kind: 'wide', cell: ({ assignee }) => assignee ?? 'nobody' },
    { title: 'Since', kind: 'wide', cell: ({ since }) => <Ago instant={since} /> },
    {
      title: 'Deadline',
      cell: ({ deadline }) => <Deadline instant={deadline} isOverdue={Date.parse(deadline) < nowMs} />,
    },
    {
      title: '',
      cell: ({ orderId }) => {
        const isOpen = orderId === opened;
        return (
          <button
            type="button"
            class="button"
            aria-expanded={isOpen}
            onClick={() => onOpen(isOpen ? null : orderId)}
          >
            {isOpen ? 'Close' : 'Look'}
          </button>
        );
      },
    },
  ];
}
