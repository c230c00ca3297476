import { useState } from 'preact/hooks';
import { newIdempotencyKey, type Client } from '../api/client.ts';
import { ActionDialog } from '../components/dialog.tsx';
import { Loaded } from '../components/feedback.tsx';
import { OrderLink } from '../components/values.tsx';
import { useNotice } from '../state/notices.tsx';
import { useSession } from '../state/session.tsx';
import { useResource } from '../state/use-resource.ts';

/** What one request of a rebuild answers. */
interface Batch {
  readonly orders: number;
  readonly differences: readonly { readonly orderId: string; readonly kind: string }[];
  readonly replaced: number;
  readonly nextCursor: string | null;
}

type Rebuilt = Omit<Batch, 'nextCursor'>;

/** Differences that are shown one by one. */
const MOST_SHOWN = 10;

/** Goes through all orders, a batch a request. @param key the same for every repetition of one decision */
async function rebuild(client: Client, check: boolean, key: string, signal?: AbortSignal): Promise<Rebuilt> {
  let sum: Rebuilt = { orders: 0, differences: [], replaced: 0 };
  let cursor: string | null = null;
  let request = 0;
  do {
    const body: object = { check, ...(cursor === null ? {} : { cursor }) };
    const path = '/v1/ops/projections/rebuild';
    const batch: Batch = await client.post<Batch>(path, body, `${key}-${request}`, signal);
    sum = {
      orders: sum.orders + batch.orders,
      differences: [...sum.differences, ...batch.differences],
      replaced: sum.replaced + batch.replaced,
    };
    cursor = batch.nextCursor;
    request += 1;
  } while (cursor !== null);
  return sum;
}

/** The lists that are fed by events, and what can be done when they say something else than the events do. */
export function ReadModelPanel() {
  const [isOpen, setOpen] = useState(false);
  return (
    <section class="panel" aria-labelledby="read-model">
      <h2 id="read-model">Read model</h2>
      <p class="muted">
        It is made from events by a program of its own. Where it says something else than they do, it can be
        made from them anew.
      </p>
      <div class="actions">
        <button type="button" class="button" onClick={() => setOpen(true)}>
          Compare and rebuild
        </button>
      </div>
      {isOpen ? <RebuildDialog onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

function RebuildDialog({ onClose }: { readonly onClose: () => void }) {
  const { client } = useSession();
  const notice = useNotice();
  const compared = useResource('read model', (signal) => rebuild(client, true, newIdempotencyKey(), signal));
  const count = compared.value?.differences.length ?? 0;
  return (
    <ActionDialog
      title="Make the read model anew?"
      confirm={count === 0 ? 'Rebuild' : `Put ${count} right`}
      missing={
        compared.value === null
          ? 'See first what differs.'
          : count === 0
            ? 'Nothing is to be put right.'
            : null
      }
      onClose={onClose}
      act={async (key) => {
        const { orders, replaced } = await rebuild(client, false, key);
        notice(`Of ${orders} orders in the read model ${replaced} were put right.`);
      }}
    >
      <p>
        Orders go on meanwhile, and no row goes backwards. What happened within a minute is not missed yet.
      </p>
      <Loaded what="the comparison" resource={compared}>
        {({ orders, differences }) => (
          <>
            <p aria-live="polite">
              {differences.length === 0
                ? `Of ${orders} orders it says what their events say.`
                : `Of ${orders} orders ${differences.length} differ.`}
            </p>
            <ul>
              {differences.slice(0, MOST_SHOWN).map(({ orderId, kind }) => (
                <li key={orderId}>
                  <OrderLink orderId={orderId} /> {kind}
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </ActionDialog>
  );
}
