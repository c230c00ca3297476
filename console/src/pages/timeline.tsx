import { inputText, STATE_WORDS } from '../actions/action-words.ts';
import type { OperatorAction } from '../api/operations.ts';
import type { OrderEvent, Page } from '../api/types.ts';
import { Instant } from '../components/values.tsx';
import { moneyText } from '../format/money.ts';
import { instantText } from '../format/time.ts';
import { eventName, sentence } from '../format/words.ts';

export interface TimelineProps {
  readonly page: Page<OrderEvent>;
  readonly actions: readonly OperatorAction[];
}

/** What happened to an order, by its events, and what people did to it. */
export function Timeline({ page, actions }: TimelineProps) {
  const entries = [
    ...page.items.map((event) => ({ at: event.time, item: <EventEntry key={event.id} event={event} /> })),
    ...actions.map((action) => ({
      at: action.askedAt,
      item: <ActionEntry key={action.id} action={action} />,
    })),
  ].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return (
    <section class="panel" aria-labelledby="timeline">
      <h2 id="timeline">What happened</h2>
      <ol class="timeline">{entries.map(({ item }) => item)}</ol>
      {page.nextCursor === null ? null : (
        <p class="muted">There are more events than one page holds; the API has them all.</p>
      )}
      {page.items.length === 0 ? (
        <p class="muted">Its events have been kept long enough and are gone.</p>
      ) : null}
    </section>
  );
}

function EventEntry({ event }: { readonly event: OrderEvent }) {
  return (
    <li class={`event event-${eventGroup(event.type)}`}>
      <div class="event-head">
        <span class="event-name">{eventName(event.type)}</span>
        <Instant instant={event.time} />
      </div>
      <p class="muted">{factsOf(event.data)}</p>
    </li>
  );
}

function ActionEntry({ action }: { readonly action: OperatorAction }) {
  const given = inputText(action);
  return (
    <li class="event event-action">
      <div class="event-head">
        <span class="event-name">
          {sentence(action.action)} by {action.actor}: {STATE_WORDS[action.state]}
        </span>
        <Instant instant={action.askedAt} />
      </div>
      <p class="muted">
        {given === '' ? '' : `${given} · `}“{action.reason}”
      </p>
      {action.outcomes.map(({ outcome, actor, detail }) => (
        <p key={outcome} class="muted">
          {sentence(outcome)}
          {actor === action.actor ? '' : ` by ${actor}`}: {detail}
        </p>
      ))}
    </li>
  );
}

/** `commerce.payment.captured.v1` → `payment`; what calls a person stands out. */
function eventGroup(type: string): string {
  if (/attention_raised|declined|rejected|refund_failed/.test(type)) return 'bad';
  return type.split('.')[1] ?? 'order';
}

/** The simple values of an event, money as money. */
function factsOf(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .flatMap(([name, value]) => {
      const text = valueText(value);
      return text === null ? [] : [`${nameText(name)} ${text}`];
    })
    .join(' · ');
}

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

function valueText(value: unknown): string | null {
  if (typeof value === 'string' && INSTANT.test(value)) return instantText(value, Date.now());
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value.join(', ') : null;
  if (typeof value !== 'object' || value === null) return null;
  const { amountMinor, currency } = value as { amountMinor?: unknown; currency?: unknown };
  return typeof amountMinor === 'number' && typeof currency === 'string'
    ? moneyText({ amountMinor, currency })
    : null;
}

/** `captureBefore` → `capture before`. */
function nameText(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
