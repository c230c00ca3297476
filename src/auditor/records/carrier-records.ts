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
  /** Read once, until {@link forget}. */
  operations(): Promise<readonly CarrierOperation[]>;
  forget(): void;
}

export function createCarrierRecords(provider: ProviderAddress, signal?: AbortSignal): CarrierRecords {
  let known: Promise<readonly CarrierOperation[]> | undefined;
  return {
    operations: () => (known ??= readOperations(provider, carrierOperation, signal)),
    forget: () => {
      known = undefined;
    },
  };
}
