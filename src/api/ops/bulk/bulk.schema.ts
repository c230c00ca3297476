import { z } from 'zod';
import type { RecordedBulk } from '../../../../db/repositories/bulk-actions.repository.ts';
import {
  BULK_ACTIONS,
  BULK_STATES,
  BULK_STEPS,
  progressOf,
  stateOfBulk,
  type BulkTally,
} from '../../../domain/operations/bulk-action.ts';
import { ACTION_REFUSALS, type ActionRefusal } from '../../../domain/operations/actions.ts';
import { money, orderId } from '../../http/fields.ts';
import { orderStatus } from '../../orders/order.schema.ts';

const time = z.iso.datetime();
const count = z.int().min(0);

const refusedOrders = z.array(
  z.strictObject({
    why: z.string(),
    detail: z.string().meta({ description: 'The code in words.' }),
    orders: count,
  }),
);

const moneyOfBulk = z
  .array(z.strictObject({ kind: z.enum(['refund', 'void', 'stated']), amount: money }))
  .meta({ description: 'By kind and currency. `void`: held, and let go.' });

export const bulkAction = z
  .strictObject({
    id: z.string(),
    action: z.enum(BULK_ACTIONS),
    state: z.enum(BULK_STATES).meta({
      description:
        '`asked`: no worker has taken it up yet. `pending_approval`: waits for a second person. `approved`: one has ' +
        'agreed. `stopping`: what is under way comes to its end. Ends: `declined`, `withdrawn`, `stopped`, `finished`.',
    }),
    actor: z.string(),
    role: z.string(),
    reason: z.string(),
    input: z.record(z.string(), z.unknown()),
    filter: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'Null when the orders were named one by one.' }),
    perSecond: z.int(),
    orders: count,
    needsSecondPerson: z.boolean(),
    money: moneyOfBulk,
    requestId: z.string(),
    askedAt: time,
    progress: z.strictObject({
      done: count,
      refused: count,
      failed: count.meta({ description: 'Tried, and another company refused.' }),
      left: count,
      refusedBy: refusedOrders,
      ratePerSecond: z.number(),
      expectedEndAt: time.nullable(),
    }),
    steps: z.array(
      z.strictObject({
        step: z.enum(BULK_STEPS),
        actor: z.string(),
        role: z.string(),
        detail: z.string(),
        at: time,
      }),
    ),
  })
  .meta({ id: 'BulkAction' });

export const bulkActionPage = z
  .strictObject({ items: z.array(bulkAction), nextCursor: z.string().nullable() })
  .meta({ id: 'BulkActionPage' });

export const bulkActionWithOrders = z
  .strictObject({
    ...bulkAction.shape,
    notDone: z
      .strictObject({
        items: z.array(
          z.strictObject({
            position: z.int(),
            orderId,
            actionId: z.string(),
            outcome: z.enum(['refused', 'failed']),
            why: z.string().nullable(),
            detail: z.string(),
            at: time,
          }),
        ),
        nextCursor: z.string().nullable(),
      })
      .meta({ description: 'Orders that were refused, and those that failed, a page of them.' }),
  })
  .meta({ id: 'BulkActionWithOrders' });

export const plannedBulk = z
  .strictObject({
    dryRun: z.literal(true),
    action: z.enum(BULK_ACTIONS),
    orders: count,
    possible: count,
    refused: refusedOrders,
    money: moneyOfBulk,
    unitsFreed: count.meta({ description: 'Units of stock that are held now, and would be free.' }),
    mails: count,
    needsSecondPerson: z.boolean(),
    perSecond: z.int(),
    takesSeconds: count.meta({ description: 'How long it would take at the least.' }),
    set: z.string().meta({
      description:
        'A digest of the orders. Sent as `expectedSet` with the start, other orders than these are refused.',
    }),
    first: z.array(
      z.strictObject({
        orderId,
        status: orderStatus,
        total: money.nullable().meta({ description: 'Null where the status alone rules it out.' }),
        possible: z.boolean(),
        why: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'PlannedBulk', description: 'What the bulk would do now; nothing was done.' });

function refusedAnswer(refused: Readonly<Record<string, number>>): z.output<typeof refusedOrders> {
  const sentences: Readonly<Record<string, string>> = ACTION_REFUSALS satisfies Record<ActionRefusal, string>;
  return Object.entries(refused)
    .toSorted(([, one], [, other]) => other - one)
    .map(([why, orders]) => ({ why, detail: sentences[why] ?? 'It was refused.', orders }));
}

/** What a bulk would mean, as both the preview and the bulk itself tell it. */
export function toTallyAnswer({ orders, possible, refused, money: moved, unitsFreed, mails }: BulkTally) {
  return { orders, possible, refused: refusedAnswer(refused), money: [...moved], unitsFreed, mails };
}

export function toBulkAnswer(bulk: RecordedBulk): z.output<typeof bulkAction> {
  const { orders, perSecond } = bulk;
  const state = stateOfBulk(bulk.steps.map(({ step }) => step));
  const { refusedBy, ...progress } = progressOf(
    { orders, perSecond, state },
    bulk.counts,
    bulk.recent,
    bulk.readAt,
  );
  return {
    id: bulk.id,
    action: bulk.action,
    state,
    actor: bulk.actor,
    role: bulk.role,
    reason: bulk.reason,
    input: bulk.input,
    filter: bulk.selection === null ? null : { ...bulk.selection },
    perSecond,
    orders,
    needsSecondPerson: bulk.needsSecondPerson,
    money: [...bulk.tally.money],
    requestId: bulk.requestId,
    askedAt: bulk.askedAt,
    progress: { ...progress, refusedBy: refusedAnswer(refusedBy) },
    steps: bulk.steps.map(({ step, actor, role, detail, at }) => ({ step, actor, role, detail, at })),
  };
}
