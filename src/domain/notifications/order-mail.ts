/**
 * The mails that a customer gets, as text and as HTML. Pure: the same order gives the same words.
 */
import type { Money } from '../money.ts';
import type { Contact, OrderView } from '../orders/order.ts';

export type OrderMailTemplate = 'confirmed' | 'shipped' | 'cancelled' | 'refunded';

export interface RenderedMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A mail before it is set in text or HTML. */
interface Letter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Rows of a table: what, and how much. */
  readonly rows?: readonly (readonly [string, string])[];
}

/** Longer orders are told by their first lines, because a mail is not an invoice. */
const MOST_LINES = 50;

/**
 * Writes the mail for one event of an order.
 *
 * @param subjectId what within the order it is about: the refund id for `refunded`
 * @throws Error when the order has no such refund
 */
export function renderOrderMail(
  template: OrderMailTemplate,
  order: OrderView,
  contact: Contact,
  subjectId: string,
): RenderedMail {
  const letter = LETTERS[template](order, subjectId);
  return { to: contact.email, subject: letter.subject, text: asText(letter), html: asHtml(letter) };
}

const LETTERS: Record<OrderMailTemplate, (order: OrderView, subjectId: string) => Letter> = {
  confirmed: (order) => ({
    subject: `Your order ${order.id} is confirmed`,
    paragraphs: [
      'Thank you for your order. It is confirmed and paid, and we are packing it.',
      'We write again as soon as it is on its way.',
    ],
    rows: [...linesOf(order), ['Total', formatMoney(order.totals.total)]],
  }),
  shipped: (order) => ({
    subject: `Your order ${order.id} is on its way`,
    paragraphs: [
      order.shipments.length === 1
        ? 'The carrier has your parcel. You can follow it by its tracking number.'
        : `The carrier has your ${order.shipments.length} parcels. You can follow each by its tracking number.`,
    ],
    rows: order.shipments.map((shipment) => [shipment.carrier ?? '', shipment.trackingNumber ?? '']),
  }),
  cancelled: (order) => ({
    subject: `Your order ${order.id} is cancelled`,
    paragraphs: [
      'Your order is cancelled and nothing will be sent.',
      order.totals.captured.amountMinor === 0
        ? 'You have not been charged; the amount that your bank held is let go.'
        : 'What you were charged is given back to the card you paid with.',
    ],
    rows: order.totals.refunded.amountMinor === 0 ? [] : [['Given back', formatMoney(order.totals.refunded)]],
  }),
  refunded: (order, refundId) => {
    const refund = order.refunds.find(({ id }) => id === refundId);
    if (refund === undefined) throw new Error(`Order ${order.id} has no refund ${refundId}`);
    return {
      subject: `We have refunded ${formatMoney(refund.amount)} of your order ${order.id}`,
      paragraphs: [
        `We have given back ${formatMoney(refund.amount)} to the card you paid with.`,
        'Your bank may need a few days to show it.',
      ],
    };
  },
};

function linesOf(order: OrderView): [string, string][] {
  const rows = order.lines
    .slice(0, MOST_LINES)
    .map((line): [string, string] => [`${line.quantity} × ${line.name}`, formatMoney(line.total)]);
  const left = order.lines.length - rows.length;
  return left > 0 ? [...rows, [`and ${left} more`, '']] : rows;
}

/** For example `£11.10`; the currency's own number of decimals. */
export function formatMoney({ amountMinor, currency }: Money): string {
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amountMinor / 10 ** digits);
}

function asText({ paragraphs, rows = [] }: Letter): string {
  const width = Math.max(0, ...rows.map(([what]) => what.length));
  const table = rows.map(([what, howMuch]) => `${what.padEnd(width)}  ${howMuch}`.trimEnd());
  return [...paragraphs, ...(table.length > 0 ? [table.join('\n')] : [])].join('\n\n').concat('\n');
}

function asHtml({ subject, paragraphs, rows = [] }: Letter): string {
  const table = rows
    .map(
      ([what, howMuch]) =>
        `<tr><td style="padding:4px 24px 4px 0">${escapeHtml(what)}</td><td style="padding:4px 0;text-align:right">${escapeHtml(howMuch)}</td></tr>`,
    )
    .join('');
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="font-family:sans-serif;max-width:40em;margin:2em auto;line-height:1.5">',
    `<h1 style="font-size:1.2em">${escapeHtml(subject)}</h1>`,
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(table === '' ? [] : [`<table style="border-collapse:collapse">${table}</table>`]),
    '</body></html>',
  ].join('\n');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
