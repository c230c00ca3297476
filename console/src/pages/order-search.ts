/** What a person may mean who types something into the search box. */
import type { Client } from '../api/client.ts';
import type { Order, Page } from '../api/types.ts';
import { parseAmount } from '../format/money.ts';

export type Meaning =
  | { readonly kind: 'order'; readonly orderId: string }
  | { readonly kind: 'email'; readonly email: string }
  | { readonly kind: 'amount'; readonly amountMinor: number }
  | { readonly kind: 'word'; readonly word: string };

const ORDER_ID = /^ord_[0-9a-hjkmnp-tv-z]{26}$/;

/** @returns null for nothing */
export function meaningOf(text: string): Meaning | null {
  const typed = text.trim();
  if (typed === '') return null;
  if (ORDER_ID.test(typed)) return { kind: 'order', orderId: typed };
  if (typed.includes('@')) return { kind: 'email', email: typed };
  // With a sign of money or decimals; a number alone may as well be the name of a customer or a parcel.
  const amountMinor = /^\p{Sc}|\.\d{2}$/u.test(typed) ? parseAmount(typed, 'GBP') : null;
  if (amountMinor !== null) return { kind: 'amount', amountMinor };
  return { kind: 'word', word: typed };
}

export interface Found {
  readonly items: readonly Order[];
  readonly total: number;
}

/** Looks for orders. Rejects with ProblemError. */
export async function searchOrders(client: Client, meaning: Meaning): Promise<Found> {
  const search = (body: Readonly<Record<string, unknown>>): Promise<Found> =>
    client.post<Found>('/v1/ops/orders/search', body);
  switch (meaning.kind) {
    case 'order': {
      const order = await client.get<Order>(`/v1/orders/${meaning.orderId}`);
      return { items: [order], total: 1 };
    }
    case 'email':
      return search({ by: 'email', email: meaning.email });
    case 'amount':
      return search({ by: 'amount', amountMinor: meaning.amountMinor });
    case 'word': {
      const parcels = await search({ by: 'trackingNumber', trackingNumber: meaning.word });
      if (parcels.total > 0 || !/^[\w.:-]{1,64}$/.test(meaning.word)) return parcels;
      const { items } = await client.get<Page<Order>>('/v1/orders', { customerId: meaning.word, limit: 50 });
      return { items, total: items.length };
    }
  }
}
