/** Holds what a provider lists against what is recorded here. Pure, so that every rule is a line and every line a test. */
import type { ProviderOperationKind } from '../payments/payment-operation.ts';
import type { BreakKind, FoundBreak, OperationRecord } from './break.ts';

/** An operation as a provider lists it, in our words. */
export interface ListedOperation {
  readonly key: string;
  readonly kind: ProviderOperationKind;
  readonly orderId: string;
  /** `failed`: it was done, and turned out later not to have worked. */
  readonly status: 'succeeded' | 'declined' | 'failed';
  readonly amountMinor?: number | undefined;
  readonly currency?: string | undefined;
  /** The provider's own id of it. */
  readonly reference: string;
  /** RFC 3339 */
  readonly at: string;
  /** It undid something that never was, so that it cannot come later. */
  readonly undidNothing: boolean;
}

/** An operation as it is recorded here. */
export interface RecordedOperation {
  readonly key: string;
  readonly kind: ProviderOperationKind;
  readonly orderId: string;
  readonly status: 'pending' | 'succeeded' | 'refused' | 'not_needed';
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly reference: string | null;
}

/** How an operation may be recorded that the provider lists like this. */
const RECORDED_AS: Readonly<Record<ListedOperation['status'], readonly RecordedOperation['status'][]>> = {
  succeeded: ['succeeded'],
  // What was given up may have been declined without anybody waiting for the answer.
  declined: ['refused', 'not_needed'],
  failed: ['refused'],
};

/**
 * Every difference about one operation; none when both sides tell the same.
 *
 * @param theirs null when the provider does not have it
 * @param ours null when nobody here has asked for it
 */
export function compareOperation(
  theirs: ListedOperation | null,
  ours: RecordedOperation | null,
): readonly FoundBreak[] {
  if (theirs === null) {
    return ours?.status === 'succeeded' ? [breakOf('missing_there', theirs, ours)] : [];
  }
  if (ours === null) return [breakOf('missing_here', theirs, ours)];
  const kinds: BreakKind[] = [];
  if (theirs.orderId !== ours.orderId) kinds.push('order');
  if (theirs.kind !== ours.kind) kinds.push('operation');
  if (!theirs.undidNothing) {
    if (differs(theirs.amountMinor, ours.amountMinor)) kinds.push('amount');
    if (differs(theirs.currency, ours.currency)) kinds.push('currency');
  }
  const isKnownAsNothing = theirs.undidNothing && ours.status === 'not_needed';
  if (!RECORDED_AS[theirs.status].includes(ours.status) && !isKnownAsNothing) kinds.push('status');
  return kinds.map((kind) => breakOf(kind, theirs, ours));
}

/** Where one side says nothing there is no difference: a parcel has no amount. */
function differs(theirs: string | number | undefined, ours: string | number | null): boolean {
  return theirs !== undefined && ours !== null && theirs !== ours;
}

function breakOf(
  kind: BreakKind,
  theirs: ListedOperation | null,
  ours: RecordedOperation | null,
): FoundBreak {
  return {
    kind,
    operationKey: theirs?.key ?? ours?.key ?? '',
    orderId: ours?.orderId ?? theirs?.orderId ?? null,
    theirs: theirs && record(theirs),
    ours: ours && record(ours),
  };
}

function record({
  kind,
  orderId,
  status,
  amountMinor,
  currency,
  reference,
}: ListedOperation | RecordedOperation): OperationRecord {
  return {
    operation: kind,
    orderId,
    status,
    amountMinor: amountMinor ?? undefined,
    currency: currency ?? undefined,
    reference: reference ?? undefined,
  };
}
