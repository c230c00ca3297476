import { z } from 'zod';
import type { DeadWebhook } from '../../../../db/repositories/message-repair.repository.ts';
import type { DeadLetter } from '../../../adapters/events/dead-letter-queue.port.ts';
import type { FieldError } from '../../../domain/errors.ts';
import { invalidRequest } from '../../http/errors.ts';

/** `inbox`: webhooks that were given up. `events`: what the read model's queue has put aside. */
export const deadLetterSource = z.enum(['inbox', 'events']);

export const deadLetter = z
  .strictObject({
    id: z.string().meta({ description: 'For redriving this one.' }),
    source: deadLetterSource,
    orderId: z.string(),
    type: z
      .string()
      .nullable()
      .meta({ description: 'The provider of the webhook, or the type of the event; null when it is none.' }),
    eventId: z.string().nullable(),
    attempts: z.int().nullable().meta({ description: 'How often a webhook was tried; null for events.' }),
    error: z.string().nullable().meta({ description: 'Why it is here.' }),
    since: z.iso.datetime({ offset: true }).meta({ description: 'A webhook: given up. An event: sent.' }),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterAnswer = z.output<typeof deadLetter>;

type NamedWebhook = Pick<DeadWebhook, 'provider' | 'messageId'>;

export function toWebhookAnswer(webhook: DeadWebhook): DeadLetterAnswer {
  const { provider, messageId, orderId, attempts, error, diedAt } = webhook;
  const id = `${provider}:${messageId}`;
  return { id, source: 'inbox', orderId, type: provider, eventId: null, attempts, error, since: diedAt };
}

/** The webhooks that such ids name. @throws CatalogueError INVALID_REQUEST naming every id that cannot be one */
export function readWebhookIds(ids: readonly string[]): readonly NamedWebhook[] {
  const webhooks = ids.map(toWebhook);
  const fieldErrors = webhooks.flatMap((webhook, index): FieldError[] =>
    webhook === null
      ? [{ pointer: `/ids/${index}`, message: 'must be payments: or shipping: and the id of a message' }]
      : [],
  );
  if (fieldErrors.length > 0) throw invalidRequest(...fieldErrors);
  return webhooks.filter((webhook) => webhook !== null);
}

/** The webhook that an id of {@link toWebhookAnswer} names; null when it cannot be one. */
function toWebhook(id: string): NamedWebhook | null {
  const [, provider, messageId] = /^(payments|shipping):(.+)$/s.exec(id) ?? [];
  if ((provider !== 'payments' && provider !== 'shipping') || messageId === undefined) return null;
  return { provider, messageId };
}

/** @param lastSequence the last event of the order that the read model has seen, 0 when none */
export function toEventAnswer(letter: DeadLetter, lastSequence: number): DeadLetterAnswer {
  const { id, orderId, event, sentAt } = letter;
  return {
    id,
    source: 'events',
    orderId,
    type: event?.type ?? null,
    eventId: event?.id ?? null,
    attempts: null,
    error: letter.error ?? (event === null ? null : standingOf(event.sequence, lastSequence)),
    since: sentAt,
  };
}

/** What redriving an event that is valid would lead to. */
function standingOf(sequence: number, lastSequence: number): string {
  if (sequence <= lastSequence) return 'the read model has it already';
  if (sequence > lastSequence + 1) return `event ${lastSequence + 1} of the order has to come before it`;
  return 'it can be applied now';
}
