import { z } from 'zod';
import type { InventoryView } from '../../../db/repositories/inventory.repository.ts';
import { locationId, text } from '../http/fields.ts';

/** Units in one adjustment; far below where a sum of adjustments would stop being exact. */
const MAX_ADJUSTMENT = 1_000_000_000;

export const inventory = z
  .strictObject({
    sku: z.string(),
    onHand: z.int(),
    reserved: z.int(),
    available: z.int(),
    locations: z.array(
      z.strictObject({ locationId: z.string(), onHand: z.int(), reserved: z.int(), available: z.int() }),
    ),
  })
  .meta({ id: 'Inventory', description: '`available` is on hand and not reserved.' });

export const adjustInventoryBody = z
  .strictObject({
    locationId,
    quantity: z
      .int()
      .min(-MAX_ADJUSTMENT)
      .max(MAX_ADJUSTMENT)
      .refine((value) => value !== 0, 'must not be 0')
      .meta({ description: 'Signed: what is added to the shelf.', override: { not: { const: 0 } } }),
    reason: text(200),
  })
  .meta({ id: 'AdjustInventory' });

export const adjustment = z
  .strictObject({
    id: z.string(),
    sku: z.string(),
    locationId: z.string(),
    quantity: z.int(),
    reason: z.string(),
    inventory,
  })
  .meta({ id: 'Adjustment' });

export function toInventoryAnswer(view: InventoryView): z.output<typeof inventory> {
  return {
    sku: view.sku,
    onHand: view.onHand,
    reserved: view.reserved,
    available: view.available,
    locations: view.locations.map(({ locationId: id, onHand, reserved, available }) => ({
      locationId: id,
      onHand,
      reserved,
      available,
    })),
  };
}
