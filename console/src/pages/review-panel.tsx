/** Why an order is under review, and what a person can decide about it. */
import { useState } from 'preact/hooks';
import type { Assessment, Review, ReviewDecision } from '../api/operations.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { Loaded, ProblemNote } from '../components/feedback.tsx';
import { SignalBars } from '../components/signal-bars.tsx';
import { Ago } from '../components/values.tsx';
import { newIdempotencyKey } from '../api/client.ts';
import { problemOf, type Problem } from '../api/problem.ts';
import { sentence, words } from '../format/words.ts';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import { useResource } from '../state/use-resource.ts';

export interface ReviewPanelProps {
  readonly orderId: string;
  readonly onDecided: () => void;
}

export function ReviewPanel({ orderId, onDecided }: ReviewPanelProps) {
  const { client } = useSession();
  const assessment = useResource(`fraud ${orderId}`, (signal) =>
    client.get<Assessment>(`/v1/ops/orders/${encodeURIComponent(orderId)}/fraud`, {}, signal),
  );
  const changed = (): void => {
    assessment.reload();
    onDecided();
  };
  return (
    <section class="panel review" aria-label="Review">
      <Loaded what="what screening said" resource={assessment}>
        {(found) => (
          <>
            <Score assessment={found} />
            {found.parts.map((part) => (
              <div key={part.scorer} class="scorer">
                <h3>
                  {sentence(part.scorer)}: {part.score.toFixed(2)}{' '}
                  <span class="muted">counts {Math.round(part.weight * 100)} of 100</span>
                </h3>
                <SignalBars signals={part.signals} />
              </div>
            ))}
            {found.review === null ? null : <Decide review={found.review} onChanged={changed} />}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Score({ assessment: { score, outcome, degraded, at } }: { readonly assessment: Assessment }) {
  return (
    <>
      <h2>
        Score {score.toFixed(2)} <span class="muted">from 0, surely good, to 1, surely fraud</span>
      </h2>
      <meter class="score" min={0} max={1} value={score} aria-label="Score" />
      <p class="muted">
        Screening said: {words(outcome)}, <Ago instant={at} />.
        {degraded.length === 0 ? '' : ` Did not answer: ${degraded.map(words).join(', ')}.`}
      </p>
    </>
  );
}

function Decide({ review, onChanged }: { readonly review: Review; readonly onChanged: () => void }) {
  const { may } = useSession();
  const [decision, setDecision] = useState<ReviewDecision | null>(null);
  const close = (): void => {
    setDecision(null);
    onChanged();
  };
  if (review.state !== 'open') return <p>The review is over: it is {words(review.state)}.</p>;
  return (
    <>
      <p class="muted">
        Assigned to {review.assignee ?? 'nobody'} · decided by itself <Ago instant={review.deadline} />
      </p>
      {may('reviews:decide') ? (
        <div class="actions">
          <AssignButton review={review} onChanged={onChanged} />
          <button type="button" class="button" onClick={() => setDecision('approve')}>
            Approve
          </button>
          <button type="button" class="button button-danger" onClick={() => setDecision('reject')}>
            Reject
          </button>
        </div>
      ) : null}
      {decision === null ? null : (
        <DecisionDialog orderId={review.orderId} decision={decision} onClose={close} />
      )}
    </>
  );
}

/** Among the staff only: nothing becomes of the order by it, so nobody is asked again. */
function AssignButton({ review, onChanged }: { readonly review: Review; readonly onChanged: () => void }) {
  const { client, me } = useSession();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const isMine = review.assignee === me.principal;
  const assign = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const path = `/v1/ops/reviews/${encodeURIComponent(review.orderId)}/assignments`;
      await client.post<Review>(path, { assignee: isMine ? null : me.principal }, newIdempotencyKey());
      onChanged();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="button" disabled={isBusy} onClick={() => void assign()}>
        {isMine ? 'Give it back' : 'Assign to me'}
      </button>
      {problem === null ? null : <ProblemNote problem={problem} />}
    </>
  );
}

interface DecisionDialogProps {
  readonly orderId: string;
  readonly decision: ReviewDecision;
  readonly onClose: () => void;
}

function DecisionDialog({ orderId, decision, onClose }: DecisionDialogProps) {
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
        const path = `/v1/ops/reviews/${encodeURIComponent(orderId)}/decisions`;
        await client.post(path, { decision, reason: reason.trim() }, key);
        notice(isApproval ? 'The order goes on.' : 'The order is rejected.');
      }}
    >
      <p>
        {isApproval
          ? 'The payment is asked for, and the order goes on as any other.'
          : 'No money was asked for. The stock can be sold again, and the customer is told that the order was not accepted.'}
      </p>
      <Field
        label="Reason"
        hint="For the staff; the customer is not told."
        value={reason}
        onInput={setReason}
        maxLength={1_000}
        isFirst
      />
    </ActionDialog>
  );
}
