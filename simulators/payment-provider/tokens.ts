/** What each card token does to an authorization, and how often; counted in the store, for each order. */
import { z } from 'zod';
import type { Fault } from '../shared/faults.ts';
import type { Store } from '../shared/store.ts';

export const TOKEN_SCHEMA = `
  CREATE TABLE IF NOT EXISTS token_uses (
    order_id  TEXT NOT NULL,
    operation TEXT NOT NULL,
    uses      INTEGER NOT NULL,
    PRIMARY KEY (order_id, operation)
  ) STRICT;
`;

const ALWAYS_GOOD = ['tok_visa', 'tok_mastercard', 'tok_unreachable'];
const DECLINE_REASONS: ReadonlyMap<string, string> = new Map([
  ['tok_declined_insufficient_funds', 'insufficient_funds'],
  ['tok_declined_do_not_honor', 'do_not_honor'],
  ['tok_declined_expired_card', 'expired_card'],
  ['tok_declined_fraud', 'fraud'],
]);
/** Tokens that misbehave the first `times` times. */
const MISBEHAVIOUR: ReadonlyMap<string, { readonly fault: Fault; readonly times: number }> = new Map([
  ['tok_slow', { fault: { behaviour: 'delay', delayMs: 5000 }, times: 1 }],
  ['tok_error_before', { fault: { behaviour: 'error_before' }, times: 2 }],
  ['tok_error_after', { fault: { behaviour: 'error_after' }, times: 1 }],
  ['tok_lost_reply', { fault: { behaviour: 'lost_reply' }, times: 1 }],
  ['tok_rate_limited', { fault: { behaviour: 'rate_limit' }, times: 2 }],
] as const);

/** Why a card is declined, or null when it is good in the end. */
export function declineReasonOf(token: string): string | null {
  if (ALWAYS_GOOD.includes(token) || MISBEHAVIOUR.has(token)) return null;
  return DECLINE_REASONS.get(token) ?? 'invalid_token';
}

/** Whether nothing about an order that is paid with this token is answered. */
export function isUnreachable(token: string): boolean {
  return token === 'tok_unreachable';
}

/** How this use of the token goes wrong, or null; durable before the request is worked on. */
export function takeTokenFault(store: Store, token: string, orderId: string): Fault | null {
  const misbehaviour = MISBEHAVIOUR.get(token);
  if (!misbehaviour) return null;
  const row = store.first(
    z.object({ uses: z.number() }),
    `INSERT INTO token_uses (order_id, operation, uses) VALUES (?, 'authorize', 1)
     ON CONFLICT (order_id, operation) DO UPDATE SET uses = uses + 1 RETURNING uses`,
    orderId,
  );
  return row && row.uses <= misbehaviour.times ? misbehaviour.fault : null;
}
