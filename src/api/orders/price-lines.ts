/**
 * Prices come from the item, never from the caller, unless the caller may name them. What is not there at all is refused
 * with them, before anything is started.
 */
import { CatalogueError, type FieldError } from '../../domain/errors.ts';
import { findShortLines, outOfStock } from '../../domain/inventory/allocation.ts';
import { addMinor, multiplyMinor } from '../../domain/money.ts';
import type { PricedLine } from '../../domain/orders/order.ts';
import type { ApiRepositories } from '../dependencies.ts';
import { describeFieldErrors } from '../http/errors.ts';
import type { PlaceOrderBody } from './place-order.schema.ts';
import type { GuardedItem } from './waiting-room-door.ts';

export interface PricedOrder {
  readonly lines: readonly PricedLine[];
  readonly totalMinor: number;
  /** Items that are sold through a waiting room now. */
  readonly guardedItems: readonly GuardedItem[];
}

/**
 * The lines with their prices, and their sum.
 *
 * @param options.refuseShort whether what is not there is refused here, or left to the workflow
 * @throws CatalogueError INVALID_ORDER naming every line that cannot be sold in this currency, or whose total is too large;
 *   TOTAL_CHANGED when the sum is not what the customer saw; OUT_OF_STOCK naming every line that cannot be had now.
 *   Rejects with DatabaseUnavailableError.
 */
export async function priceLines(
  body: PlaceOrderBody,
  repositories: ApiRepositories,
  options: { readonly refuseShort: boolean },
): Promise<PricedOrder> {
  const skus = [...new Set(body.lines.map((line) => line.sku))];
  const items = await repositories.inventory.readOffers(skus, body.currency);
  const itemBySku = new Map(items.map((item) => [item.sku, item]));
  const fieldErrors: FieldError[] = [];
  const lines = body.lines.map(({ sku, quantity, unitPriceMinor: overrideMinor }, index): PricedLine => {
    const item = itemBySku.get(sku);
    const unitPriceMinor = overrideMinor ?? item?.unitPriceMinor ?? 0;
    const pointer = `/lines/${index}/sku`;
    if (item === undefined) fieldErrors.push({ pointer, message: 'is not an item of the catalogue' });
    else if (!item.active) fieldErrors.push({ pointer, message: 'is not sold any more' });
    else if (item.unitPriceMinor === null && overrideMinor === undefined)
      fieldErrors.push({ pointer, message: `has no price in ${body.currency}` });
    return { lineId: String(index + 1), sku, quantity, unitPriceMinor };
  });
  if (fieldErrors.length > 0) throw invalidOrder(fieldErrors);
  const totalMinor = totalOf(lines);
  // A provider takes no payment of nothing, so such an order could never be decided.
  if (totalMinor === 0) throw invalidOrder([{ pointer: '/lines', message: 'make a total of 0' }]);
  if (body.expectedTotalMinor !== undefined && body.expectedTotalMinor !== totalMinor) {
    throw new CatalogueError(
      'TOTAL_CHANGED',
      `The total is ${totalMinor} now, not ${body.expectedTotalMinor} (minor units of ${body.currency}).`,
      { extensions: { actualTotal: { amountMinor: totalMinor, currency: body.currency } } },
    );
  }
  // Of what an earlier attempt has begun nobody can say that it will never be: it may still be on its way to Temporal. So a
  // repetition is decided by its workflow, of which there is one whichever attempt is the first to start it.
  const available = (sku: string): number => itemBySku.get(sku)?.available ?? 0;
  const shortLines = options.refuseShort ? findShortLines(lines, available) : [];
  if (shortLines.length > 0) {
    const { code, message } = outOfStock(shortLines);
    throw new CatalogueError(code, message, { extensions: { lines: shortLines } });
  }
  return { lines, totalMinor, guardedItems: items.filter(({ waitingRoomIds }) => waitingRoomIds.length > 0) };
}

/** @throws CatalogueError INVALID_ORDER when a product or the sum is more than an integer holds exactly */
function totalOf(lines: readonly PricedLine[]): number {
  const fieldErrors: FieldError[] = [];
  const totalsMinor = lines.map((line, index) => {
    try {
      return multiplyMinor(line.unitPriceMinor, line.quantity);
    } catch {
      fieldErrors.push({
        pointer: `/lines/${index}/quantity`,
        message: 'makes the total of the line too large',
      });
      return 0;
    }
  });
  if (fieldErrors.length > 0) throw invalidOrder(fieldErrors);
  try {
    return addMinor(...totalsMinor);
  } catch {
    throw invalidOrder([{ pointer: '/lines', message: 'make a total that is too large' }]);
  }
}

function invalidOrder(fieldErrors: readonly FieldError[]): CatalogueError {
  return new CatalogueError('INVALID_ORDER', describeFieldErrors(fieldErrors), { fieldErrors });
}
