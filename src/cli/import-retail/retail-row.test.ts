import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { priceToMinor, readRetailRow, type RetailFields } from './retail-row.ts';

const FIELDS: RetailFields = {
  InvoiceNo: '700001',
  StockCode: 'A1001',
  Description: 'PAPER LANTERN',
  Quantity: '6',
  InvoiceDate: '01/12/2010 08:26',
  UnitPrice: '2.55',
  CustomerID: '90001',
  Country: 'France',
};

/** A number of pence as a decimal with 0, 1 or 2 decimals, by digits alone. */
function decimalsOf(pence: number): string[] {
  const digits = String(pence).padStart(3, '0');
  const [whole, fraction] = [digits.slice(0, -2), digits.slice(-2)];
  return [
    `${whole}.${fraction}`,
    `${whole}.${fraction}0`,
    ...(fraction.endsWith('0') ? [`${whole}.${fraction.slice(0, 1)}`] : []),
    ...(fraction === '00' ? [whole] : []),
  ];
}

describe('prices', () => {
  test('become the pence that their digits say, for every amount and way of writing it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (pence) => {
        for (const text of decimalsOf(pence)) expect(priceToMinor(text)).toBe(pence);
        if (pence > 0) expect(priceToMinor(`-${decimalsOf(pence)[0]}`)).toBe(-pence);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['0.29', 29],
    ['1.15', 115],
    ['4.35', 435],
    ['13541.33', 1_354_133],
    ['0.1', 10],
    ['007', 700],
  ])('%s, which floats get wrong or nearly so, is %d pence', (text, pence) => {
    expect(priceToMinor(text)).toBe(pence);
  });

  test('with a part of a penny are refused, whatever the digits', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 9 }), (pence, third) => {
        expect(() => priceToMinor(`${decimalsOf(pence)[0]}${third}`)).toThrow(/part of a penny/);
      }),
    );
  });

  test('are never read from text that is not a decimal number', () => {
    const decimal = /^-?\d+(\.\d+)?$/;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!decimal.test(text));
        expect(() => priceToMinor(text)).toThrow(/not a decimal number/);
      }),
    );
  });
});

describe('a row', () => {
  test('is taken or refused with a reason, whatever its fields hold', () => {
    const field = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(FIELDS)));
    fc.assert(
      fc.property(
        fc.record(Object.fromEntries(Object.keys(FIELDS).map((name) => [name, field]))),
        (fields) => {
          const record = readRetailRow(7, { ...FIELDS, ...fields });
          if (record.kind === 'skipped') expect(record.reason).not.toBe('');
          else expect(record.row.quantity * record.row.unitPriceMinor).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('shows what is wrong without control characters and without its full length', () => {
    const record = readRetailRow(7, { ...FIELDS, UnitPrice: `\u001b[2J${'x'.repeat(500)}` });
    expect(record).toMatchObject({ kind: 'skipped', line: 7, invoice: '700001' });
    const reason = record.kind === 'skipped' ? record.reason : '';
    expect(reason).toContain(String.raw`\u001b`);
    expect(reason.length).toBeLessThan(120);
  });
});
