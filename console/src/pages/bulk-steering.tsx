/** The dialogs that steer a bulk, and those by which a second person decides about it. */
import { useState } from 'preact/hooks';
import type { Bulk, BulkCommand } from '../api/bulk.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import { BULK_STATE_WORDS, bulkMoneyText } from './bulk-words.ts';

export type Steering = BulkCommand | 'approve' | 'decline';

interface SteeringWords {
  readonly button: string;
  readonly title: string;
  readonly meaning: string;
}

export const BULK_STEERING: Readonly<Record<Steering, SteeringWords>> = {
  pause: {
    button: 'Pause',
    title: 'Pause it?',
    meaning: 'It begins with no further order until it is resumed. What is under way comes to its end.',
  },
  resume: { button: 'Resume', title: 'Let it go on?', meaning: 'It goes on with the orders that are left.' },
  stop: {
    button: 'Stop',
    title: 'Stop it for good?',
    meaning: 'It begins with no further order, and cannot be resumed. What was done stays done.',
  },
  approve: {
    button: 'Approve',
    title: 'Agree to this?',
    meaning: 'It begins at once, as if it had needed nobody.',
  },
  decline: {
    button: 'Decline',
    title: 'Decline this?',
    meaning: 'Nothing is done, and whoever asked sees your reason.',
  },
};

export interface SteerDialogProps {
  readonly bulk: Bulk;
  readonly steering: Steering;
  readonly onClose: () => void;
}

export function SteerDialog({ bulk, steering, onClose }: SteerDialogProps) {
  const { client } = useSession();
  const notice = useNotice();
  const [reason, setReason] = useState('');
  const { button, title, meaning } = BULK_STEERING[steering];
  const isDecision = steering === 'approve' || steering === 'decline';
  const isWithdrawal = steering === 'stop' && bulk.state === 'pending_approval';
  return (
    <ActionDialog
      title={isWithdrawal ? 'Withdraw it?' : title}
      confirm={isWithdrawal ? 'Withdraw' : button}
      isDangerous={steering === 'stop' || steering === 'approve'}
      missing={reason.trim() === '' ? 'Say why.' : null}
      onClose={onClose}
      act={async (key) => {
        const path = `/v1/ops/bulk/${encodeURIComponent(bulk.id)}/${isDecision ? 'decisions' : steering}`;
        const body = { ...(isDecision ? { decision: steering } : {}), reason: reason.trim() };
        const { state } = await client.post<Bulk>(path, body, key);
        notice(`The bulk is ${BULK_STATE_WORDS[state]}.`);
      }}
    >
      <p>{isWithdrawal ? 'Nothing is done, and nobody is asked any more.' : meaning}</p>
      {isDecision && bulk.money.length > 0 ? <p>{bulk.money.map(bulkMoneyText).join(', ')}.</p> : null}
      <Field
        label="Reason"
        hint="Kept for ever: no names, addresses or card numbers."
        value={reason}
        onInput={setReason}
        isFirst
      />
    </ActionDialog>
  );
}
