/** How far a bulk is, which of its orders were not done, and what steers it. */
import { useEffect, useState } from 'preact/hooks';
import type { Bulk, BulkWithOrders, NotDoneOrder } from '../api/bulk.ts';
import { Loaded } from '../components/feedback.tsx';
import { More, Table, type Column } from '../components/table.tsx';
import { Ago, OrderLink, Status } from '../components/values.tsx';
import { sentence } from '../format/words.ts';
import { linkTo } from '../state/route.ts';
import { useApprovals } from '../state/approvals.tsx';
import { useSession } from '../state/session.tsx';
import { useRefresh } from '../state/use-refresh.ts';
import { usePagedList, useResource } from '../state/use-resource.ts';
import { RefusedList } from './bulk-plan.tsx';
import { BULK_STEERING, SteerDialog, type Steering } from './bulk-steering.tsx';
import {
  BULK_STATE_WORDS,
  bulkMoneyText,
  bulkTitle,
  commandsOf,
  conditionsText,
  hasEnded,
  ordersText,
} from './bulk-words.ts';

const REFRESH_MS = 2_000;

export function BulkProgress({ bulkId }: { readonly bulkId: string }) {
  const { client } = useSession();
  const approvals = useApprovals();
  const [steering, setSteering] = useState<Steering | null>(null);
  const bulk = useResource(bulkId, (signal) =>
    client.get<Bulk>(`/v1/ops/bulk/${encodeURIComponent(bulkId)}`, { limit: 1 }, signal),
  );
  const isOver = bulk.value !== null && hasEnded(bulk.value);
  useRefresh(isOver ? null : bulk.refresh, REFRESH_MS);
  const close = (): void => {
    setSteering(null);
    bulk.reload();
    approvals.refresh();
  };
  return (
    <>
      <p class="crumbs">
        <a href={linkTo('bulk')}>Bulk</a>
      </p>
      <Loaded what="the bulk" resource={bulk}>
        {(shown) => (
          <>
            <Head bulk={shown} onReload={bulk.reload} onSteer={setSteering} />
            <HowFar bulk={shown} />
            <Steps bulk={shown} />
            <NotDone bulk={shown} />
            {steering === null ? null : <SteerDialog bulk={shown} steering={steering} onClose={close} />}
          </>
        )}
      </Loaded>
    </>
  );
}

interface HeadProps {
  readonly bulk: Bulk;
  readonly onReload: () => void;
  readonly onSteer: (steering: Steering) => void;
}

function Head({ bulk, onReload, onSteer }: HeadProps) {
  const { may, me } = useSession();
  const isPending = bulk.state === 'pending_approval';
  const mayDecide = isPending && may('actions:approve') && bulk.actor !== me.principal;
  const ways: readonly Steering[] = [
    ...(mayDecide ? (['approve', 'decline'] as const) : []),
    ...(may('actions:run') ? commandsOf(bulk) : []),
  ];
  return (
    <header class="order-head">
      <div>
        <h1>{bulkTitle(bulk.action, bulk.orders)}</h1>
        <p class="facts">
          <Status status={bulk.state} text={BULK_STATE_WORDS[bulk.state]} />
          <span>
            “{bulk.reason}” <span class="muted">by</span> {bulk.actor}
          </span>
          <span class="muted">
            <Ago instant={bulk.askedAt} />
          </span>
        </p>
        <p class="muted">Which: {conditionsText(bulk.filter)}</p>
      </div>
      <div class="actions">
        {ways.map((way) => (
          <button
            key={way}
            type="button"
            class={way === 'stop' ? 'button button-danger' : 'button'}
            onClick={() => onSteer(way)}
          >
            {way === 'stop' && isPending ? 'Withdraw' : BULK_STEERING[way].button}
          </button>
        ))}
        <button type="button" class="button" onClick={onReload}>
          Reload
        </button>
      </div>
    </header>
  );
}

function HowFar({ bulk: { orders, money, progress } }: { readonly bulk: Bulk }) {
  const { done, refused, failed, left, refusedBy, ratePerSecond, expectedEndAt } = progress;
  const counts = [
    ['Done', done],
    ['Refused', refused],
    ['Failed', failed],
    ['Left', left],
  ] as const;
  return (
    <section class="panel bulk-progress" aria-label="How far it is">
      <h2 aria-live="polite">
        {(orders - left).toLocaleString('en-GB')} of {ordersText(orders)}
      </h2>
      <progress max={orders} value={orders - left} aria-label="Orders that have come to an end" />
      <dl class="facts">
        {counts.map(([name, count]) => (
          <div key={name} class="fact">
            <dt class="muted">{name}</dt> <dd>{count.toLocaleString('en-GB')}</dd>
          </div>
        ))}
        {ratePerSecond === 0 ? null : (
          <div class="fact">
            <dt class="muted">Rate</dt> <dd>{ratePerSecond} orders a second</dd>
          </div>
        )}
        {expectedEndAt === null ? null : (
          <div class="fact">
            <dt class="muted">Ends</dt>{' '}
            <dd>
              <Ago instant={expectedEndAt} />
            </dd>
          </div>
        )}
      </dl>
      {money.length === 0 ? null : (
        <p class="muted">Counted when it was asked for: {money.map(bulkMoneyText).join(', ')}.</p>
      )}
      <RefusedList refused={refusedBy} />
    </section>
  );
}

function Steps({ bulk: { steps, id } }: { readonly bulk: Bulk }) {
  return (
    <section class="panel bulk-steps" aria-label="What happened to it">
      <h2>What happened to it</h2>
      <ul class="rows">
        {steps.map(({ step, actor, detail, at }) => (
          <li key={`${step} ${at}`}>
            <span>
              <strong>{sentence(step)}</strong> <span class="muted">by {actor}</span>{' '}
              <span class="muted">
                <Ago instant={at} />
              </span>
            </span>
            {detail === '' ? null : <span class="muted">{detail}</span>}
          </li>
        ))}
      </ul>
      <a href={linkTo('actions', undefined, { bulkId: id })}>Each of its actions</a>
    </section>
  );
}

function NotDone({ bulk: { id, progress } }: { readonly bulk: Bulk }) {
  const { client } = useSession();
  const list = usePagedList<NotDoneOrder>(`not done ${id}`, async (cursor, signal) => {
    const path = `/v1/ops/bulk/${encodeURIComponent(id)}`;
    return (await client.get<BulkWithOrders>(path, { cursor }, signal)).notDone;
  });
  const count = progress.refused + progress.failed;
  useEffect(() => {
    // More pages are not thrown away because one more was refused.
    if (!list.isLong) list.refresh();
  }, [count]);
  if (count === 0) return null;
  return (
    <section aria-label="Orders that were not done">
      <h2>Orders that were not done</h2>
      <Loaded what="orders that were not done" resource={list}>
        {(orders) => (
          <>
            <Table
              caption="Orders that were not done"
              columns={COLUMNS}
              rows={orders}
              keyOf={({ orderId }) => orderId}
            />
            <More list={list} />
          </>
        )}
      </Loaded>
    </section>
  );
}

const COLUMNS: readonly Column<NotDoneOrder>[] = [
  { title: 'Order', cell: ({ orderId }) => <OrderLink orderId={orderId} isRow /> },
  { title: 'Outcome', cell: ({ outcome }) => <Status status={outcome} /> },
  { title: 'Why', cell: ({ detail }) => detail },
  { title: 'When', kind: 'wide', cell: ({ at }) => <Ago instant={at} /> },
];
