import { useState } from 'preact/hooks';
import type { Order } from '../api/types.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { Amount } from '../components/values.tsx';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';

export interface OrderDialogProps {
  readonly order: Order;
  readonly onClose: () => void;
}

export function CancelDialog({ order, onClose }: OrderDialogProps) {
  const { client } = useSession();
  const notice = useNotice();
  const [reason, setReason] = useState('');
  const { captured, refunded, total } = order.totals;
  const paid = { ...captured, amountMinor: captured.amountMinor - refunded.amountMinor };
  const units = order.lines.reduce(
    (sum, { allocations }) => sum + allocations.reduce((held, { quantity }) => held + quantity, 0),
    0,
  );
  return (
    <ActionDialog
      title="Cancel this order?"
      confirm="Cancel the order"
      isDangerous
      missing={reason.trim() === '' ? 'Say why.' : null}
      onClose={onClose}
      act={async (key) => {
        const after = await client.post<Order>(
          `/v1/orders/${order.id}/cancel`,
          { reason: reason.trim() },
          key,
        );
        notice(after.status === 'cancelled' ? 'The order is cancelled.' : 'The order is being cancelled.');
      }}
    >
      <p>This cannot be taken back. What happens:</p>
      <ul>
        <li>
          {paid.amountMinor > 0 ? (
            <>
              <Amount money={paid} /> goes back to the customer.
            </>
          ) : order.paymentStatus === 'authorized' ? (
            <>
              The hold on <Amount money={total} /> is let go; nothing was charged.
            </>
          ) : (
            <>Nothing was charged, so no money moves.</>
          )}
        </li>
        <li>
          {units === 0
            ? 'No stock is held for it.'
            : `${units} ${units === 1 ? 'unit' : 'units'} can be sold again.`}
        </li>
        <li>Parcels that have not left are stopped, and the customer gets a mail.</li>
      </ul>
      <Field
        label="Reason"
        hint="It becomes part of the order's events: no names, addresses or card numbers."
        value={reason}
        onInput={setReason}
        isFirst
      />
    </ActionDialog>
  );
}
