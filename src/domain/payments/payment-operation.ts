/** The four things that are done to money at a provider. */
export type PaymentOperationKind = 'authorize' | 'capture' | 'void' | 'refund';

/** All operations at other companies whose key is stored before the first call. */
export type ProviderOperationKind = PaymentOperationKind | 'book' | 'cancel_booking';
export type ProviderOperationStatus = 'pending' | 'succeeded' | 'refused';
