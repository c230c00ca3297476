import { useState } from 'preact/hooks';
import type { Page, Review } from '../api/types.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { Empty, Loaded } from '../components/feedback.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, OrderLink } from '../components/values.tsx';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import { usePagedList } from '../state/use-resource.ts';

type Decision = 'approve' | 'reject';
type Deciding = { readonly review: Review; readonly decision: Decision };

export function ReviewsPage() {
  const { client, may } = useSession();
  const [deciding, setDeciding] = useState<Deciding | null>(null);
  const list = usePagedList<Review>('reviews', (cursor, signal) =>
    client.get<Page<Review>>('/v1/ops/reviews', { cursor }, signal),
  );
  const close = (): void => {
    setDeciding(null);
    list.reload();
  };
  return (
    <>
      <div class="page-head">
        <h1>Reviews</h1>
        <button type="button" class="button" onClick={list.reload}>
          Reload
        </button>
      </div>
      <Loaded what="orders under review" resource={list}>
        {(reviews) =>
          reviews.length === 0 ? (
            <Empty title="No order is under review">Those that look like fraud wait here for a person.</Empty>
          ) : (
            <>
              <Table
                caption="Orders under review, the nearest deadline first"
                columns={columnsOf(may('reviews:decide') ? setDeciding : null)}
                rows={reviews}
                keyOf={({ orderId }) => orderId}
              />
              <More list={list} />
            </>
          )
        }
      </Loaded>
      {deciding === null ? null : <DecisionDialog {...deciding} onClose={close} />}
    </>
  );
}

function columnsOf(onDecide: ((deciding: Deciding) => void) | null): readonly Column<Review>[] {
  return [
    { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
    { title: 'Score', kind: 'number', cell: ({ score }) => score?.toFixed(2) ?? '–' },
    { title: 'Assigned to', kind: 'wide', cell: ({ assignee }) => assignee ?? 'nobody' },
    { title: 'Since', kind: 'wide', cell: ({ since }) => <Ago instant={since} /> },
    { title: 'Deadline', cell: ({ deadline }) => (deadline === null ? '–' : <Ago instant={deadline} />) },
    ...(onDecide === null
      ? []
      : [
          {
            title: '',
            cell: (review: Review) => (
              <span class="row-actions">
                {(['approve', 'reject'] as const).map((decision) => (
                  <button
                    key={decision}
                    type="button"
                    class="button"
                    onClick={() => onDecide({ review, decision })}
                  >
                    {decision === 'approve' ? 'Approve' : 'Reject'}
                  </button>
                ))}
              </span>
            ),
          },
        ]),
  ];
}

function DecisionDialog({ review, decision, onClose }: Deciding & { readonly onClose: () => void }) {
  const { client } = useSession();
  const notice = useNotice();
  const [reason, setReason] = useState('');
  const isApproval = decision === 'approve';
  return (
    <ActionDialog
      title={isApproval ? 'Approve this order?' : 'Reject this order?'}
      confirm={isApproval ? 'Approve' : 'Reject'}
      isDangerous={!isApproval}
      missing={reason.trim() === '' ? 'Say why.' : null}
      onClose={onClose}
      act={async (key) => {
        await client.post(
          `/v1/ops/reviews/${encodeURIComponent(review.orderId)}/decisions`,
          { decision, reason: reason.trim() },
          key,
        );
        notice(isApproval ? 'The order goes on.' : 'The order is rejected.');
      }}
    >
      <p>
        {isApproval
          ? 'The payment is asked for, and the order goes on as any other.'
          : 'No money was asked for. The stock can be sold again, and the customer is told that the order was not accepted.'}
      </p>
      <Field label="Reason" value={reason} onInput={setReason} isFirst />
    </ActionDialog>
  );
}
