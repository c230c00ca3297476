import type { Order } from '../api/types.ts';
import { Amount, Status } from '../components/values.tsx';
import { linkTo } from '../state/route.ts';

/** What was ordered, and which shelves it is held on or came from. */
export function StockPanel({ order }: { readonly order: Order }) {
  return (
    <section class="panel" aria-labelledby="stock">
      <h2 id="stock">Lines and stock</h2>
      <ul class="rows">
        {order.lines.map(({ lineId, sku, name, quantity, unitPrice, total, allocations }) => (
          <li key={lineId}>
            <span>
              {quantity} × <a href={linkTo('inventory', sku)}>{sku}</a> {name}
            </span>
            <span class="muted">
              <Amount money={total} />
              {quantity > 1 ? (
                <>
                  {' '}
                  (<Amount money={unitPrice} /> each)
                </>
              ) : null}
              {' · '}
              {allocations.length === 0
                ? 'held nowhere'
                : allocations.map((one) => `${one.quantity} at ${one.locationId}`).join(', ')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function ShipmentPanel({ order }: { readonly order: Order }) {
  return (
    <section class="panel" aria-labelledby="shipments">
      <h2 id="shipments">Shipments</h2>
      {order.shipments.length === 0 ? <p class="muted">None yet.</p> : null}
      <ul class="rows">
        {order.shipments.map(({ id, locationId, carrier, trackingNumber, status }) => (
          <li key={id}>
            <span>
              From {locationId} <Status status={status} />
            </span>
            <span class="muted">
              {carrier ?? 'no carrier yet'}
              {trackingNumber === null ? null : (
                <>
                  {' · '}
                  <code>{trackingNumber}</code>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
