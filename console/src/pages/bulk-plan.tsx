/** What a bulk would mean, as the service says it. */
import type { BulkActionName, PlannedBulk, RefusedOrders } from '../api/bulk.ts';
import { Table, type Column } from '../components/table.tsx';
import { Amount, OrderLink, Status } from '../components/values.tsx';
import { durationText } from '../format/time.ts';
import { words } from '../format/words.ts';
import { bulkMoneyText, bulkTitle, ordersText } from './bulk-words.ts';

const SECOND_MS = 1_000;

export interface BulkPlanProps {
  readonly plan: PlannedBulk;
  readonly action: BulkActionName;
  readonly onStart: () => void;
}

export function BulkPlan({ plan, action, onStart }: BulkPlanProps) {
  const { orders, possible, refused, money, unitsFreed, mails, needsSecondPerson, perSecond, takesSeconds } =
    plan;
  return (
    <section aria-label="What would happen">
      <div class="panel bulk-plan">
        <h2>What would happen</h2>
        <dl class="effects">
          <Effect name="Possible" text={`for ${possible.toLocaleString('en-GB')} of ${ordersText(orders)}`} />
          {money.map((one) => (
            <Effect key={`${one.kind} ${one.amount.currency}`} name="Money" text={bulkMoneyText(one)} />
          ))}
          {unitsFreed === 0 ? null : (
            <Effect name="Stock" text={`${unitsFreed.toLocaleString('en-GB')} units are free again`} />
          )}
          {mails === 0 ? null : <Effect name="Mails" text={mails.toLocaleString('en-GB')} />}
          <Effect
            name="Time"
            text={`${durationText(takesSeconds * SECOND_MS)} at the least, ${perSecond} orders a second`}
          />
        </dl>
        <RefusedList refused={refused} />
        {needsSecondPerson ? (
          <p class="note">It is above the limit of one person: it waits until somebody else agrees.</p>
        ) : null}
        <div class="dialog-buttons">
          {possible === 0 ? <span class="muted">It is possible for none of them.</span> : null}
          <button type="button" class="button button-primary" disabled={possible === 0} onClick={onStart}>
            {bulkTitle(action, orders)}…
          </button>
        </div>
      </div>
      <Table
        caption="The first of these orders"
        columns={COLUMNS}
        rows={plan.first}
        keyOf={({ orderId }) => orderId}
      />
      {orders > plan.first.length ? (
        <p class="muted more">
          The first {plan.first.length} of {ordersText(orders)}.
        </p>
      ) : null}
    </section>
  );
}

function Effect({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

/** Why it is not done to some, the most frequent first. */
export function RefusedList({ refused }: { readonly refused: readonly RefusedOrders[] }) {
  if (refused.length === 0) return null;
  return (
    <ul class="refusals" aria-label="Not done">
      {refused.map(({ why, detail, orders }) => (
        <li key={why}>
          <strong>Not for {ordersText(orders)}:</strong> {detail}
        </li>
      ))}
    </ul>
  );
}

const COLUMNS: readonly Column<PlannedBulk['first'][number]>[] = [
  { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
  { title: 'Status', cell: ({ status }) => <Status status={status} /> },
  {
    title: 'Total',
    kind: 'number',
    cell: ({ total }) => (total === null ? <span class="muted">–</span> : <Amount money={total} />),
  },
  {
    title: 'Possible',
    cell: ({ possible, why }) =>
      possible ? 'yes' : <span class="muted">no{why === null ? '' : `: ${words(why)}`}</span>,
  },
];
