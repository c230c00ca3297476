import { describe, expect, test } from '@jest/globals';
import type { OrderView } from '../orders/order.ts';
import { formatMoney, renderOrderMail, type OrderMailTemplate } from './order-mail.ts';

const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });

function order(changes: Partial<OrderView> = {}): OrderView {
  return {
    id: 'ord_0123456789abcdefghjkmnpqrs',
    version: 4,
    status: 'confirmed',
    paymentStatus: 'authorized',
    attention: null,
    rejection: null,
    customerId: 'cus_1',
    currency: 'GBP',
    lines: [
      {
        lineId: '1',
        sku: 'A',
        name: 'Mug <b>"large"</b> & saucer',
        quantity: 3,
        unitPrice: gbp(370),
        total: gbp(1110),
        locationId: 'main',
        allocations: [{ locationId: 'main', quantity: 3 }],
      },
    ],
    totals: { items: gbp(1110), total: gbp(1110), captured: gbp(0), refunded: gbp(0) },
    payment: { method: 'card', captureBefore: null },
    shipments: [
      { id: 's1', locationId: 'main', carrier: 'Parcel & Co', trackingNumber: 'TRK1', status: 'shipped' },
    ],
    refunds: [
      {
        id: 'ref_1',
        status: 'succeeded',
        amount: gbp(370),
        reason: 'damaged',
        restock: false,
        lines: [],
        createdAt: '2026-01-01T00:00:00Z',
        settledAt: '2026-01-01T00:00:01Z',
      },
    ],
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}
const contact = { email: 'jane@example.com' };

describe('mails about an order', () => {
  test.each<[OrderMailTemplate, string, string]>([
    ['confirmed', '1', '£11.10'],
    ['shipped', '1', 'TRK1'],
    ['cancelled', '1', 'not been charged'],
    ['refunded', 'ref_1', '£3.70'],
  ])('the mail "%s" says what happened in text and in HTML', (template, subjectId, said) => {
    const mail = renderOrderMail(template, order(), contact, subjectId);
    expect(mail.to).toBe('jane@example.com');
    expect(mail.subject).toContain('ord_0123456789abcdefghjkmnpqrs');
    expect(mail.text).toContain(said);
    expect(mail.html).toContain(said);
  });

  test('nothing of an item or a carrier is taken for markup', () => {
    const { html, text } = renderOrderMail('confirmed', order(), contact, '1');
    expect(html).toContain('Mug &lt;b&gt;&quot;large&quot;&lt;/b&gt; &amp; saucer');
    expect(html).not.toContain('<b>');
    expect(text).toContain('3 × Mug <b>"large"</b> & saucer  £11.10');
  });

  test('a cancelled order that was charged says what was given back', () => {
    const totals = { items: gbp(1110), total: gbp(1110), captured: gbp(1110), refunded: gbp(1110) };
    const { text } = renderOrderMail('cancelled', order({ totals }), contact, '1');
    expect(text).toContain('given back to the card');
    expect(text).toContain('£11.10');
  });

  test('a long order is told by its first fifty lines', () => {
    const [line] = order().lines;
    if (line === undefined) throw new Error('the order has no line');
    const lines = Array.from({ length: 675 }, (_, index) => ({ ...line, lineId: `${index + 1}` }));
    const { text } = renderOrderMail('confirmed', order({ lines }), contact, '1');
    expect(text.match(/3 × Mug/g)).toHaveLength(50);
    expect(text).toContain('and 625 more');
  });

  test('a refund that the order does not have is an error and not an empty mail', () => {
    expect(() => renderOrderMail('refunded', order(), contact, 'ref_2')).toThrow(/no refund ref_2/);
  });

  test.each([
    [{ amountMinor: 1110, currency: 'GBP' }, '£11.10'],
    [{ amountMinor: 1110, currency: 'JPY' }, 'JP¥1,110'],
    [{ amountMinor: 1110, currency: 'KWD' }, 'KWD 1.110'],
  ])('money %j reads %s', (money, text) => {
    expect(formatMoney(money).replaceAll('\u00a0', ' ')).toBe(text);
  });
});
