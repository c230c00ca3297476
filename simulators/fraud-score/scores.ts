/** What the scorer says of orders: what it was told to say, or else the same for everybody. */
import { z } from 'zod';
import type { Operations } from '../shared/provider-store.ts';
import type { Store } from '../shared/store.ts';

export const SCORE_SCHEMA = `
  -- order_id '' is for every order that has none of its own.
  CREATE TABLE IF NOT EXISTS scores (order_id TEXT PRIMARY KEY, score REAL NOT NULL) STRICT;
`;

/** Of an order of which nothing was said. */
const USUAL_SCORE = 0.1;
const EVERYBODY = '';

const score = z.number().min(0).max(1);

export const scoreBody = z.strictObject({
  orderId: z.string().min(1),
  amountMinor: z.number().int().min(0),
  currency: z.string().regex(/^[A-Z]{3}$/),
  country: z.string().regex(/^[A-Z]{2}$/),
  unitCount: z.number().int().min(1),
  cardDigest: z.string().min(1),
  addressDigest: z.string().min(1),
});
export type ScoreBody = z.output<typeof scoreBody>;

/** The body of `PUT /control/scores`. */
export const setScoreBody = z.strictObject({ orderId: z.string().min(1).optional(), score });

const scoreRow = z.object({ order_id: z.string(), score });

export type Scores = ReturnType<typeof createScores>;
export function createScores(store: Store, operations: Operations) {
  const scoreOf = (orderId: string): number =>
    store.first(
      scoreRow,
      'SELECT order_id, score FROM scores WHERE order_id IN (?, ?) ORDER BY order_id DESC LIMIT 1',
      orderId,
      EVERYBODY,
    )?.score ?? USUAL_SCORE;
  return {
    set: ({ orderId = EVERYBODY, score: told }: z.output<typeof setScoreBody>): void => {
      store.run(
        'INSERT INTO scores (order_id, score) VALUES (?, ?) ON CONFLICT (order_id) DO UPDATE SET score = excluded.score',
        orderId,
        told,
      );
    },
    list: () =>
      store.all(scoreRow, 'SELECT order_id, score FROM scores ORDER BY order_id').map((row) => ({
        ...(row.order_id === EVERYBODY ? {} : { orderId: row.order_id }),
        score: row.score,
      })),
    /** @param request.decline a rule says that the order is surely fraud */
    give({ key, body, decline }: { key: string; body: ScoreBody; decline: object | null }) {
      const { orderId, amountMinor, currency } = body;
      const given = decline === null ? scoreOf(orderId) : 1;
      operations.insert({
        id: `scr_${key}`,
        key,
        operation: 'score',
        orderId,
        amountMinor,
        currency,
        status: 'succeeded',
        parentKey: null,
        detail: { score: given },
        at: new Date().toISOString(),
      });
      return { orderId, score: given };
    },
  };
}
