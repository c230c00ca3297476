/** Orders about which the provider says nothing (`tok_unreachable`), until the control interface lifts it. */
import type { Response } from 'express';
import { z } from 'zod';
import type { Silence } from '../shared/operation-endpoint.ts';
import type { Store } from '../shared/store.ts';

export const SILENCE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS silent_orders (order_id TEXT PRIMARY KEY, lifted INTEGER NOT NULL DEFAULT 0) STRICT;
`;

export interface OrderSilence extends Silence {
  /** From now on nothing about this order is answered; has no effect on an order for which it was lifted. */
  begin(orderId: string): void;
}

export function createSilence(store: Store): OrderSilence {
  /** The requests that hang, with their order. */
  const held = new Map<Response, string>();
  const isSilent = (orderId: string): boolean =>
    store.first(
      z.object({ lifted: z.number() }),
      'SELECT lifted FROM silent_orders WHERE order_id = ? AND lifted = 0',
      orderId,
    ) !== null;
  return {
    isSilent,
    begin(orderId) {
      store.run('INSERT INTO silent_orders (order_id) VALUES (?) ON CONFLICT DO NOTHING', orderId);
    },
    hold(response, orderId) {
      held.set(response, orderId);
      response.once('close', () => held.delete(response));
    },
    hanging: () => held.size,
    lift(orderId) {
      store.run('UPDATE silent_orders SET lifted = 1 WHERE ?1 IS NULL OR order_id = ?1', orderId ?? null);
      for (const [response, heldOrderId] of held)
        if (orderId === undefined || orderId === heldOrderId) response.destroy();
    },
  };
}
