/** A mail before it is set: what it says, without how it looks; and the two ways in which it is set. */
import { Html, html } from './html.ts';

/** The three parts of a mail that its template decides. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A table of what and how much. */
export interface LetterTable {
  readonly title: string;
  readonly rows: readonly LetterRow[];
  /** Rows that were left out, told as "and N more". */
  readonly more: number;
  /** Set apart below the others. */
  readonly totals: readonly LetterRow[];
}
export interface LetterRow {
  readonly what: string;
  /** A second, quieter line. */
  readonly note?: string;
  readonly value: string;
}

export interface Letter {
  readonly subject: string;
  readonly heading: string;
  /** CSS colour of the band above the heading. */
  readonly colour: string;
  readonly orderId: string;
  readonly paragraphs: readonly string[];
  readonly table?: LetterTable;
  readonly closing: string;
}

/** Long lists are told by their beginning, because a mail is not an invoice. */
export const MOST_ROWS = 20;

/** The first rows of a list, and how many there are beyond. */
export function firstRows<Item>(
  items: readonly Item[],
  toRow: (item: Item) => LetterRow,
): Pick<LetterTable, 'rows' | 'more'> {
  return { rows: items.slice(0, MOST_ROWS).map(toRow), more: Math.max(0, items.length - MOST_ROWS) };
}

/** Sets a letter as text and as HTML. */
export function setLetter(letter: Letter): MailContent {
  return { subject: letter.subject, text: asText(letter), html: asHtml(letter) };
}

function asText({ heading, orderId, paragraphs, table, closing }: Letter): string {
  const blocks = [heading, `Order ${orderId}`, ...paragraphs];
  if (table) blocks.push(tableAsText(table));
  return `${[...blocks, closing].join('\n\n')}\n`;
}

function tableAsText({ title, rows, more, totals }: LetterTable): string {
  const toLine = ({ what, note, value }: LetterRow): string =>
    `  ${what}${note === undefined ? '' : ` (${note})`}: ${value}`;
  return [
    `${title}:`,
    ...rows.map(toLine),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...totals.map(toLine),
  ].join('\n');
}

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const QUIET = 'color:#5d6475;font-size:13px;line-height:20px';

/** Tables and inline styles, because that is what mail programs understand. */
function asHtml(letter: Letter): string {
  const { subject, heading, colour, orderId, paragraphs, table, closing } = letter;
  const preview = paragraphs[0] ?? '';
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>${subject}</title>
      </head>
      <body style="margin:0;padding:0;background:#f3f4f8;${FONT};color:#1b1e28">
        <div style="display:none;max-height:0;overflow:hidden">${preview}</div>
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f8">
          <tr>
            <td align="center" style="padding:32px 16px">
              <table
                role="presentation"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                style="max-width:600px;background:#ffffff;border-radius:12px;overflow:hidden;text-align:left"
              >
                <tr>
                  <td style="height:6px;line-height:6px;font-size:0;background:${colour}">&nbsp;</td>
                </tr>
                <tr>
                  <td style="padding:32px 36px 8px">
                    <h1 style="margin:0 0 4px;font-size:24px;line-height:32px;font-weight:700">${heading}</h1>
                    <p style="margin:0 0 20px;${QUIET}">Order ${orderId}</p>
                    ${paragraphs.map(
                      (paragraph) =>
                        html`<p style="margin:0 0 14px;font-size:15px;line-height:23px">${paragraph}</p>`,
                    )}
                  </td>
                </tr>
                ${table ? tableAsHtml(table) : new Html('')}
                <tr>
                  <td style="padding:8px 36px 32px">
                    <p style="margin:0;${QUIET}">${closing}</p>
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html>`.toString();
}

function tableAsHtml({ title, rows, more, totals }: LetterTable): Html {
  const row = ({ what, note, value }: LetterRow, style: string): Html =>
    html`<tr>
      <td
        style="padding:10px 12px 10px 0;border-top:1px solid #e4e7ee;font-size:14px;line-height:20px;${style}"
      >
        ${what}${note === undefined ? new Html('') : html`<br /><span style="${QUIET};font-weight:400">${note}</span>`}
      </td>
      <td
        align="right"
        valign="top"
        style="padding:10px 0;border-top:1px solid #e4e7ee;font-size:14px;line-height:20px;white-space:nowrap;${style}"
      >
        ${value}
      </td>
    </tr>`;
  return html`<tr>
    <td style="padding:4px 36px 20px">
      <p style="margin:0 0 8px;font-size:13px;line-height:20px;font-weight:700;color:#5d6475">${title}</p>
      <table role="presentation" width="100%" cellpadding="0" cellspacing="0">
        ${rows.map((each) => row(each, ''))}
        ${more > 0 ? row({ what: `and ${more} more`, value: '' }, 'color:#5d6475') : new Html('')}
        ${totals.map((each) => row(each, 'font-weight:700'))}
      </table>
    </td>
  </tr>`;
}
