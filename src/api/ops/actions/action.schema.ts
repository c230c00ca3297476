import { z } from 'zod';
import type { RecordedAction } from '../../../../db/repositories/operator-actions.repository.ts';
import type { ActionPlan } from '../../../domain/operations/action-plan.ts';
import {
  ACTION_NAMES,
  ACTION_OUTCOMES,
  stateOf,
  type ActionName,
} from '../../../domain/operations/actions.ts';
import { MAIL_TEMPLATES } from '../../../domain/orders/mail-template.ts';
import { money, orderId } from '../../http/fields.ts';

const time = z.iso.datetime();
export const actionName = z.enum(ACTION_NAMES as [ActionName, ...ActionName[]]);

export const operatorAction = z
  .strictObject({
    id: z.string(),
    orderId,
    action: actionName,
    state: z.enum(['asked', ...ACTION_OUTCOMES]).meta({
      description:
        '`asked`: what became of it is not recorded yet, repeat the request to find out. `pending_approval`: waits for a second ' +
        'person. `approved`: one has agreed. `failed`: it was tried, and another company refused.',
    }),
    actor: z.string(),
    role: z.string(),
    reason: z.string(),
    input: z
      .record(z.string(), z.unknown())
      .meta({ description: 'What it needed; an address as its digest.' }),
    currency: z.string().meta({ description: 'Of the order; amounts of `input` are in its minor units.' }),
    requestId: z.string(),
    bulkId: z.string().nullable().meta({ description: 'The bulk that it is a part of.' }),
    askedAt: time,
    outcomes: z.array(
      z.strictObject({
        outcome: z.enum(ACTION_OUTCOMES),
        actor: z.string(),
        role: z.string(),
        detail: z.string(),
        at: time,
      }),
    ),
  })
  .meta({ id: 'OperatorAction' });

export const operatorActionPage = z
  .strictObject({ items: z.array(operatorAction), nextCursor: z.string().nullable() })
  .meta({ id: 'OperatorActionPage' });

export const plannedAction = z
  .strictObject({
    dryRun: z.literal(true),
    orderId,
    action: actionName,
    needsSecondPerson: z.boolean(),
    stock: z.array(
      z.strictObject({
        sku: z.string(),
        locationId: z.string(),
        reserved: z.int().meta({ description: 'More or less is held there; negative is free again.' }),
        restocked: z.int().meta({ description: 'Come back to the shelf from the customer.' }),
      }),
    ),
    money: z.array(
      z.strictObject({
        kind: z.enum(['refund', 'void', 'stated']).meta({
          description: '`void`: held, and let go. `stated`: nothing moves, it is said to have moved or not.',
        }),
        amount: money,
      }),
    ),
    mails: z.array(z.enum(MAIL_TEMPLATES)),
    sentences: z.array(z.string()),
  })
  .meta({ id: 'PlannedAction', description: 'What the action would do now; nothing was done.' });

export const bulkId = z
  .string()
  .regex(/^blk_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of a bulk')
  .meta({ example: 'blk_4k8zq0m2v6r1t9w3x5y7a8b9c0' });

export const actionId = z
  .string()
  .regex(/^act_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of an action')
  .meta({ example: 'act_4k8zq0m2v6r1t9w3x5y7a8b9c0' });

/** The columns of an action are the members of its answer, in the order in which people read them. */
export function toActionAnswer(action: RecordedAction): z.output<typeof operatorAction> {
  return {
    id: action.id,
    orderId: action.orderId,
    action: action.action,
    state: stateOf(action.outcomes.map(({ outcome }) => outcome)),
    actor: action.actor,
    role: action.role,
    reason: action.reason,
    input: action.input,
    currency: action.currency,
    requestId: action.requestId,
    bulkId: action.bulkId,
    askedAt: action.askedAt,
    outcomes: action.outcomes.map(({ outcome, actor, role, detail, at }) => ({
      outcome,
      actor,
      role,
      detail,
      at,
    })),
  };
}

export function toPlanAnswer(
  order: string,
  action: ActionName,
  plan: Extract<ActionPlan, { kind: 'planned' }>,
  needsSecondPerson: boolean,
): z.output<typeof plannedAction> {
  return {
    dryRun: true,
    orderId: order,
    action,
    needsSecondPerson,
    stock: [...plan.stock],
    money: [...plan.money],
    mails: [...plan.mails],
    sentences: [...plan.sentences],
  };
}
