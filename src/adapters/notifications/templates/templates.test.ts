import { describe, expect, it } from '@jest/globals';
import type { OrderView } from '../../../domain/orders/order.ts';
import { formatMoney } from './format-money.ts';
import { escapeHtml, Html, html } from './html.ts';
import { renderOrderMail, type OrderMailTemplate } from './index.ts';

const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const contact = { email: 'jane@example.com' };

function line(lineId: string, name: string): OrderView['lines'][number] {
  return {
    lineId,
    sku: `SKU${lineId}`,
    name,
    quantity: 3,
    unitPrice: gbp(370),
    total: gbp(1110),
    locationId: 'main',
    allocations: [{ locationId: 'main', quantity: 3 }],
  };
}

function order(changes: Partial<OrderView> = {}): OrderView {
  return {
    id: 'ord_0123456789abcdefghjkmnpqrs',
    version: 4,
    status: 'confirmed',
    paymentStatus: 'authorized',
    attention: null,
    attentions: [],
    waiting: null,
    rejection: null,
    customerId: 'cus_1',
    currency: 'GBP',
    lines: [line('1', 'White mug')],
    totals: {
      items: gbp(1110),
      total: gbp(1110),
      captured: gbp(0),
      refunded: gbp(0),
      outstanding: gbp(1110),
      refundDue: gbp(0),
    },
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
        failureCode: null,
        lines: [{ lineId: '1', quantity: 1 }],
        createdAt: '2026-01-01T00:00:00Z',
        settledAt: '2026-01-01T00:00:01Z',
      },
    ],
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}
const mail = (template: OrderMailTemplate, changes: Partial<OrderView> = {}, subjectId = '1') =>
  renderOrderMail(template, order(changes), contact, subjectId);

describe('mails about an order', () => {
  it.each<[OrderMailTemplate, string, string[]]>([
    ['confirmed', '1', ['White mug', '3 × £3.70', '£11.10', 'held on your card']],
    ['shipped', '1', ['TRK1']],
    ['rejected', '1', ['not been charged']],
    ['cancelled', '1', ['not been charged']],
    ['refunded', 'ref_1', ['£3.70', 'White mug', '1 ×']],
  ])('say in text and in HTML what happened: %s', (template, subjectId, said) => {
    const { to, subject, text, html } = mail(template, {}, subjectId);
    expect(to).toBe('jane@example.com');
    expect(subject).toContain('ord_0123456789abcdefghjkmnpqrs');
    for (const words of [...said, 'ord_0123456789abcdefghjkmnpqrs']) {
      expect(text).toContain(words);
      expect(html).toContain(words);
    }
  });

  it('take nothing of an item or a carrier for markup', () => {
    const nasty = `</td><script>alert("x")</script> & 'co'`;
    const escaped = '&lt;/td&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;co&#39;';
    const confirmed = mail('confirmed', { lines: [line('1', nasty)] });
    expect(confirmed.html).toContain(escaped);
    expect(confirmed.html).not.toContain('<script');
    expect(confirmed.text).toContain(nasty);

    const refunded = mail('refunded', { lines: [line('1', nasty)] }, 'ref_1');
    expect(refunded.html).toContain(escaped);
    const shipment = {
      id: 's1',
      locationId: 'main',
      carrier: nasty,
      trackingNumber: nasty,
      status: 'shipped',
    } as const;
    const shipped = mail('shipped', { shipments: [shipment] });
    expect(shipped.html).toContain(escaped);
    expect(shipped.html).not.toContain('<script');
  });

  it('fetch nothing from anywhere', () => {
    for (const template of ['confirmed', 'shipped', 'cancelled'] as const)
      expect(mail(template).html).not.toMatch(/https?:|src=|url\(/);
  });

  it('tell a long order by its first twenty lines', () => {
    const lines = Array.from({ length: 675 }, (_, index) => line(String(index + 1), `Item ${index + 1}`));
    const { text, html } = mail('confirmed', { lines });
    for (const content of [text, html]) {
      expect(content.match(/Item \d+/g)).toHaveLength(20);
      expect(content).toContain('and 655 more');
    }
  });

  it('tell twenty lines without saying that there are more', () => {
    const lines = Array.from({ length: 20 }, (_, index) => line(String(index + 1), `Item ${index + 1}`));
    const { text } = mail('confirmed', { lines });
    expect(text).toContain('Item 20');
    expect(text).not.toContain('more\n');
  });

  it('say that the card was charged once it was', () => {
    const totals = {
      items: gbp(1110),
      total: gbp(1110),
      captured: gbp(1110),
      refunded: gbp(0),
      outstanding: gbp(0),
      refundDue: gbp(0),
    };
    expect(mail('confirmed', { totals }).text).toContain('Your card has been charged');
  });

  it('say of a cancelled order what became of the money', () => {
    const totals = (refundedMinor: number) => ({
      items: gbp(1110),
      total: gbp(1110),
      captured: gbp(1110),
      refunded: gbp(refundedMinor),
      outstanding: gbp(refundedMinor),
      refundDue: gbp(1110 - refundedMinor),
    });
    expect(mail('cancelled', { totals: totals(1110) }).text).toContain('£11.10 has been given back');
    expect(mail('cancelled', { totals: totals(0) }).text).toContain('is given back to the card');
  });

  it('list every parcel that was not cancelled', () => {
    const shipment = (id: string, trackingNumber: string, status: 'shipped' | 'cancelled') => ({
      id,
      locationId: 'main',
      carrier: 'Parcel',
      trackingNumber,
      status,
    });
    const shipments = [
      shipment('s1', 'TRK1', 'shipped'),
      shipment('s2', 'TRK2', 'shipped'),
      shipment('s3', 'TRK3', 'cancelled'),
    ];
    const { text } = mail('shipped', { shipments });
    expect(text).toContain('in 2 parcels');
    expect(text).toContain('TRK2');
    expect(text).not.toContain('TRK3');
  });

  it('are not written about a refund that the order does not have', () => {
    expect(() => mail('refunded', {}, 'ref_2')).toThrow('has no refund ref_2');
  });
});

describe('money in mails', () => {
  it.each([
    [1110, 'GBP', '£11.10'],
    [5, 'GBP', '£0.05'],
    [0, 'GBP', '£0.00'],
    [-250, 'GBP', '-£2.50'],
    [1110, 'JPY', 'JP¥1,110'],
    [1110, 'KWD', 'KWD 1.110'],
    [9_007_199_254_740_991, 'GBP', '£90,071,992,547,409.91'],
  ])('%d minor units of %s read %s', (amountMinor, currency, text) => {
    expect(formatMoney({ amountMinor, currency }).replaceAll('\u00a0', ' ')).toBe(text);
  });
});

describe('HTML of mails', () => {
  it('escapes values and keeps what is HTML already', () => {
    const list = ['<a>', 'b'].map((name) => html`<i>${name}</i>`);
    expect(html`<p title="${'"'}">${list}${new Html('<br>')}${1}</p>`.toString()).toBe(
      '<p title="&quot;"><i>&lt;a&gt;</i><i>b</i><br>1</p>',
    );
    expect(escapeHtml(`<>&"'`)).toBe('&lt;&gt;&amp;&quot;&#39;');
  });
});
