/** What the payment provider's own list says, which is compared with what the shop believes. */
import type { ShopLab } from '../support/shop-lab.ts';

export interface ListedOperation {
  readonly key: string;
  readonly kind: string;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly status: string;
}

/** All operations at the payment provider for these orders, in the order of their making. */
export async function operationsOf(
  lab: ShopLab,
  orderIds: ReadonlySet<string>,
): Promise<readonly ListedOperation[]> {
  const { paymentProviderUrl, env } = lab.addresses;
  const found: ListedOperation[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const url: string = `${paymentProviderUrl}/v1/operations?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${env['PAYMENT_PROVIDER_API_KEY'] ?? ''}` },
    });
    if (!response.ok) throw new Error(`The provider answered ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as { items: ListedOperation[]; nextCursor: string | null };
    found.push(...page.items.filter(({ orderId }) => orderIds.has(orderId)));
    cursor = page.nextCursor;
  }
  return found;
}
