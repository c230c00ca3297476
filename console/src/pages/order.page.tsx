import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Client } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import type { Explanation, Journal, Order, OrderEvent, Page } from '../api/types.ts';
import { Loaded } from '../components/feedback.tsx';
import { Ago, Amount, Status } from '../components/values.tsx';
import { sentence, words } from '../format/words.ts';
import { linkTo } from '../state/route.ts';
import { useSession, type Session } from '../state/session.tsx';
import { useResource, type Resource } from '../state/use-resource.ts';
import { CancelDialog } from './cancel-dialog.tsx';
import { MoneyPanel } from './money-panel.tsx';
import { RefundDialog } from './refund-dialog.tsx';
import { ShipmentPanel, StockPanel } from './stock-panel.tsx';
import { Timeline } from './timeline.tsx';

/** All that is shown of an order, read together so that its parts are of one moment or nearly so. */
interface WholeOrder {
  readonly order: Order;
  readonly events: Page<OrderEvent>;
  /** Null where the key may not see it. */
  readonly journals: readonly Journal[] | null;
  readonly explanation: Explanation | null;
}

export function OrderPage({ orderId }: { readonly orderId: string }) {
  const session = useSession();
  const whole = useResource(orderId, (signal) => readWhole(orderId, session, signal));
  return (
    <>
      <p class="crumbs">
        <a href={linkTo('orders')}>Orders</a>
      </p>
      <Loaded what="the order" resource={whole}>
        {(value) => <OrderDetails whole={value} resource={whole} />}
      </Loaded>
    </>
  );
}

async function readWhole(
  orderId: string,
  { client, may }: Session,
  signal: AbortSignal,
): Promise<WholeOrder> {
  const path = `/v1/orders/${encodeURIComponent(orderId)}`;
  const [order, events, ledger, explanation] = await Promise.all([
    client.get<Order>(path, {}, signal),
    client.get<Page<OrderEvent>>(`${path}/events`, {}, signal),
    may('ledger:read') ? client.get<{ journals: readonly Journal[] }>(`${path}/ledger`, {}, signal) : null,
    may('attention:read') ? readExplanation(orderId, client, signal) : null,
  ]);
  return { order, events, journals: ledger?.journals ?? null, explanation };
}

/** A help, and not the order itself: whatever is wrong with it, the order is shown. */
async function readExplanation(
  orderId: string,
  client: Client,
  signal: AbortSignal,
): Promise<Explanation | null> {
  try {
    return await client.get<Explanation>(`/v1/ops/orders/${encodeURIComponent(orderId)}/explain`, {}, signal);
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

function OrderDetails({
  whole: { order, events, journals, explanation },
  resource,
}: {
  readonly whole: WholeOrder;
  readonly resource: Resource<WholeOrder>;
}) {
  return (
    <>
      <OrderHead order={order} resource={resource} />
      <Attentions order={order} />
      {explanation === null ? null : <ExplanationPanel explanation={explanation} />}
      <div class="panels">
        <div class="column">
          <Timeline page={events} />
        </div>
        <div class="column">
          <MoneyPanel order={order} journals={journals} />
          <ShipmentPanel order={order} />
          <StockPanel order={order} />
        </div>
      </div>
    </>
  );
}

function OrderHead({ order, resource }: { readonly order: Order; readonly resource: Resource<WholeOrder> }) {
  return (
    <header class="order-head">
      <div>
        <h1 class="order-id">{order.id}</h1>
        <p class="facts">
          <Status status={order.status} /> <Status status={order.paymentStatus} />
          <Fact name="Total">
            <Amount money={order.totals.total} />
          </Fact>
          <Fact name="Customer">
            <a href={linkTo('orders', undefined, { customerId: order.customerId })}>{order.customerId}</a>
          </Fact>
          <Fact name="Placed">
            <Ago instant={order.createdAt} />
          </Fact>
        </p>
        {order.waiting === null ? null : (
          <p class="muted">
            Waits for {words(order.waiting.for)} by the {words(order.waiting.owner)} · began{' '}
            <Ago instant={order.waiting.since} /> · goes on, or calls somebody,{' '}
            <Ago instant={order.waiting.until} />
          </p>
        )}
        {order.rejection === null ? null : <p class="muted">{order.rejection.message}</p>}
      </div>
      <OrderActions order={order} resource={resource} />
    </header>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <span class="fact">
      <span class="muted">{name}</span> {children}
    </span>
  );
}

const CANCELLABLE = ['placed', 'reserved', 'in_review', 'authorized', 'confirmed', 'fulfilling'];

function OrderActions({
  order,
  resource,
}: {
  readonly order: Order;
  readonly resource: Resource<WholeOrder>;
}) {
  const { may } = useSession();
  const [dialog, setDialog] = useState<'cancel' | 'refund' | null>(null);
  const canCancel = may('orders:cancel') && CANCELLABLE.includes(order.status);
  const canRefund =
    may('orders:refund') && order.totals.captured.amountMinor > order.totals.refunded.amountMinor;
  const close = (): void => {
    setDialog(null);
    resource.reload();
  };
  return (
    <div class="actions">
      {canCancel ? (
        <button type="button" class="button button-danger" onClick={() => setDialog('cancel')}>
          Cancel order
        </button>
      ) : null}
      {canRefund ? (
        <button type="button" class="button" onClick={() => setDialog('refund')}>
          Refund
        </button>
      ) : null}
      <button type="button" class="button" onClick={resource.reload}>
        Reload
      </button>
      <a class="button" href={order.links.temporal} target="_blank" rel="noreferrer">
        Workflow
      </a>
      {dialog === 'cancel' ? <CancelDialog order={order} onClose={close} /> : null}
      {dialog === 'refund' ? <RefundDialog order={order} onClose={close} /> : null}
    </div>
  );
}

function Attentions({ order }: { readonly order: Order }) {
  return (
    <>
      {order.attentions.map(({ code, since, message }) => (
        <section key={code} class="attention" aria-label="Needs a person">
          <p class="attention-title">
            {sentence(code)} · <Ago instant={since} />
          </p>
          <p>{message}</p>
        </section>
      ))}
    </>
  );
}

function ExplanationPanel({ explanation }: { readonly explanation: Explanation }) {
  const { headline, sentences, actions } = explanation;
  const names = actions.map((action) =>
    typeof action === 'string' ? action : (action.action ?? action.name ?? ''),
  );
  return (
    <section class="panel explanation">
      <h2>{headline}</h2>
      {sentences.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {names.length === 0 ? null : <p class="muted">You can: {names.map(words).join(' · ')}</p>}
    </section>
  );
}
