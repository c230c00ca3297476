import type { Rejection, ShortLine } from '../orders/order.ts';

/**
 * Decides which location serves which line. Pure: the caller reads the shelves and claims the result in one
 * statement; when the claim loses a race it reads again and plans again.
 */
export interface LineDemand {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
}

export interface ShelfStock {
  readonly sku: string;
  readonly locationId: string;
  readonly available: number;
}

export interface Allocation {
  readonly lineId: string;
  readonly sku: string;
  readonly locationId: string;
  readonly quantity: number;
}

export type AllocationPlan =
  | { readonly kind: 'allocated'; readonly allocations: readonly Allocation[] }
  | { readonly kind: 'short'; readonly lines: readonly ShortLine[] };

/**
 * Every line that no plan could serve. Lines of one order on the same item are counted together.
 * @param availableOf units that are free, over all locations
 */
export function findShortLines(
  demands: readonly LineDemand[],
  availableOf: (sku: string) => number,
): readonly ShortLine[] {
  const demandBySku = sumBySku(demands);
  return demands
    .filter(({ sku }) => availableOf(sku) < (demandBySku.get(sku) ?? 0))
    .map(({ lineId, sku, quantity }) => ({
      lineId,
      sku,
      requested: quantity,
      available: availableOf(sku),
    }));
}

/** What the customer is told about them. */
export function outOfStock(lines: readonly ShortLine[]): Rejection {
  return { code: 'OUT_OF_STOCK', message: 'Not everything is in stock', lines };
}

function sumBySku(demands: readonly LineDemand[]): ReadonlyMap<string, number> {
  const demandBySku = new Map<string, number>();
  for (const { sku, quantity } of demands) demandBySku.set(sku, (demandBySku.get(sku) ?? 0) + quantity);
  return demandBySku;
}

/**
 * Plans an order over locations: one location that has everything is preferred (the first in `locationOrder`),
 * otherwise every line takes from the location with the most of it, so that few lines are cut, and lines are cut
 * only when no single location has enough. Lines of one order on the same item are counted together.
 *
 * @param demands lines of one order; quantities are positive integers
 * @param shelves what is available now, at most one row per (sku, location)
 * @param locationOrder location ids, the preferred first
 */
export function planAllocation(
  demands: readonly LineDemand[],
  shelves: readonly ShelfStock[],
  locationOrder: readonly string[],
): AllocationPlan {
  const left = new Map<string, Map<string, number>>();
  for (const shelf of shelves) {
    const bySku = left.get(shelf.sku) ?? new Map<string, number>();
    bySku.set(shelf.locationId, Math.max(0, shelf.available));
    left.set(shelf.sku, bySku);
  }
  const shortLines = findShortLines(demands, (sku) =>
    [...(left.get(sku)?.values() ?? [])].reduce((sum, available) => sum + available, 0),
  );
  if (shortLines.length > 0) return { kind: 'short', lines: shortLines };

  const demandBySku = sumBySku(demands);
  const single = locationOrder.find((locationId) =>
    [...demandBySku].every(([sku, quantity]) => (left.get(sku)?.get(locationId) ?? 0) >= quantity),
  );
  if (single !== undefined) {
    return {
      kind: 'allocated',
      allocations: demands.map(({ lineId, sku, quantity }) => ({
        lineId,
        sku,
        locationId: single,
        quantity,
      })),
    };
  }

  const rank = new Map(locationOrder.map((locationId, index) => [locationId, index]));
  const allocations: Allocation[] = [];
  for (const { lineId, sku, quantity } of demands) {
    let missing = quantity;
    while (missing > 0) {
      const fullest = [...(left.get(sku) ?? [])]
        .filter(([, available]) => available > 0)
        .sort(
          ([idA, availableA], [idB, availableB]) =>
            availableB - availableA ||
            (rank.get(idA) ?? Number.MAX_SAFE_INTEGER) - (rank.get(idB) ?? Number.MAX_SAFE_INTEGER) ||
            (idA < idB ? -1 : 1),
        )[0];
      // Unreachable while the sums above are right; an endless loop would be worse than a loud failure.
      if (fullest === undefined) throw new Error(`No shelf left for ${sku}`);
      const [locationId, available] = fullest;
      const taken = Math.min(missing, available);
      left.get(sku)?.set(locationId, available - taken);
      allocations.push({ lineId, sku, locationId, quantity: taken });
      missing -= taken;
    }
  }
  return { kind: 'allocated', allocations };
}
