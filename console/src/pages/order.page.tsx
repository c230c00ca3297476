import { useState } from 'preact/hooks';
import { isActionName } from '../actions/action-forms.ts';
import { isOver } from '../actions/action-words.ts';
import { OperateDialog } from '../actions/operate-dialog.tsx';
import type { Client } from '../api/client.ts';
import type { ActionName, Explanation, OperatorAction } from '../api/operations.ts';
import { ProblemError } from '../api/problem.ts';
import type { Journal, Order, OrderEvent, Page } from '../api/types.ts';
import { Loaded } from '../components/feedback.tsx';
import { useApprovals } from '../state/approvals.tsx';
import { linkTo, type Route } from '../state/route.ts';
import { useSession, type Session } from '../state/session.tsx';
import { useRefresh } from '../state/use-refresh.ts';
import { replaceWith } from '../state/use-route.ts';
import { useResource, type Resource } from '../state/use-resource.ts';
import { Attentions, ExplanationPanel, OrderHead, Taken } from './order-head.tsx';
import { MoneyPanel } from './money-panel.tsx';
import { ReviewPanel } from './review-panel.tsx';
import { ShipmentPanel, StockPanel } from './stock-panel.tsx';
import { Timeline } from './timeline.tsx';

/** All that is shown of an order, read together so that its parts are of one moment or nearly so. */
interface WholeOrder {
  readonly order: Order;
  readonly events: Page<OrderEvent>;
  /** Null where the key may not see it. */
  readonly journals: readonly Journal[] | null;
  readonly explanation: Explanation | null;
  readonly actions: readonly OperatorAction[];
}

/** How often an order that goes on by itself is read again. */
const REFRESH_MS = 5_000;
const RESTING = ['completed', 'cancelled', 'rejected'];

export function OrderPage({ orderId, route }: { readonly orderId: string; readonly route: Route }) {
  const session = useSession();
  const whole = useResource(orderId, (signal) => readWhole(orderId, session, signal));
  const { value } = whole;
  const isMoving =
    value !== null && (!RESTING.includes(value.order.status) || !value.actions.every((one) => isOver(one)));
  useRefresh(isMoving ? whole.refresh : null, REFRESH_MS);
  return (
    <>
      <p class="crumbs">
        <a href={linkTo('orders')}>Orders</a>
      </p>
      <Loaded what="the order" resource={whole}>
        {(shown) => <OrderDetails whole={shown} resource={whole} asked={route.query['action']} />}
      </Loaded>
    </>
  );
}

async function readWhole(
  orderId: string,
  { client, may }: Session,
  signal: AbortSignal,
): Promise<WholeOrder> {
  const id = encodeURIComponent(orderId);
  const path = `/v1/orders/${id}`;
  const [order, events, ledger, explanation, actions] = await Promise.all([
    client.get<Order>(path, {}, signal),
    client.get<Page<OrderEvent>>(`${path}/events`, {}, signal),
    may('ledger:read') ? client.get<{ journals: readonly Journal[] }>(`${path}/ledger`, {}, signal) : null,
    may('attention:read') ? readExplanation(orderId, client, signal) : null,
    may('actions:read')
      ? client.get<Page<OperatorAction>>(`/v1/ops/orders/${id}/actions`, { limit: 100 }, signal)
      : null,
  ]);
  const journals = ledger?.journals ?? null;
  return { order, events, journals, explanation, actions: actions?.items ?? [] };
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
  whole: { order, events, journals, explanation, actions },
  resource,
  asked,
}: {
  readonly whole: WholeOrder;
  readonly resource: Resource<WholeOrder>;
  /** An action that the address asks the dialog of. */
  readonly asked: string | undefined;
}) {
  const { may } = useSession();
  const approvals = useApprovals();
  const fromAddress = asked !== undefined && isActionName(asked) && may('actions:run') ? asked : null;
  const [open, setOpen] = useState<ActionName | null>(fromAddress);
  const [taken, setTaken] = useState<OperatorAction | null>(null);
  const close = (): void => {
    setOpen(null);
    // The address would open it again with the next reload.
    if (asked !== undefined) replaceWith(linkTo('orders', order.id));
    resource.reload();
    approvals.refresh();
  };
  const context = { order, explanation };
  return (
    <>
      <OrderHead order={order} isExplained={explanation !== null} onReload={resource.reload} />
      <Taken action={actions.find(({ id }) => id === taken?.id) ?? taken} />
      {explanation === null ? <Attentions order={order} /> : null}
      <ExplanationPanel explanation={explanation} onChoose={setOpen} />
      {order.status === 'in_review' && may('reviews:read') ? (
        <ReviewPanel orderId={order.id} onDecided={resource.reload} />
      ) : null}
      <div class="panels">
        <div class="column">
          <Timeline page={events} actions={actions} />
        </div>
        <div class="column">
          <MoneyPanel order={order} journals={journals} />
          <ShipmentPanel order={order} />
          <StockPanel order={order} />
        </div>
      </div>
      {open === null ? null : (
        <OperateDialog
          key={open}
          context={context}
          action={open}
          onClose={close}
          onChoose={setOpen}
          onTaken={setTaken}
        />
      )}
    </>
  );
}
