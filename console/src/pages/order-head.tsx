/** What stands first on the page of an order: what it is, why it stands where it stands, and what can be done. */
import type { ComponentChildren } from 'preact';
import { ActionButtons } from '../actions/action-buttons.tsx';
import { isOver, outcomeText } from '../actions/action-words.ts';
import type { ActionName, Explanation, OperatorAction } from '../api/operations.ts';
import type { Order } from '../api/types.ts';
import { Ago, Amount, Deadline, Status } from '../components/values.tsx';
import { sentence, words } from '../format/words.ts';
import { linkTo } from '../state/route.ts';

export interface OrderHeadProps {
  readonly order: Order;
  /** Then it says what the order waits for. */
  readonly isExplained: boolean;
  readonly onReload: () => void;
}

export function OrderHead({ order, isExplained, onReload }: OrderHeadProps) {
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
        {order.waiting === null || isExplained ? null : (
          <p class="muted">
            Waits for {words(order.waiting.for)} by the {words(order.waiting.owner)} · began{' '}
            <Ago instant={order.waiting.since} /> · goes on, or calls somebody,{' '}
            <Ago instant={order.waiting.until} />
          </p>
        )}
        {order.rejection === null ? null : <p class="muted">{order.rejection.message}</p>}
      </div>
      <div class="actions">
        <button type="button" class="button" onClick={onReload}>
          Reload
        </button>
        <a class="button" href={order.links.temporal} target="_blank" rel="noreferrer">
          Workflow
        </a>
      </div>
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

/** What became of the action that was just taken; it is told again when that changes. */
export function Taken({ action }: { readonly action: OperatorAction | null }) {
  const tone = action === null ? '' : !isOver(action) ? 'warn' : action.state === 'done' ? 'good' : 'bad';
  return (
    <div role="status">
      {action === null ? null : <p class={`taken taken-${tone}`}>{outcomeText(action)}</p>}
    </div>
  );
}

/** The causes that call a person, where the explanation does not tell them. */
export function Attentions({ order }: { readonly order: Order }) {
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

export interface ExplanationPanelProps {
  readonly explanation: Explanation | null;
  readonly onChoose: (action: ActionName) => void;
}

export function ExplanationPanel({ explanation, onChoose }: ExplanationPanelProps) {
  return (
    <>
      {(explanation?.causes ?? []).map((cause) => (
        <Cause key={cause.code} cause={cause} />
      ))}
      <section class="panel explanation" aria-label="Why it stands where it stands">
        {explanation === null ? null : (
          <>
            <h2>{explanation.headline}</h2>
            <div class="sentences">
              {explanation.sentences.map((text) => (
                <p key={text}>{text}</p>
              ))}
            </div>
          </>
        )}
        <ActionButtons explanation={explanation} onChoose={onChoose} />
      </section>
    </>
  );
}

function Cause({
  cause: { code, severity, owner, since, deadline, overdue, message, runbook },
}: {
  readonly cause: Explanation['causes'][number];
}) {
  return (
    <section class="attention" aria-label="Needs a person">
      <p class="attention-title">
        {sentence(code)} <Status status={severity} />
      </p>
      <p>{message}</p>
      <p class="muted">
        Since <Ago instant={since} /> · {words(owner)} should act by{' '}
        <Deadline instant={deadline} isOverdue={overdue} /> ·{' '}
        <a href={runbook} target="_blank" rel="noreferrer">
          Runbook
        </a>
      </p>
    </section>
  );
}
