import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { outOfStock, planAllocation, type LineDemand, type ShelfStock } from './allocation.ts';

const SKUS = ['A', 'B', 'C'];
const LOCATIONS = ['main', 'west', 'north'];

const demands = fc
  .array(fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 20 }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((lines): LineDemand[] => lines.map((line, index) => ({ ...line, lineId: `${index + 1}` })));
/** At most one row for each item and location, some of them empty, and some locations without a row. */
const shelves = fc
  .tuple(
    ...SKUS.flatMap(() => LOCATIONS.map(() => fc.option(fc.integer({ min: -3, max: 40 }), { nil: null }))),
  )
  .map((quantities): ShelfStock[] =>
    quantities.flatMap((available, index) => {
      const sku = SKUS[Math.floor(index / LOCATIONS.length)];
      const locationId = LOCATIONS[index % LOCATIONS.length];
      if (available === null || sku === undefined || locationId === undefined) return [];
      return [{ sku, locationId, available }];
    }),
  );

const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
const free = (stock: readonly ShelfStock[], sku: string, locationId?: string): number =>
  sum(
    stock
      .filter((shelf) => shelf.sku === sku && (locationId === undefined || shelf.locationId === locationId))
      .map((shelf) => Math.max(0, shelf.available)),
  );
const wanted = (lines: readonly LineDemand[], sku: string): number =>
  sum(lines.filter((line) => line.sku === sku).map((line) => line.quantity));

describe('planning an allocation', () => {
  test('never takes more from a shelf than lies there', () => {
    fc.assert(
      fc.property(demands, shelves, (lines, stock) => {
        const plan = planAllocation(lines, stock, LOCATIONS);
        if (plan.kind === 'short') return;
        for (const sku of SKUS) {
          for (const locationId of LOCATIONS) {
            const taken = plan.allocations.filter(
              (part) => part.sku === sku && part.locationId === locationId,
            );
            expect(sum(taken.map((part) => part.quantity))).toBeLessThanOrEqual(free(stock, sku, locationId));
          }
        }
      }),
    );
  });

  test('gives every line exactly what it asks for', () => {
    fc.assert(
      fc.property(demands, shelves, (lines, stock) => {
        const plan = planAllocation(lines, stock, LOCATIONS);
        if (plan.kind === 'short') return;
        for (const line of lines) {
          const parts = plan.allocations.filter((part) => part.lineId === line.lineId);
          expect(sum(parts.map((part) => part.quantity))).toBe(line.quantity);
          expect(parts.every((part) => part.sku === line.sku && part.quantity > 0)).toBe(true);
        }
      }),
    );
  });

  test('is short exactly when an item is, and names every line of it with what there is', () => {
    fc.assert(
      fc.property(demands, shelves, (lines, stock) => {
        const plan = planAllocation(lines, stock, LOCATIONS);
        const isShort = (sku: string): boolean => free(stock, sku) < wanted(lines, sku);
        expect(plan.kind).toBe(lines.some((line) => isShort(line.sku)) ? 'short' : 'allocated');
        if (plan.kind === 'allocated') return;
        expect(plan.lines).toEqual(
          lines
            .filter((line) => isShort(line.sku))
            .map(({ lineId, sku, quantity }) => ({
              lineId,
              sku,
              requested: quantity,
              available: free(stock, sku),
            })),
        );
      }),
    );
  });

  test('prefers one location that has everything, the first of them', () => {
    fc.assert(
      fc.property(demands, shelves, (lines, stock) => {
        const single = LOCATIONS.find((locationId) =>
          lines.every((line) => free(stock, line.sku, locationId) >= wanted(lines, line.sku)),
        );
        fc.pre(single !== undefined);
        const plan = planAllocation(lines, stock, LOCATIONS);
        expect(plan).toEqual({
          kind: 'allocated',
          allocations: lines.map((line) => ({ ...line, locationId: single })),
        });
      }),
    );
  });

  test('gives the same plan for the same shelves', () => {
    fc.assert(
      fc.property(demands, shelves, (lines, stock) => {
        expect(planAllocation(lines, stock.toReversed(), LOCATIONS)).toEqual(
          planAllocation(lines, stock, LOCATIONS),
        );
      }),
    );
  });

  test('counts two lines of one item together', () => {
    const lines = [
      { lineId: '1', sku: 'A', quantity: 2 },
      { lineId: '2', sku: 'A', quantity: 2 },
    ];
    const stock = [{ sku: 'A', locationId: 'main', available: 3 }];
    expect(planAllocation(lines, stock, LOCATIONS)).toEqual({
      kind: 'short',
      lines: [
        { lineId: '1', sku: 'A', requested: 2, available: 3 },
        { lineId: '2', sku: 'A', requested: 2, available: 3 },
      ],
    });
  });

  test('takes from the location that comes first where two have as much, and from one without a place last', () => {
    const lines = [{ lineId: '1', sku: 'A', quantity: 7 }];
    const stock = ['zulu', 'west', 'alpha', 'main'].map((locationId) => ({
      sku: 'A',
      locationId,
      available: 2,
    }));
    for (const shelves of [stock, stock.toReversed()]) {
      const plan = planAllocation(lines, shelves, LOCATIONS);
      expect(plan.kind === 'allocated' && plan.allocations.map(({ locationId }) => locationId)).toEqual([
        'main',
        'west',
        'alpha',
        'zulu',
      ]);
    }
  });

  test('that fails is a rejection with every line that lacks stock', () => {
    const lines = [{ lineId: '1', sku: 'A', requested: 2, available: 1 }];
    expect(outOfStock(lines)).toEqual({
      code: 'OUT_OF_STOCK',
      message: 'Not everything is in stock',
      lines,
    });
  });

  test('cuts a line only when no location has enough of it', () => {
    const stock = [
      { sku: 'A', locationId: 'main', available: 4 },
      { sku: 'B', locationId: 'west', available: 4 },
      { sku: 'C', locationId: 'main', available: 2 },
      { sku: 'C', locationId: 'west', available: 3 },
    ];
    const lines = ['A', 'B', 'C'].map((sku, index) => ({ lineId: `${index + 1}`, sku, quantity: 4 }));
    expect(planAllocation(lines, stock, LOCATIONS)).toEqual({
      kind: 'allocated',
      allocations: [
        { lineId: '1', sku: 'A', locationId: 'main', quantity: 4 },
        { lineId: '2', sku: 'B', locationId: 'west', quantity: 4 },
        { lineId: '3', sku: 'C', locationId: 'west', quantity: 3 },
        { lineId: '3', sku: 'C', locationId: 'main', quantity: 1 },
      ],
    });
  });
});
