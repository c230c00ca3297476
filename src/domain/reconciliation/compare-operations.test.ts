import { describe, expect, test } from '@jest/globals';
import { compareOperation, type ListedOperation, type RecordedOperation } from './compare-operations.ts';

const theirs: ListedOperation = {
  key: 'ord_1:capture:1',
  kind: 'capture',
  orderId: 'ord_1',
  status: 'succeeded',
  amountMinor: 1110,
  currency: 'GBP',
  reference: 'pay_1',
  at: '2026-01-01T00:00:00.000Z',
  undidNothing: false,
};
const ours: RecordedOperation = {
  key: 'ord_1:capture:1',
  kind: 'capture',
  orderId: 'ord_1',
  status: 'succeeded',
  amountMinor: 1110,
  currency: 'GBP',
  reference: 'pay_1',
};
const kinds = (...sides: Parameters<typeof compareOperation>): string[] =>
  compareOperation(...sides).map(({ kind }) => kind);

describe('an operation that both sides have', () => {
  test('is no difference when they tell the same', () => {
    expect(kinds(theirs, ours)).toEqual([]);
  });

  test.each<[string, Partial<ListedOperation>]>([
    ['order', { orderId: 'ord_2' }],
    ['operation', { kind: 'refund' }],
    ['amount', { amountMinor: 1111 }],
    ['currency', { currency: 'EUR' }],
    ['status', { status: 'declined' }],
    ['status', { status: 'failed' }],
  ])('is a difference of %s', (kind, change) => {
    expect(kinds({ ...theirs, ...change }, ours)).toEqual([kind]);
  });

  test.each<[RecordedOperation['status'], ListedOperation['status'], boolean]>([
    ['pending', 'succeeded', false],
    ['pending', 'declined', false],
    ['succeeded', 'succeeded', true],
    ['refused', 'succeeded', false],
    ['refused', 'declined', true],
    ['refused', 'failed', true],
    ['not_needed', 'declined', true],
    ['not_needed', 'succeeded', false],
  ])('recorded as %s and listed as %s: the same is %s', (recorded, listed, same) => {
    expect(kinds({ ...theirs, status: listed }, { ...ours, status: recorded })).toEqual(
      same ? [] : ['status'],
    );
  });

  test('tells every difference at once, with what each side says', () => {
    const found = compareOperation({ ...theirs, amountMinor: 1, currency: 'EUR' }, ours);
    expect(found.map(({ kind }) => kind)).toEqual(['amount', 'currency']);
    expect(found[0]).toMatchObject({
      operationKey: 'ord_1:capture:1',
      orderId: 'ord_1',
      theirs: { amountMinor: 1, currency: 'EUR', reference: 'pay_1' },
      ours: { amountMinor: 1110, currency: 'GBP' },
    });
  });

  test('is no difference when it undid what never was', () => {
    const nothing = { ...theirs, kind: 'void', amountMinor: 0, currency: 'XXX', undidNothing: true } as const;
    expect(kinds(nothing, { ...ours, kind: 'void' })).toEqual([]);
    expect(
      kinds(
        { ...nothing, kind: 'cancel_booking' },
        { ...ours, kind: 'cancel_booking', status: 'not_needed' },
      ),
    ).toEqual([]);
  });

  test('has no amount where one side has none', () => {
    const parcel = { ...theirs, kind: 'book', amountMinor: undefined, currency: undefined } as const;
    expect(kinds(parcel, { ...ours, kind: 'book', amountMinor: null, currency: null })).toEqual([]);
  });
});

describe('an operation that one side has', () => {
  test('is missing here, whatever became of it there', () => {
    expect(kinds(theirs, null)).toEqual(['missing_here']);
    expect(kinds({ ...theirs, status: 'declined' }, null)).toEqual(['missing_here']);
  });

  test('is missing there only when it is recorded to have been done', () => {
    expect(kinds(null, ours)).toEqual(['missing_there']);
    for (const status of ['pending', 'refused', 'not_needed'] as const) {
      expect(kinds(null, { ...ours, status })).toEqual([]);
    }
  });
});
