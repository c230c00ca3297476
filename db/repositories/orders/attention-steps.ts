/**
 * What calls a person to an order. The causes are rows, so that one that comes hides none that is there; the order's own
 * row shows the newest of them.
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import type { OrderRepository } from '../orders.repository.ts';
import { reading, writing } from '../sql.ts';
import { fact } from './facts.ts';
import { changeOrder } from './order-change.ts';

type AttentionSteps = Pick<OrderRepository, 'raiseAttention' | 'clearAttention'>;

export function createAttentionSteps(database: Database): AttentionSteps {
  return {
    raiseAttention(input) {
      const { code, message, raisedBy = 'workflow' } = input;
      return changeOrder(database, 'orders.raiseAttention', {
        order: input,
        reads: [
          // A statement's now() may be older than that of another one that had the order's lock before it.
          writing(
            'raised',
            sql`INSERT INTO attention_causes (order_id, code, message, raised_by, since)
              SELECT held.id, ${code}, ${message}, ${raisedBy},
                greatest(now()::timestamptz(3), held.attention_since + interval '1 millisecond')
              FROM held ON CONFLICT (order_id, code) DO NOTHING
              RETURNING since`,
          ),
        ],
        when: sql`EXISTS (SELECT FROM raised)`,
        set: [
          sql`attention_code = ${code}, attention_since = (SELECT since FROM raised), attention_message = ${message}`,
        ],
        facts: [fact('commerce.order.attention_raised.v1', { code, message })],
      });
    },

    /**
     * A cause that came while the statement waited for the order's lock is not among the rows that it sees; but then the
     * order's row, which it sees as it is, shows that one and not the cause that goes, and stays as it is.
     */
    clearAttention(input) {
      const { code } = input;
      const isShown = sql`held.attention_code = ${code}`;
      return changeOrder(database, 'orders.clearAttention', {
        order: input,
        reads: [
          writing(
            'cleared',
            sql`DELETE FROM attention_causes USING held
              WHERE attention_causes.order_id = held.id AND attention_causes.code = ${code} RETURNING attention_causes.code`,
          ),
          reading(
            'others',
            sql`SELECT code, since, message FROM attention_causes
              WHERE order_id = (SELECT id FROM held) AND code <> ${code} FOR NO KEY UPDATE`,
          ),
          reading('next', sql`SELECT * FROM others ORDER BY since DESC LIMIT 1`),
        ],
        when: sql`EXISTS (SELECT FROM cleared)`,
        set: (['code', 'since', 'message'] as const).map(
          (field) =>
            sql`${sql.raw(`attention_${field}`)} = CASE WHEN ${isShown} THEN (SELECT ${sql.raw(field)} FROM next)
              ELSE held.${sql.raw(`attention_${field}`)} END`,
        ),
        facts: [
          fact('commerce.order.attention_cleared.v1', {
            code,
            remaining: sql`CASE WHEN ${isShown} THEN (SELECT code FROM next) ELSE held.attention_code END`,
          }),
        ],
      });
    },
  };
}
