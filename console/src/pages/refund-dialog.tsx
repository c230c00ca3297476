import { useState } from 'preact/hooks';
import type { Money, Order } from '../api/types.ts';
import { ActionDialog, Field } from '../components/dialog.tsx';
import { Amount } from '../components/values.tsx';
import { amountText, moneyText, parseAmount } from '../format/money.ts';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import type { OrderDialogProps } from './cancel-dialog.tsx';

interface Refund {
  readonly status: string;
  readonly amount: Money;
}

/** What is asked for: an amount, or units of lines. */
interface Draft {
  readonly by: 'amount' | 'lines';
  readonly amount: string;
  readonly quantities: Readonly<Record<string, number>>;
  readonly restock: boolean;
  readonly reason: string;
}

export function RefundDialog({ order, onClose }: OrderDialogProps) {
  const { client } = useSession();
  const notice = useNotice();
  const { captured, refunded } = order.totals;
  const left = { ...captured, amountMinor: captured.amountMinor - refunded.amountMinor };
  const [draft, setDraft] = useState<Draft>({
    by: 'amount',
    amount: amountText(left),
    quantities: {},
    restock: false,
    reason: '',
  });
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const amountMinor = draft.by === 'amount' ? parseAmount(draft.amount, order.currency) : sumOf(order, draft);
  return (
    <ActionDialog
      title="Refund this order?"
      confirm={
        amountMinor === null || amountMinor === 0 ? 'Refund' : `Refund ${moneyText({ ...left, amountMinor })}`
      }
      isDangerous
      missing={missingOf(draft, amountMinor, left)}
      onClose={onClose}
      act={async (key) => {
        const refund = await client.post<Refund>(
          `/v1/orders/${order.id}/refunds`,
          bodyOf(draft, amountMinor),
          key,
        );
        notice(noticeOf(refund));
      }}
    >
      <p>
        The money goes back the way it came, and the customer gets a mail. Up to <Amount money={left} /> can
        go back.
      </p>
      <fieldset class="choice">
        <legend class="visually-hidden">Refund by</legend>
        {(['amount', 'lines'] as const).map((by) => (
          <label key={by}>
            <input type="radio" name="by" checked={draft.by === by} onChange={() => change({ by })} />
            {by === 'amount' ? 'An amount' : 'Lines'}
          </label>
        ))}
      </fieldset>
      {draft.by === 'amount' ? (
        <Field
          label={`Amount, ${order.currency}`}
          inputMode="decimal"
          value={draft.amount}
          onInput={(amount) => change({ amount })}
        />
      ) : (
        <LineQuantities order={order} draft={draft} change={change} />
      )}
      <Field
        label="Reason"
        hint="It becomes part of the order's events: no names, addresses or card numbers."
        value={draft.reason}
        onInput={(reason) => change({ reason })}
        isFirst
      />
    </ActionDialog>
  );
}

function LineQuantities({
  order,
  draft,
  change,
}: {
  readonly order: Order;
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}) {
  return (
    <>
      <ul class="rows">
        {order.lines.map(({ lineId, sku, name, quantity }) => (
          <li key={lineId}>
            <label class="line-quantity">
              <input
                type="number"
                min={0}
                max={quantity}
                step={1}
                value={draft.quantities[lineId] ?? 0}
                onInput={(event) =>
                  change({ quantities: { ...draft.quantities, [lineId]: Number(event.currentTarget.value) } })
                }
              />
              of {quantity} × {sku} {name}
            </label>
          </li>
        ))}
      </ul>
      <label class="check">
        <input
          type="checkbox"
          checked={draft.restock}
          onChange={(event) => change({ restock: event.currentTarget.checked })}
        />
        They came back: put them on the shelves again
      </label>
    </>
  );
}

function chosenLines({ quantities }: Draft): { readonly lineId: string; readonly quantity: number }[] {
  return Object.entries(quantities).flatMap(([lineId, quantity]) =>
    quantity > 0 ? [{ lineId, quantity }] : [],
  );
}

function sumOf(order: Order, draft: Draft): number {
  const priceOf = (lineId: string): number =>
    order.lines.find((line) => line.lineId === lineId)?.unitPrice.amountMinor ?? 0;
  return chosenLines(draft).reduce((sum, { lineId, quantity }) => sum + quantity * priceOf(lineId), 0);
}

function missingOf(draft: Draft, amountMinor: number | null, left: Money): string | null {
  if (amountMinor === null) return 'That is no amount.';
  if (amountMinor === 0) return draft.by === 'amount' ? 'Say how much.' : 'Choose units of a line.';
  if (amountMinor > left.amountMinor) return `That is more than ${moneyText(left)}.`;
  return draft.reason.trim() === '' ? 'Say why.' : null;
}

function bodyOf(draft: Draft, amountMinor: number | null): Readonly<Record<string, unknown>> {
  const reason = draft.reason.trim();
  return draft.by === 'amount'
    ? { amountMinor, reason }
    : { lines: chosenLines(draft), reason, restock: draft.restock };
}

function noticeOf({ status, amount }: Refund): string {
  if (status === 'succeeded') return `${moneyText(amount)} went back to the customer.`;
  if (status === 'failed') return 'The payment provider refused the refund; the order says why.';
  return 'The refund is asked for, and not done yet.';
}
