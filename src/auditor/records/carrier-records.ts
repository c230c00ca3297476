import { z } from 'zod';
import { readOperations, type ProviderAddress } from './provider-list.ts';

const carrierOperation = z.object({
  key: z.string(),
  operation: z.enum(['book', 'cancel']),
  orderId: z.string(),
  status: z.string(),
  /** Of a cancellation: the booking. */
  parentKey: z.string().nullish(),
  /** Of a cancellation: there was nothing to cancel. */
  neverBooked: z.boolean().optional(),
  at: z.string(),
});
export type CarrierOperation = z.output<typeof carrierOperation>;

/** What the carrier says that it did. */
export interface CarrierRecords {
  /** Read anew each time. */
  operations(): AsyncIterable<readonly CarrierOperation[]>;
}

export function createCarrierRecords(provider: ProviderAddress, signal?: AbortSignal): CarrierRecords {
  return { operations: () => readOperations(provider, carrierOperation, signal) };
}
