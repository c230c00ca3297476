/**
 * What workflows of orders can be searched by in Temporal's pages. They stand there in clear, so none is personal: a customer
 * is found by a digest. The set-up registers them; see docs/temporal-web-ui.md.
 */
import type { OrderStatus, PaymentStatus } from '../orders/order-status.ts';

/** By their names, each with its type as Temporal calls it. */
export const ORDER_SEARCH_ATTRIBUTES = {
  OrderStatus: 'KEYWORD',
  PaymentStatus: 'KEYWORD',
  /** The newest cause that the run itself has raised; absent when it calls nobody. */
  AttentionCode: 'KEYWORD',
  CurrentStep: 'KEYWORD',
  StepSince: 'DATETIME',
  CustomerPseudonym: 'KEYWORD',
  AmountMinor: 'INT',
  Currency: 'KEYWORD',
  /** Where it is sent to, ISO 3166-1. */
  Country: 'KEYWORD',
} as const;
export type SearchAttributeName = keyof typeof ORDER_SEARCH_ATTRIBUTES;

/** What changes while the run is open. */
export interface RunStanding {
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  readonly attentionCode: string | null;
  readonly step: string;
  /** Milliseconds since 1970. */
  readonly stepSinceMs: number;
}

/** A value under its key, as Temporal's SDK takes it; null takes it away. */
type Keyword = {
  readonly key: { name: SearchAttributeName; type: 'KEYWORD' };
  readonly value: string | null;
};
type Time = { readonly key: { name: SearchAttributeName; type: 'DATETIME' }; readonly value: Date };

const keyword = (name: SearchAttributeName, value: string | null): Keyword => ({
  key: { name, type: 'KEYWORD' },
  value,
});

/** The attributes of a run as it stands. */
export function standingAttributes(standing: RunStanding): (Keyword | Time)[] {
  const { status, paymentStatus, attentionCode, step, stepSinceMs } = standing;
  return [
    keyword('OrderStatus', status),
    keyword('PaymentStatus', paymentStatus),
    keyword('AttentionCode', attentionCode),
    keyword('CurrentStep', step),
    { key: { name: 'StepSince', type: 'DATETIME' }, value: new Date(stepSinceMs) },
  ];
}
