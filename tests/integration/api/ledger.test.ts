import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { live, stockUp } from '../events/order-lives.ts';
import { expectStatus, startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
const idOf = (letter: string): string => `ord_${letter.repeat(26)}`;
const [refunded, cancelled, absent] = [idOf('r'), idOf('c'), idOf('a')];
beforeAll(async () => {
  api = await startTestApi();
  await stockUp(api.database, api.repositories);
  await live(api.repositories.orders, refunded, 'refunded');
  await live(api.repositories.orders, cancelled, 'cancelled');
});
afterAll(() => api.close());

const ledgerOf = async (id: string) =>
  (await expectStatus(200, api.send('GET', `/v1/orders/${id}/ledger`, { as: 'viewer' }))).json;
const sumOf = (entries: { amount: { amountMinor: number } }[]): number =>
  entries.reduce((sum, { amount }) => sum + amount.amountMinor, 0);

describe('the ledger of an order', () => {
  it('lists every journal with its entries, the oldest first', async () => {
    const { orderId, journals } = await ledgerOf(refunded);
    expect(orderId).toBe(refunded);
    expect(journals.map(({ kind }: { kind: string }) => kind)).toEqual([
      'authorize',
      'capture',
      'refund_requested',
      'refund',
    ]);
    for (const { entries } of journals) expect(sumOf(entries)).toBe(0);
    expect(journals[3]).toMatchObject({
      reference: `ref_${refunded}`,
      entries: [
        { account: 'refunds_due', amount: { amountMinor: 100, currency: 'GBP' } },
        { account: 'cash_at_provider', amount: { amountMinor: -100, currency: 'GBP' } },
      ],
    });
  });

  it('comes to nothing for an order that was let go before it was charged', async () => {
    const { journals } = await ledgerOf(cancelled);
    expect(journals.map(({ kind }: { kind: string }) => kind)).toEqual(['authorize', 'void']);
    const { json } = await expectStatus(200, api.send('GET', `/v1/orders/${cancelled}`, { as: 'viewer' }));
    expect(json.totals).toMatchObject({
      captured: { amountMinor: 0 },
      outstanding: json.totals.total,
      refundDue: { amountMinor: 0 },
    });
  });

  it('is not found for an order that is not there', async () => {
    const { json } = await expectStatus(
      404,
      api.send('GET', `/v1/orders/${absent}/ledger`, { as: 'viewer' }),
    );
    expect(json.code).toBe('NOT_FOUND');
  });

  it('is not for customers, not even that of their own order', async () => {
    const { json } = await expectStatus(
      403,
      api.send('GET', `/v1/orders/${refunded}/ledger`, { as: 'customer' }),
    );
    expect(json.code).toBe('FORBIDDEN');
  });
});

describe('the balances', () => {
  it('sum to zero in every currency, and say what finance asks', async () => {
    const { json } = await expectStatus(200, api.send('GET', '/v1/ledger/balances', { as: 'operator' }));
    expect(sumOf(json.items)).toBe(0);
    const { totals } = (
      await expectStatus(200, api.send('GET', `/v1/orders/${refunded}`, { as: 'operator' }))
    ).json;
    const byAccount = Object.fromEntries(
      json.items.map((item: { account: string; amount: { amountMinor: number } }) => [
        item.account,
        item.amount.amountMinor,
      ]),
    );
    expect(byAccount).toEqual({
      cash_at_provider: totals.total.amountMinor - 100,
      held_at_provider: 0,
      held_contra: 0,
      receivable: 0,
      refunds_due: 0,
      returns: 100,
      sales: -totals.total.amountMinor,
    });
  });
});
