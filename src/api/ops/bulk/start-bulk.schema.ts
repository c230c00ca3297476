/** What a bulk is asked for with. */
import { z } from 'zod';
import {
  BULK_ACTIONS,
  type BulkRequest,
  type OrderSelection,
} from '../../../domain/operations/bulk-action.ts';
import { MAIL_TEMPLATES } from '../../../domain/orders/mail-template.ts';
import {
  amountMinor,
  customerId,
  evenIfOtherFieldsAreWrong,
  instant,
  orderId,
  sku,
  text,
} from '../../http/fields.ts';
import { orderStatus } from '../../orders/order.schema.ts';

/** What one body can carry, whatever is configured. */
const MOST_NAMED = 10_000;

const filter = z
  .strictObject({
    statuses: z
      .array(orderStatus)
      .min(1)
      .max(12)
      .refine((statuses) => new Set(statuses).size === statuses.length, 'names a status more than once')
      .optional()
      .meta({ description: 'In one of these.' }),
    attentionCode: z
      .string()
      .regex(/^[A-Z_]{1,64}$/, 'must be a code of capital letters and _')
      .optional()
      .meta({ description: 'That a person is called to for this now.', example: 'SHIPMENT_LATE' }),
    createdAfter: instant.optional().meta({ description: 'Inclusive.' }),
    createdBefore: instant.optional().meta({ description: 'Exclusive.' }),
    customerId: customerId.optional(),
    sku: sku.optional(),
    minTotalMinor: amountMinor
      .optional()
      .meta({ description: 'Inclusive, minor units of their own currency.' }),
    maxTotalMinor: amountMinor
      .optional()
      .meta({ description: 'Inclusive, minor units of their own currency.' }),
  })
  .refine(
    (given) => Object.values(given).some((value) => value !== undefined),
    'must have a condition at least, for a bulk is never about all orders',
  )
  .meta({ description: 'All that is given has to hold.' });

export const startBulkBody = z
  .strictObject({
    action: z.enum(BULK_ACTIONS),
    reason: text(200).meta({
      description: 'Why; kept for ever, so no personal data.',
      example: 'item_recalled',
    }),
    template: z
      .enum(MAIL_TEMPLATES)
      .optional()
      .meta({ description: 'Which mail; with `resend_notification` only, and then required.' }),
    filter: filter.optional(),
    orderIds: z
      .array(orderId)
      .min(1)
      .max(MOST_NAMED)
      .refine((ids) => new Set(ids).size === ids.length, 'names an order more than once')
      .optional()
      .meta({ description: 'Instead of `filter`: these orders.' }),
    perSecond: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'How many orders a second; as many as are allowed when it is left out.' }),
    expectedSet: z
      .string()
      .regex(/^set_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the `set` of a preview')
      .optional()
      .meta({ description: '`set` of the preview: other orders than those are refused.' }),
  })
  .superRefine(({ action, template, filter: given, orderIds }, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: undefined });
    if ((action === 'resend_notification') !== (template !== undefined))
      issue(
        'template',
        action === 'resend_notification'
          ? 'is required with `resend_notification`'
          : 'is for `resend_notification` only',
      );
    if ((given === undefined) === (orderIds === undefined))
      issue(
        'filter',
        given === undefined ? 'is required, or `orderIds`' : 'is not allowed together with `orderIds`',
      );
  }, evenIfOtherFieldsAreWrong)
  .meta({ id: 'StartBulk' });
export type StartBulkBody = z.output<typeof startBulkBody>;

export function requestOfBody({ action, template }: StartBulkBody): BulkRequest {
  switch (action) {
    case 'resend_notification':
      if (template === undefined) throw new Error('The schema lets no mail without a template through');
      return { action, template };
    case 'skip_step':
      return { action, step: 'notification' };
    default:
      return { action };
  }
}

/** Null when the orders are named one by one. */
export function selectionOf({ filter: given }: StartBulkBody): OrderSelection | null {
  return given ?? null;
}
