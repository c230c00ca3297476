import { describe, expect, it } from '@jest/globals';
import type { Order } from '../api/types.ts';
import { missingOf, quantityName, type ActionContext, type FormField } from './form-field.ts';
import { initialRefund, refundBody, refundFields } from './refund-form.ts';
import { initialResolution, resolutionBody, resolutionFields } from './resolution-form.ts';

const pounds = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const order = {
  currency: 'GBP',
  lines: [{ lineId: '1', sku: 'LAMP', name: 'Lamp', quantity: 3 }],
  totals: { captured: pounds(3000), refunded: pounds(500) },
  refunds: [
    { id: 'ref_1', status: 'succeeded', amount: pounds(500) },
    { id: 'ref_2', status: 'pending', amount: pounds(100) },
  ],
} as unknown as Order;
const operation = (key: string, kind: string) => ({ key, kind, amount: pounds(3000), since: '' });
const inDoubt = (...operations: readonly ReturnType<typeof operation>[]) =>
  ({ order, explanation: { facts: { operations } } }) as unknown as ActionContext;
const context: ActionContext = { order, explanation: null };

describe('a form', () => {
  const fields: readonly FormField[] = [
    { kind: 'text', name: 'city', label: 'City' },
    { kind: 'text', name: 'region', label: 'Region', isOptional: true },
    { kind: 'select', name: 'mail', label: 'Mail', options: [['shipped', 'Shipped']] },
    {
      kind: 'text',
      name: 'country',
      label: 'Country',
      check: (text) => (text.length === 2 ? null : 'Two letters.'),
    },
    { kind: 'check', name: 'restock', label: 'Restock' },
  ];

  it.each([
    [{}, 'Fill in: city.'],
    [{ city: '  ' }, 'Fill in: city.'],
    [{ city: 'York' }, 'Choose: mail.'],
    [{ city: 'York', mail: 'shipped', country: 'GBR' }, 'Two letters.'],
    [{ city: 'York', mail: 'shipped', country: 'GB' }, null],
  ])('with %j lacks: %s', (values, missing) => {
    expect(missingOf(fields, values)).toBe(missing);
  });
});

describe('the form of a refund', () => {
  it('begins with all that is left, without what is promised already', () => {
    expect(initialRefund(context)).toEqual({ by: 'all', amount: '24.00' });
    expect(refundBody(context, { by: 'all', amount: '7' })).toEqual({});
  });

  it('asks for an amount in minor units', () => {
    expect(missingOf(refundFields(context, { by: 'amount' }), { by: 'amount', amount: 'much' })).toBe(
      'That is no amount.',
    );
    expect(refundBody(context, { by: 'amount', amount: '£12.50' })).toEqual({ amountMinor: 1250 });
  });

  it('asks for units of lines, and whether they came back', () => {
    const values = { by: 'lines', [quantityName('1')]: '2', restock: 'yes' };
    expect(missingOf(refundFields(context, values), { by: 'lines' })).toBe('Choose units of a line.');
    expect(refundBody(context, values)).toEqual({ lines: [{ lineId: '1', quantity: 2 }], restock: true });
  });
});

describe('the form about a lost answer', () => {
  it('has the operation in it when there is one only, and none of the carrier', () => {
    const one = inDoubt(operation('ord_1:capture:1', 'capture'), operation('ord_1:book:1', 'book'));
    expect(initialResolution(one)).toEqual({ operationKey: 'ord_1:capture:1' });
    const two = inDoubt(operation('ord_1:capture:1', 'capture'), operation('ord_1:void:1', 'void'));
    expect(initialResolution(two)).toEqual({});
    expect(resolutionFields(two, {})[0]).toMatchObject({ kind: 'select', options: { length: 2 } });
    expect(resolutionFields(context, {})[0]).toMatchObject({ kind: 'text' });
  });

  it("sends the provider's id only with what was done", () => {
    const values = {
      operationKey: 'k',
      outcome: 'never_happened',
      providerReference: 'cap_1',
      evidence: 'seen',
    };
    expect(resolutionBody(context, values)).not.toHaveProperty('providerReference');
    expect(resolutionBody(context, { ...values, outcome: 'succeeded' })).toMatchObject({
      providerReference: 'cap_1',
    });
  });
});
