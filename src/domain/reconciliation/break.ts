/** A difference between what a provider says it did and what is recorded here. */

export const RECONCILED_PROVIDERS = ['payments', 'carrier'] as const;
export type ReconciledProvider = (typeof RECONCILED_PROVIDERS)[number];

/**
 * `missing_here`: the provider did something that nobody here asked for. `missing_there`: it does not know what it is
 * recorded to have done. The others: both have it, and it is for another order, another kind of operation, another amount
 * or currency, or it ended otherwise.
 */
export const BREAK_KINDS = [
  'missing_here',
  'missing_there',
  'order',
  'operation',
  'amount',
  'currency',
  'status',
] as const;
export type BreakKind = (typeof BREAK_KINDS)[number];

/** `open` needs a person; `explained` is still there and somebody has said why; `settled` is over. */
export const BREAK_STATES = ['open', 'explained', 'settled'] as const;
export type BreakState = (typeof BREAK_STATES)[number];

/** What one side says of an operation. */
export interface OperationRecord {
  readonly operation: string;
  readonly orderId: string;
  readonly status: string;
  readonly amountMinor?: number | undefined;
  readonly currency?: string | undefined;
  /** The provider's own id of it, where it is known. */
  readonly reference?: string | undefined;
}

/** A difference as it is found. */
export interface FoundBreak {
  readonly operationKey: string;
  readonly kind: BreakKind;
  readonly orderId: string | null;
  readonly ours: OperationRecord | null;
  readonly theirs: OperationRecord | null;
}
