/** What an order can be searched by from the moment at which its workflow is started. */
import { createHash } from 'node:crypto';
import type { SearchAttributePair } from '@temporalio/common';

/** Long enough that two customers of one shop do not share it. */
const PSEUDONYM_LENGTH = 16;

/**
 * A name for a customer that says nothing of them, the same for all their orders. Whoever knows the customer's id finds the
 * orders with it: `printf %s cus_17850 | sha256sum | cut -c1-16`.
 */
export function customerPseudonym(customerId: string): string {
  return createHash('sha256').update(customerId).digest('hex').slice(0, PSEUDONYM_LENGTH);
}

/** All of it is known before anything is done; none of it changes but what the run itself tells later. */
export function firstAttributes(order: {
  readonly customerId: string;
  readonly totalMinor: number;
  readonly currency: string;
  readonly country: string;
}): SearchAttributePair[] {
  return [
    { key: { name: 'OrderStatus', type: 'KEYWORD' }, value: 'placed' },
    { key: { name: 'CustomerPseudonym', type: 'KEYWORD' }, value: customerPseudonym(order.customerId) },
    { key: { name: 'AmountMinor', type: 'INT' }, value: order.totalMinor },
    { key: { name: 'Currency', type: 'KEYWORD' }, value: order.currency },
    { key: { name: 'Country', type: 'KEYWORD' }, value: order.country },
  ];
}
