import { z } from 'zod';
import type { Item } from '../../../db/repositories/inventory.repository.ts';
import {
  amountMinor,
  currency,
  evenIfOtherFieldsAreWrong,
  money,
  refuseRepeated,
  text,
} from '../http/fields.ts';

/** What an item weighs when nobody says. */
export const DEFAULT_WEIGHT_GRAMS = 500;

export const putItemBody = z
  .strictObject({
    name: text(500),
    prices: z
      .array(z.strictObject({ amountMinor, currency }))
      .max(200)
      .superRefine(refuseRepeated('currency', 'has more than one price'), evenIfOtherFieldsAreWrong),
    weightGrams: z.int().min(0).max(10_000_000).default(DEFAULT_WEIGHT_GRAMS),
    active: z.boolean().meta({ description: 'Whether it can be ordered.' }),
  })
  .meta({ id: 'PutItem' });

export const item = z
  .strictObject({
    sku: z.string(),
    name: z.string(),
    prices: z.array(money),
    weightGrams: z.int(),
    active: z.boolean(),
  })
  .meta({ id: 'Item' });

export function toItemAnswer(found: Item): z.output<typeof item> {
  const { sku, name, prices, weightGrams, active } = found;
  return { sku, name, prices: [...prices], weightGrams, active };
}
