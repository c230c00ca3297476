import type { InventoryReply } from '../api/api-replies.ts';
import { table } from '../output/table.ts';

/** What lies where, with the sum over all locations last. */
export function inventoryText(inventory: InventoryReply): string {
  const row = (name: string, shelf: { onHand: number; reserved: number; available: number }): string[] => [
    name,
    String(shelf.onHand),
    String(shelf.reserved),
    String(shelf.available),
  ];
  return table(
    [
      { title: inventory.sku },
      { title: 'On hand', align: 'right' },
      { title: 'Reserved', align: 'right' },
      { title: 'Available', align: 'right' },
    ],
    [...inventory.locations.map((shelf) => row(shelf.locationId, shelf)), row('all', inventory)],
  );
}
