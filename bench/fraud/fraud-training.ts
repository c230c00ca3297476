/** One training from a seed: the model, and orders that it has not learned from. */
import type { FraudModel } from '../../src/domain/fraud/fraud-model.ts';
import { Seeded } from '../../tests/chaos/support/seeded.ts';
import { learnModel } from './learn-model.ts';
import { makeOrders, type LabelledOrder } from './synthetic-orders.ts';

/** What the committed model was trained with. */
export const TRAINING = { seed: 20_261_129, orders: 20_000, heldOut: 20_000 } as const;

export function trainModel(options: {
  readonly seed: number;
  readonly orders: number;
  readonly heldOut: number;
}): {
  readonly model: FraudModel;
  readonly heldOut: readonly LabelledOrder[];
} {
  const random = new Seeded(options.seed);
  const [learning, testing] = [random.fork(), random.fork()];
  const model = learnModel(makeOrders(options.orders, learning), `synthetic-${options.seed}`);
  return { model, heldOut: makeOrders(options.heldOut, testing) };
}
