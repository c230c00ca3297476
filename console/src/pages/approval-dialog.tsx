import { useState } from 'preact/hooks';
import { outcomeText } from '../actions/action-words.ts';
import { PlanView } from '../actions/plan-view.tsx';
import { useDryRun } from '../actions/use-dry-run.ts';
import type { OperatorAction } from '../api/operations.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { ProblemNote } from '../components/feedback.tsx';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';

export interface Deciding {
  readonly action: OperatorAction;
  readonly decision: 'approve' | 'decline';
}

export function ApprovalDialog({ action, decision, onClose }: Deciding & { readonly onClose: () => void }) {
  const { client } = useSession();
  const notice = useNotice();
  const [reason, setReason] = useState('');
  const isApproval = decision === 'approve';
  const dryRun = useDryRun(action.orderId, action.action, isApproval ? bodyOf(action) : null);
  return (
    <ActionDialog
      title={isApproval ? 'Agree to this?' : 'Decline this?'}
      confirm={isApproval ? 'Approve' : 'Decline'}
      isDangerous={isApproval}
      missing={reason.trim() === '' ? 'Say why.' : null}
      onClose={onClose}
      act={async (key) => {
        const path = `/v1/ops/approvals/${encodeURIComponent(action.id)}/decisions`;
        const body = { decision, reason: reason.trim() };
        notice(outcomeText(await client.post<OperatorAction>(path, body, key)));
      }}
    >
      <p>
        {action.actor} asks for it: “{action.reason}”
      </p>
      <Field
        label="Reason"
        hint="Kept for ever with the action: no names, addresses or card numbers."
        value={reason}
        onInput={setReason}
        isFirst
      />
      <section class="plan" aria-label="What would happen" aria-busy={dryRun.isAsking} aria-live="polite">
        <h3>What would happen</h3>
        {!isApproval ? (
          <p>Nothing is done, and whoever asked sees your reason.</p>
        ) : dryRun.plan !== null ? (
          <PlanView plan={{ ...dryRun.plan, needsSecondPerson: false }} />
        ) : dryRun.problem !== null ? (
          // Only told: what has begun is carried to its end all the same.
          <ProblemNote problem={dryRun.problem} />
        ) : (
          <p class="muted">Asking the service…</p>
        )}
      </section>
    </ActionDialog>
  );
}

/** What was asked for, as a request for it. */
function bodyOf({ input }: OperatorAction): Readonly<Record<string, unknown>> {
  const { by, providerReference, ...others } = input;
  return {
    ...others,
    ...(typeof by === 'object' && by !== null && !('full' in by) ? by : {}),
    ...(typeof providerReference === 'string' ? { providerReference } : {}),
  };
}
