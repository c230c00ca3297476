import { z } from 'zod';
import { CatalogueError } from '../../../domain/errors.ts';
import type { ReplaySelection } from '../../../../db/repositories/message-repair.repository.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { defineCommand } from '../../http/endpoint.ts';
import { invalidRequest, unavailable } from '../../http/errors.ts';
import { evenIfOtherFieldsAreWrong, instant, orderId, text } from '../../http/fields.ts';

const MAX_ORDERS = 100;
/** No more is put in front of new events than the relay publishes in a few seconds. */
const MOST_WAITING_EVENTS = 2_000;

const replayBody = z
  .strictObject({
    orderId: orderId.optional(),
    from: instant.optional().meta({ description: 'Inclusive.' }),
    to: instant.optional().meta({ description: 'Exclusive.' }),
    cursor: text(100).optional().meta({ description: '`nextCursor` of the request before.' }),
    limit: z.int().min(1).max(MAX_ORDERS).default(MAX_ORDERS).meta({ description: 'Orders in one request.' }),
    dryRun: z.boolean().default(false).meta({ description: 'Only count.' }),
  })
  .superRefine((body, context) => {
    const { orderId: id, from, to } = body;
    const refuse = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: body });
    if (id === undefined && from === undefined) refuse('from', 'is required without an orderId');
    if (id === undefined && to === undefined) refuse('to', 'is required without an orderId');
  }, evenIfOtherFieldsAreWrong)
  .meta({ id: 'ReplayEvents' });
type ReplayBody = z.output<typeof replayBody>;

export const replayEventsEndpoint = defineCommand({
  method: 'post',
  path: '/v1/ops/events/replay',
  operationId: 'replayEvents',
  tag: 'Operations',
  summary: 'Publish events of an order, or of a range of times, once more',
  description:
    'They keep their ids, so consumers that have seen them drop them, and go out in the order of their sequence, before anything ' +
    'newer of the same order. An order of which something waits to be published is left alone and named in `skipped`. A range is ' +
    'replayed order by order: send `nextCursor` as `cursor`, with a new Idempotency-Key, until it is null. While many ' +
    'events wait to be published the answer is 503.',
  permission: 'messages:repair',
  body: replayBody,
  answers: {
    200: {
      description: 'What was queued, or with `dryRun` would be',
      schema: z
        .strictObject({
          orders: z.int(),
          events: z.int(),
          skipped: z
            .array(z.string())
            .meta({ description: 'Orders of which something waits to be published.' }),
          nextCursor: z.string().nullable(),
        })
        .meta({ id: 'ReplayedEvents' }),
    },
  },
  errors: ['NOT_FOUND'],
  handle: async ({ body, idempotency }, dependencies) => {
    const { dryRun, limit } = body;
    const { messageRepair } = dependencies.repositories;
    const selection = selectionOf(body);
    if (!dryRun) await refuseWhileManyWait(dependencies);
    const found = dryRun
      ? await messageRepair.previewReplay(selection)
      : await messageRepair.replay({ ...selection, replayId: idempotency.deriveId('rpl') });
    if (found.length === 0 && selection.orderId !== null)
      throw new CatalogueError('NOT_FOUND', 'There is no such order, or no event of it in this time.');
    const queued = found.filter(({ isQueued }) => isQueued);
    const isLast = selection.orderId !== null || found.length < limit;
    return {
      httpStatus: 200,
      body: {
        orders: queued.length,
        events: queued.reduce((sum, { events }) => sum + events, 0),
        skipped: found.filter(({ isQueued }) => !isQueued).map((order) => order.orderId),
        nextCursor: isLast ? null : (found.at(-1)?.orderId ?? null),
      },
    };
  },
});

/** @throws CatalogueError INVALID_REQUEST when the range ends before it begins */
function selectionOf({ orderId: id, from, to, cursor, limit }: ReplayBody): ReplaySelection {
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
    throw invalidRequest({ pointer: '/to', message: 'must be later than from' });
  return { orderId: id ?? null, from: from ?? null, to: to ?? null, after: cursor ?? null, limit };
}

async function refuseWhileManyWait({ repositories }: ApiDependencies): Promise<void> {
  const { waiting } = await repositories.outbox.lag();
  if (waiting > MOST_WAITING_EVENTS) throw unavailable(`${waiting} events wait to be published already.`);
}
