import type { Money } from '../../../domain/money.ts';
import {
  attentionOf,
  deadlineOf,
  runbookPath,
  SEVERITIES,
  type Severity,
} from '../../../domain/operations/attention-catalogue.ts';
import type { MailContent } from './letter.ts';
import { html } from './html.ts';
import { formatMoney } from './format-money.ts';

/** A cause as a mail tells it. */
export interface MailedCause {
  readonly orderId: string;
  readonly code: string;
  readonly since: string;
  readonly message: string;
  readonly status: string;
  readonly total: Money;
}

/** Causes that a digest tells of one by one; of more only how many there are of each code. */
const MOST_ONE_BY_ONE = 20;

/**
 * Tells operations staff of one cause, or of many that came at once: the worst first, with what to do. Holds ids and amounts,
 * and no personal data.
 *
 * @param baseUrl where people reach the API
 * @param more whether others wait for the next mail
 */
export function attentionMail(causes: readonly MailedCause[], more: boolean, baseUrl: string): MailContent {
  const worstFirst = causes.toSorted((one, other) => rankOf(one) - rankOf(other));
  const shown = worstFirst.slice(0, MOST_ONE_BY_ONE);
  const [first] = worstFirst;
  const orders = new Set(causes.map(({ orderId }) => orderId)).size;
  const subject =
    causes.length === 1 && first !== undefined
      ? `${severityOf(first)}: ${first.code} (${first.orderId})`
      : `${orders} ${orders === 1 ? 'order needs' : 'orders need'} a person: ${countsText(causes)}`;
  const rest = countCodes(worstFirst.slice(MOST_ONE_BY_ONE));
  const closing = more ? 'There are more; the next mail tells of them.' : 'That is all since the last mail.';
  const link = (code: string): string => `${baseUrl.replace(/\/$/, '')}${runbookPath(code)}`;
  const lines = shown.map((cause) => [
    `${severityOf(cause)}: ${cause.code}, order ${cause.orderId} (${cause.status}, ${formatMoney(cause.total)})`,
    `  ${cause.message}`,
    `  Since ${cause.since}, act by ${deadlineOf(cause)}. ${link(cause.code)}`,
    `  npm run saga -- orders explain ${cause.orderId}`,
  ]);
  const text = [...lines.map((part) => part.join('\n')), ...rest, closing].join('\n\n');
  return { subject, text: `${text}\n`, html: asHtml(subject, shown, rest, closing, link) };
}

function severityOf({ code }: MailedCause): Severity {
  return attentionOf(code).severity;
}

function rankOf(cause: MailedCause): number {
  return SEVERITIES.indexOf(severityOf(cause));
}

function countsText(causes: readonly MailedCause[]): string {
  return SEVERITIES.flatMap((severity) => {
    const count = causes.filter((cause) => severityOf(cause) === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  }).join(', ');
}

function countCodes(causes: readonly MailedCause[]): readonly string[] {
  const codes = [...new Set(causes.map(({ code }) => code))];
  return codes.map((code) => `And ${causes.filter((cause) => cause.code === code).length} more of ${code}.`);
}

function asHtml(
  subject: string,
  causes: readonly MailedCause[],
  rest: readonly string[],
  closing: string,
  link: (code: string) => string,
): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${subject}</title>
      </head>
      <body style="font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:1rem auto;padding:0 1rem">
        ${causes.map(
          (cause) =>
            html`<p>
              <strong>${severityOf(cause)}: ${cause.code}</strong><br />
              ${cause.orderId} (${cause.status}, ${formatMoney(cause.total)})<br />
              ${cause.message}<br />
              Since ${cause.since}, act by ${deadlineOf(cause)}.
              <a href="${link(cause.code)}">What to do</a>
            </p>`,
        )}
        ${rest.map((text) => html`<p>${text}</p>`)}
        <p>${closing}</p>
      </body>
    </html>`.toString();
}
