/** How a list of orders is narrowed. */
import type { OrderStatus } from '../../../src/domain/orders/order-status.ts';

/** By the names of `GET /v1/orders`; only what is set. */
export type OrderFilter = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

const NAMES = ['status', 'attention', 'customerId', 'createdAfter', 'createdBefore'] as const;
export const STATUSES: readonly OrderStatus[] = [
  'placed',
  'reserved',
  'in_review',
  'authorized',
  'confirmed',
  'fulfilling',
  'shipped',
  'delivered',
  'completed',
  'rejected',
  'cancelling',
  'cancelled',
];

export function filterOf(query: Readonly<Record<string, string>>): OrderFilter {
  return Object.fromEntries(
    NAMES.flatMap((name) => (query[name] === undefined || query[name] === '' ? [] : [[name, query[name]]])),
  );
}
