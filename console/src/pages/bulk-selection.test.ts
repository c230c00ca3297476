import { describe, expect, it } from '@jest/globals';
import { bulkBody, bulkLink, missingOf, selectionOf } from './bulk-selection.ts';

describe('bulkLink', () => {
  it.each([
    [{}, null],
    [{ status: 'confirmed' }, '#/bulk/new?statuses=confirmed'],
    [{ customerId: 'cus_1', createdAfter: 'x' }, '#/bulk/new?customerId=cus_1&createdAfter=x'],
    // A bulk takes one cause, and none of those without any.
    [{ attention: 'true' }, '#/bulk/new?attention=needed'],
    [{ attention: 'false', status: 'confirmed' }, null],
  ])('of a list narrowed by %j leads to %s', (filter, link) => {
    expect(bulkLink(filter)).toBe(link);
  });
});

describe('missingOf', () => {
  it.each([
    [{}, 'cancel', 'Choose a condition: a bulk is never about all orders.'],
    [{ action: 'cancel' }, 'cancel', 'Choose a condition: a bulk is never about all orders.'],
    [{ attention: 'needed', sku: 'LAMP' }, 'cancel', 'Fill in the cause: a bulk is for one of them.'],
    [{ attention: 'needed', attentionCode: 'SHIPMENT_LATE' }, 'cancel', null],
    [{ sku: 'LAMP' }, '', 'Choose what to do.'],
    [{ sku: 'LAMP' }, 'hold', null],
  ] as const)('of %j and "%s" is %s', (query, action, missing) => {
    expect(missingOf(query, action)).toBe(missing);
  });
});

describe('bulkBody', () => {
  it('has what stands in the address as the service takes it', () => {
    const selection = selectionOf({
      statuses: 'confirmed,fulfilling',
      sku: 'LAMP',
      customerId: '',
      other: 'x',
    });
    expect(bulkBody(selection, 'cancel', 'confirmed')).toEqual({
      action: 'cancel',
      filter: { statuses: ['confirmed', 'fulfilling'], sku: 'LAMP' },
    });
    expect(bulkBody({ sku: 'LAMP' }, 'resend_notification', 'shipped')).toEqual({
      action: 'resend_notification',
      template: 'shipped',
      filter: { sku: 'LAMP' },
    });
  });
});
