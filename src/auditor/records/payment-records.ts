import { z } from 'zod';
import { readOperations, type ProviderAddress } from './provider-list.ts';

const paymentOperation = z.object({
  key: z.string(),
  kind: z.string(),
  orderId: z.string(),
  amountMinor: z.number(),
  currency: z.string(),
  status: z.string(),
  /** The operation that it builds on. */
  parentKey: z.string().optional(),
  capture_before: z.string().optional(),
  at: z.string(),
});
export type PaymentOperation = z.output<typeof paymentOperation>;

/** What the payment provider says that it did. */
export interface PaymentRecords {
  /** Read anew each time. */
  operations(): AsyncIterable<readonly PaymentOperation[]>;
}

export function createPaymentRecords(provider: ProviderAddress, signal?: AbortSignal): PaymentRecords {
  return { operations: () => readOperations(provider, paymentOperation, signal) };
}
