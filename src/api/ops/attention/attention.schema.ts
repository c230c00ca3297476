import { z } from 'zod';
import type { AttentionItem } from '../../../../db/repositories/attention.repository.ts';
import { ADVICE_NAMES } from '../../../domain/operations/advice.ts';
import {
  attentionOf,
  ATTENTION_OWNERS,
  deadlineOf,
  runbookPath,
  SEVERITIES,
} from '../../../domain/operations/attention-catalogue.ts';
import { money, orderId } from '../../http/fields.ts';
import { orderStatus } from '../../orders/order.schema.ts';

export const severity = z.enum(SEVERITIES).meta({ id: 'Severity', description: 'The worst first.' });
export const attentionOwner = z.enum(ATTENTION_OWNERS).meta({
  id: 'AttentionOwner',
  description: 'Who has to move. `operator` decides about the order, `engineer` mends the service.',
});
export const adviceName = z.enum(ADVICE_NAMES).meta({ id: 'AdviceName' });
export const runbook = z.string().meta({
  description: 'Address below this service of what it means and what to do, step by step.',
  example: '/docs/runbooks#CAPTURE_UNRESOLVED',
});

export const attentionItem = z
  .strictObject({
    orderId,
    code: z.string(),
    severity,
    owner: attentionOwner,
    message: z.string(),
    since: z.iso.datetime(),
    deadline: z.iso.datetime().meta({ description: 'By when somebody should have acted.' }),
    overdue: z.boolean(),
    status: orderStatus,
    total: money,
    actions: z
      .array(adviceName)
      .meta({ description: 'What can help; whether it is possible now, `explain` says.' }),
    clearsByItself: z
      .boolean()
      .meta({ description: 'Whether it goes away once what is wrong elsewhere is mended.' }),
    runbook,
  })
  .meta({
    id: 'AttentionItem',
    description: 'A cause that calls a person to an order; an order may have several.',
  });

/** @param nowMs milliseconds since 1970 */
export function toAttentionAnswer(item: AttentionItem, nowMs: number): z.output<typeof attentionItem> {
  const { severity: how, owner, actions, clearsByItself } = attentionOf(item.code);
  const deadline = deadlineOf(item);
  return {
    orderId: item.orderId,
    code: item.code,
    severity: how,
    owner,
    message: item.message,
    since: item.since,
    deadline,
    overdue: Date.parse(deadline) < nowMs,
    status: item.status,
    total: item.total,
    actions: [...actions],
    clearsByItself,
    runbook: runbookPath(item.code),
  };
}
