/**
 * The `type` of every failure with which a step of an order can end, the same word in activity, workflow and Temporal's
 * pages.
 */

/** A definite no that trying again does not change: the step did nothing, and the workflow decides what follows. */
export const REFUSAL_TYPES = [
  'OUT_OF_STOCK',
  'PAYMENT_DECLINED',
  'FRAUD_REFUSED',
  'SHIPMENT_REFUSED',
  'CAPTURE_REFUSED',
  'ORDER_OWNED_BY_ANOTHER_RUN',
] as const;
export type RefusalType = (typeof REFUSAL_TYPES)[number];

/** Something that passes, or that a person has to put right: the step is tried on. */
export const TROUBLE_TYPES = [
  'PROVIDER_UNAVAILABLE',
  'PAYMENT_OUTCOME_UNKNOWN',
  'CARRIER_OUTCOME_UNKNOWN',
  'MAIL_OUTCOME_UNKNOWN',
  'DATABASE_UNAVAILABLE',
  'SHELVES_CONTENDED',
  'REFUND_NOT_SETTLED',
  'INVARIANT_VIOLATED',
] as const;
export type TroubleType = (typeof TROUBLE_TYPES)[number];

/** What a trouble carries besides its type. */
export interface FailureDetails {
  /** Which attempt it was, from 1. */
  readonly attempt: number;
}

/** Whether a failure's type is a refusal. */
export function isRefusalType(type: string | null | undefined): type is RefusalType {
  return REFUSAL_TYPES.some((refusal) => refusal === type);
}
