import { describe, expect, it } from '@jest/globals';
import { linkTo, parseRoute } from './route.ts';

describe('the address of a page', () => {
  it.each([
    ['', { page: 'now', id: null, query: {} }],
    ['#/orders', { page: 'orders', id: null, query: {} }],
    ['#/orders/ord_1', { page: 'orders', id: 'ord_1', query: {} }],
    [
      '#/orders?status=shipped&customerId=a%20b',
      { page: 'orders', id: null, query: { status: 'shipped', customerId: 'a b' } },
    ],
    ['#/orders/%zz', { page: 'orders', id: '%zz', query: {} }],
  ])('%s is read', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it('is read as it was written', () => {
    expect(parseRoute(linkTo('inventory', 'A B/1', { x: '&' }))).toEqual({
      page: 'inventory',
      id: 'A B/1',
      query: { x: '&' },
    });
  });
});
