/** The queue and an explanation as people read them. */
import { moneyText } from '../output/money-text.ts';
import { plain, table } from '../output/table.ts';
import type { AttentionItemReply, ExplanationReply } from './attention-replies.ts';

/** One cause a row. */
export function attentionListText(items: readonly AttentionItemReply[]): string {
  if (items.length === 0) return 'Nothing calls a person.';
  return table(
    [
      { title: 'Severity' },
      { title: 'Code' },
      { title: 'Order' },
      { title: 'Status' },
      { title: 'Total', align: 'right' },
      { title: 'Since' },
      { title: 'Act by' },
      { title: 'Owner' },
    ],
    items.map((item) => [
      item.severity,
      item.code,
      item.orderId,
      item.status,
      moneyText(item.total),
      item.since,
      item.overdue ? `${item.deadline} (over)` : item.deadline,
      item.owner,
    ]),
  );
}

/** @param baseUrl of the API, which has the runbooks */
export function explanationText(told: ExplanationReply, baseUrl: string): string {
  const runbooks = told.causes.map(({ code, runbook }) => `Runbook of ${code}: ${baseUrl}${runbook}`);
  return [
    plain(told.headline),
    '',
    ...told.sentences.map((sentence) => `  ${plain(sentence)}`),
    '',
    ...runbooks,
    `Temporal: ${told.links.temporal}`,
  ].join('\n');
}
