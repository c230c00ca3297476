/** The four things that are done to money at a provider. */
const PAYMENT_OPERATION_KINDS = ['authorize', 'capture', 'void', 'refund'] as const;
export type PaymentOperationKind = (typeof PAYMENT_OPERATION_KINDS)[number];

/** All operations at other companies whose key is stored before the first call. */
export type ProviderOperationKind = PaymentOperationKind | 'book' | 'cancel_booking';
export type ProviderOperationStatus = 'pending' | 'succeeded' | 'refused';

/** Whether it is about money, of which a person can say what became of it; a parcel has a number and a label besides. */
export function isPaymentKind(kind: ProviderOperationKind): kind is PaymentOperationKind {
  return PAYMENT_OPERATION_KINDS.some((one) => one === kind);
}
