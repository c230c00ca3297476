import type { Journal, Order } from '../api/types.ts';
import { Amount, Ago, Status } from '../components/values.tsx';
import { sentence } from '../format/words.ts';

export interface MoneyPanelProps {
  readonly order: Order;
  readonly journals: readonly Journal[] | null;
}

/** Where the order's money is, and what was booked for it. */
export function MoneyPanel({ order, journals }: MoneyPanelProps) {
  const { total, captured, refunded, outstanding, refundDue } = order.totals;
  const rows = [
    ['Total', total],
    ['Captured', captured],
    ['Refunded', refunded],
    ['Not charged, or given back', outstanding],
    ...(refundDue.amountMinor === 0 ? [] : ([['Due to the customer', refundDue]] as const)),
  ] as const;
  return (
    <section class="panel" aria-labelledby="money">
      <h2 id="money">Money</h2>
      <dl class="sums">
        {rows.map(([name, money]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Amount money={money} />
            </dd>
          </div>
        ))}
      </dl>
      <AddsUp order={order} journals={journals} />
      <Refunds order={order} />
      {journals === null || journals.length === 0 ? null : (
        <details>
          <summary>Ledger ({journals.length === 1 ? 'one journal' : `${journals.length} journals`})</summary>
          <ul class="journals">
            {journals.map((journal) => (
              <li key={journal.id}>
                <span>{sentence(journal.kind)}</span> <Ago instant={journal.createdAt} />
                <ul>
                  {journal.entries.map(({ account, amount }) => (
                    <li key={account}>
                      <span class="muted">{account.replaceAll('_', ' ')}</span>
                      <Amount money={amount} />
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Said only where it was reckoned: total = captured − refunded + outstanding, and every journal sums to zero. */
function AddsUp({ order, journals }: MoneyPanelProps) {
  const { total, captured, refunded, outstanding } = order.totals;
  const isWhole =
    total.amountMinor === captured.amountMinor - refunded.amountMinor + outstanding.amountMinor &&
    (journals ?? []).every(
      ({ entries }) => entries.reduce((sum, { amount }) => sum + amount.amountMinor, 0) === 0,
    );
  return isWhole ? (
    <p class="adds-up">
      <span aria-hidden="true">✓</span> It adds up
    </p>
  ) : (
    <p class="adds-up does-not">It does not add up: call somebody who can look at the ledger.</p>
  );
}

function Refunds({ order }: { readonly order: Order }) {
  if (order.refunds.length === 0) return null;
  return (
    <>
      <h3>Refunds</h3>
      <ul class="rows">
        {order.refunds.map(({ id, status, amount, reason, failureCode, createdAt }) => (
          <li key={id}>
            <span>
              <Amount money={amount} /> <Status status={status} />
            </span>
            <span class="muted">
              {reason}
              {failureCode === null ? '' : `: ${failureCode}`} · <Ago instant={createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
