/** What each provider lists of its operations, in the words in which they are recorded here. */
import type { PaymentOperation, PaymentPort } from '../../adapters/payments/payment.port.ts';
import type { Booking, CarrierOperation, CarrierPort } from '../../adapters/shipping/carrier.port.ts';
import type { ListedOperation } from '../../domain/reconciliation/compare-operations.ts';

export interface ProviderList {
  /** All operations in the order of their making. */
  page(
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly items: readonly ListedOperation[]; readonly nextCursor: string | null }>;
  /** The operation with this key as it is now, or as it was known where the provider cannot be asked for it. */
  find(key: string, known: ListedOperation | null): Promise<ListedOperation | null>;
}

export function listPayments(payments: Pick<PaymentPort, 'list' | 'findByKey'>): ProviderList {
  return {
    async page(cursor, limit) {
      const page = await payments.list({ limit, cursor: cursor ?? undefined });
      return { ...page, items: page.items.map(ofPayment) };
    },
    async find(key) {
      const operation = await payments.findByKey(key);
      return operation && ofPayment(operation);
    },
  };
}

export function listBookings(carrier: Pick<CarrierPort, 'list' | 'findByKey'>): ProviderList {
  return {
    async page(cursor, limit) {
      const page = await carrier.list({ limit, cursor: cursor ?? undefined });
      return { ...page, items: page.items.map(ofCarrier) };
    },
    async find(key, known) {
      if (known !== null) return known;
      const booking = await carrier.findByKey(key);
      return booking && ofBooking(booking);
    },
  };
}

function ofPayment({ id, ...operation }: PaymentOperation): ListedOperation {
  const undidNothing = operation.kind === 'void' && operation.amountMinor === 0;
  return { ...operation, reference: id, undidNothing };
}

function ofCarrier({ id, neverBooked, ...operation }: CarrierOperation): ListedOperation {
  return { ...operation, status: 'succeeded', reference: id, undidNothing: neverBooked };
}

/** A booking that is there was made, whatever became of it. */
function ofBooking({ id, key, orderId }: Booking): ListedOperation {
  return {
    key,
    kind: 'book',
    orderId,
    status: 'succeeded',
    reference: id,
    at: '',
    undidNothing: false,
  };
}
