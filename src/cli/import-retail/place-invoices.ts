/** A sale of the file becomes an order, once however often it is asked for. */
import { ApiRefusalError } from '../api/api-errors.ts';
import { orderSchema, type OrderReply } from '../api/api-replies.ts';
import type { RetailInvoice } from './group-invoices.ts';
import { isDecided, pollOrder, refusalFrom, type ImportClient, type Refusal } from './import-client.ts';
import { customerIdOf, shippingAddressOf } from './retail-addresses.ts';

/** What became of a sale. */
export type SaleOutcome =
  /** The shop took it. `order` as the API last answered it. */
  | { readonly kind: 'confirmed'; readonly order: OrderReply }
  /** The shop decided against it: not enough stock, or the payment was declined. */
  | ({ readonly kind: 'rejected' } & Refusal)
  /** The API did not take the request: there is no such order, or one of another form under this invoice's key. */
  | ({ readonly kind: 'refused' } & Refusal)
  /** Not decided yet; `order` is null when no answer was seen. */
  | { readonly kind: 'pending'; readonly order: OrderReply | null };

/** Refusals that are a decision of the shop. */
const DECISIONS: ReadonlySet<string> = new Set(['OUT_OF_STOCK', 'PAYMENT_DECLINED', 'FRAUD_REFUSED']);

/** The request that stands for a sale; the same on every run, because the service compares it with the first. */
export function orderRequestOf(sale: RetailInvoice): Readonly<Record<string, unknown>> {
  const customerId = customerIdOf(sale);
  return {
    customerId,
    currency: 'GBP',
    lines: sale.rows.map(({ sku, quantity, unitPriceMinor }) => ({ sku, quantity, unitPriceMinor })),
    payment: { method: 'card', token: 'tok_visa' },
    shipTo: shippingAddressOf(sale),
    contact: { email: `${customerId}@example.com` },
  };
}

/** What an order that exists says about its sale. */
export function outcomeOf(order: OrderReply): SaleOutcome {
  if (!isDecided(order)) return { kind: 'pending', order };
  if (order.status !== 'rejected') return { kind: 'confirmed', order };
  const { code, message } = order.rejection ?? { code: 'REJECTED', message: 'The order was rejected.' };
  return { kind: 'rejected', code, detail: message };
}

/**
 * Places the order of one sale under the key `retail-<invoice>` and waits for its decision.
 *
 * @throws ApiUnreachableError, ApiRefusalError when the service cannot be used at all
 */
export async function placeInvoice(client: ImportClient, sale: RetailInvoice): Promise<SaleOutcome> {
  try {
    const { body: order } = await client.api.call(
      {
        method: 'POST',
        path: '/v1/orders',
        body: orderRequestOf(sale),
        idempotencyKey: `retail-${sale.invoice}`,
      },
      orderSchema,
    );
    return outcomeOf(isDecided(order) ? order : await pollOrder(client, order.id, isDecided));
  } catch (error) {
    const isDecision = error instanceof ApiRefusalError && DECISIONS.has(error.problem.code);
    return { kind: isDecision ? 'rejected' : 'refused', ...refusalFrom(error) };
  }
}
