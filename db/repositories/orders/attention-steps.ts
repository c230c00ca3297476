/** What calls a person to an order. */
import type { Database } from '../../client.ts';
import type { OrderRepository } from '../orders.repository.ts';
import { clearing, isCleared, isRaised, raising } from './attention-parts.ts';
import { changeOrder } from './order-change.ts';

type AttentionSteps = Pick<OrderRepository, 'raiseAttention' | 'clearAttention'>;

export function createAttentionSteps(database: Database): AttentionSteps {
  return {
    raiseAttention(input) {
      const { code, message, raisedBy = 'workflow' } = input;
      return changeOrder(database, 'orders.raiseAttention', {
        order: input,
        when: isRaised,
        ...raising({ code, message, raisedBy }),
      });
    },

    clearAttention(input) {
      return changeOrder(database, 'orders.clearAttention', {
        order: input,
        when: isCleared,
        ...clearing(input.code),
      });
    },
  };
}
