/** What the tool reads of the API's answers about dead letters. */
import { z } from 'zod';

export const SOURCES = ['inbox', 'events'] as const;
export type Source = (typeof SOURCES)[number];

export const deadLetterPageSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      orderId: z.string(),
      type: z.string().nullable(),
      eventId: z.string().nullable(),
      attempts: z.int().nullable(),
      error: z.string().nullable(),
      since: z.string(),
    }),
  ),
  total: z.int(),
  nextCursor: z.string().nullable(),
});
export type DeadLetterPageReply = z.output<typeof deadLetterPageSchema>;

export const redrivenSchema = z.looseObject({
  redriven: z.int(),
  ids: z.array(z.string()),
  notFound: z.array(z.string()),
  remaining: z.int(),
});
export const discardedSchema = z.looseObject({
  discarded: z.int(),
  notFound: z.array(z.string()),
  remaining: z.int(),
});

export type RedrivenReply = z.output<typeof redrivenSchema>;
