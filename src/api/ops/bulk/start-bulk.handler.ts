import { z } from 'zod';
import type { ApiDependencies } from '../../dependencies.ts';
import { deriveId } from '../../http/derived-id.ts';
import { defineCommand, defineEndpoint, type Answer, type Endpoint } from '../../http/endpoint.ts';
import { bulkAction, plannedBulk, toBulkAnswer, toTallyAnswer } from './bulk.schema.ts';
import { planBulk } from './plan-bulk.ts';
import { beginBulk, findBulk } from './run-bulk.ts';
import { selectionOf, startBulkBody, type StartBulkBody } from './start-bulk.schema.ts';

const query = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: '`true`: says what would happen, and changes nothing.' }),
});

const description = {
  method: 'post',
  path: '/v1/ops/bulk',
  operationId: 'startBulk',
  tag: 'Operations',
  summary: 'Do the same to many orders, or say what that would mean',
  description:
    'The orders are fixed when it is asked for, and so is what is given back to each; then they are taken one after the other, as ' +
    'by single actions. The money of all of them counts together: above the limit the bulk waits for a second person before it ' +
    'begins. `refund` gives back all that is left of an order.',
  permission: 'actions:run',
  query,
  body: startBulkBody,
  answers: {
    200: { description: 'With `dryRun=true`: what it would do', schema: plannedBulk },
    202: {
      description: 'It has begun, or it waits for a second person; a repetition tells how far it is',
      headers: { Location: 'The address of the bulk' },
      schema: bulkAction,
    },
  },
  errors: ['BULK_TOO_LARGE', 'BULK_NOT_POSSIBLE'],
} as const;

const command = defineCommand({
  ...description,
  handle: async ({ body, principal, requestId, idempotency, note }, dependencies) => {
    const id = idempotency.deriveId('blk');
    note({ workflowId: id });
    if ((await dependencies.repositories.bulkActions.find(id)) === null) {
      const by = { id, principal, requestId, keyDigest: idempotency.keyDigest };
      await askForBulk(body, by, dependencies);
    }
    await beginBulk(await findBulk(id, dependencies), dependencies);
    return bulkAnswer(id, dependencies);
  },
});

const preview = defineEndpoint({
  ...description,
  handle: async ({ body }, dependencies) => {
    const planned = await planBulk(body, dependencies);
    const { tally, needsSecondPerson, perSecond, set, first } = planned;
    return {
      httpStatus: 200,
      body: {
        dryRun: true,
        action: body.action,
        ...toTallyAnswer(tally),
        needsSecondPerson,
        perSecond,
        takesSeconds: Math.ceil(tally.orders / perSecond),
        set,
        first: first.map((order) => ({ ...order, possible: order.why === null })),
      },
    };
  },
});

/** A preview is never kept for a key: the request that is meant comes after it, with the same one. */
export const startBulkEndpoint: Endpoint = {
  ...command,
  handle: (request, dependencies) =>
    isDryRun(request.query) ? preview.handle(request, dependencies) : command.handle(request, dependencies),
};

function isDryRun(given: unknown): boolean {
  const parsed = query.safeParse(given);
  return parsed.success && parsed.data.dryRun === 'true';
}

/** Each order's action has an id that follows from the bulk's, so that nobody who repeats any of it does it twice. */
async function askForBulk(
  body: StartBulkBody,
  by: {
    readonly id: string;
    readonly principal: { readonly id: string; readonly role: string };
    readonly requestId: string;
    readonly keyDigest: string;
  },
  dependencies: ApiDependencies,
): Promise<void> {
  const { request, orders, tally, needsSecondPerson, perSecond } = await planBulk(body, dependencies);
  const { action, ...input } = request;
  const asked = {
    id: by.id,
    action,
    actor: by.principal.id,
    role: by.principal.role,
    reason: body.reason,
    requestId: by.requestId,
    keyDigest: by.keyDigest,
    input,
    selection: selectionOf(body),
    perSecond,
    tally,
    needsSecondPerson,
  };
  const fixed = orders.map(({ orderId, amountMinor }) => ({
    orderId,
    actionId: deriveId('act', by.id, orderId),
    amountMinor,
  }));
  await dependencies.repositories.bulkActions.ask(asked, fixed);
}

/** Not kept, because a repetition tells how far it is. */
export async function bulkAnswer(id: string, dependencies: ApiDependencies): Promise<Answer> {
  const body = toBulkAnswer(await findBulk(id, dependencies));
  return { httpStatus: 202, headers: { location: `/v1/ops/bulk/${id}` }, body, keep: false };
}
