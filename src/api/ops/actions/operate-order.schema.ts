/** What each action needs, and what a body means. */
import { z } from 'zod';
import { RESOLUTIONS, type ActionName, type ActionRequest } from '../../../domain/operations/actions.ts';
import { MAIL_TEMPLATES } from '../../../domain/orders/mail-template.ts';
import {
  evenIfOtherFieldsAreWrong,
  lineId,
  locationId,
  MAX_AMOUNT_MINOR,
  MAX_LINES,
  quantity,
  refuseRepeated,
  text,
} from '../../http/fields.ts';
import { shippingAddress } from '../../orders/place-order.schema.ts';

const reason = text(200).meta({
  description: 'Why; kept for ever, so no personal data.',
  example: 'fraud_suspected',
});
const operationKey = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_:-]+$/, 'must be the key of an operation')
  .meta({ example: 'ord_4k8zq0m2v6r1t9w3x5y7a8b9c0:capture:1' });
const plain = z.strictObject({ reason });

const refund = z
  .strictObject({
    reason,
    amountMinor: z.int().min(1).max(MAX_AMOUNT_MINOR).optional(),
    lines: z
      .array(z.strictObject({ lineId, quantity }))
      .min(1)
      .max(MAX_LINES)
      .superRefine(refuseRepeated('lineId', 'is named more than once'), evenIfOtherFieldsAreWrong)
      .optional(),
    restock: z.boolean().default(false),
  })
  .superRefine((body, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: undefined });
    if (body.amountMinor !== undefined && body.lines !== undefined)
      issue('amountMinor', 'is not allowed together with `lines`');
    if (body.restock && body.lines === undefined) issue('restock', 'needs `lines`, to know what to put back');
  }, evenIfOtherFieldsAreWrong);

const resolution = z
  .strictObject({
    reason,
    operationKey,
    outcome: z.enum(RESOLUTIONS),
    providerReference: z
      .string()
      .max(255)
      .regex(/^[!-~]+$/, 'must be visible ASCII characters')
      .optional()
      .meta({
        description: 'The provider’s own id of the operation; with `succeeded` only, and then required.',
      }),
    evidence: text(500).meta({ description: 'What it is known from; no personal data.' }),
  })
  .superRefine(({ outcome, providerReference }, context) => {
    if ((outcome === 'succeeded') === (providerReference !== undefined)) return;
    const message = outcome === 'succeeded' ? 'is required with `succeeded`' : 'is for `succeeded` only';
    context.addIssue({ code: 'custom', path: ['providerReference'], message, input: undefined });
  }, evenIfOtherFieldsAreWrong);

/** What one action takes. */
export interface ActionBody<Schema extends z.ZodType<{ readonly reason: string }>> {
  readonly schema: Schema;
  readonly toRequest: (body: z.output<Schema>) => ActionRequest;
}

function body<Schema extends z.ZodType<{ readonly reason: string }>>(
  id: string,
  schema: Schema,
  toRequest: ActionBody<Schema>['toRequest'],
): ActionBody<z.ZodType<{ readonly reason: string }>> {
  // The schema and what reads its output were given together, which the compiler cannot see through the table.
  return { schema: schema.meta({ id }), toRequest: (value) => toRequest(value as z.output<Schema>) };
}

export const ACTION_BODIES: Readonly<Record<ActionName, ActionBody<z.ZodType<{ readonly reason: string }>>>> =
  {
    cancel: body('CancelByOperator', plain, () => ({ action: 'cancel' })),
    refund: body('RefundByOperator', refund, ({ amountMinor, lines, restock }) => ({
      action: 'refund',
      by: lines !== undefined ? { lines } : amountMinor !== undefined ? { amountMinor } : { full: true },
      restock,
    })),
    hold: body('HoldOrder', plain, () => ({ action: 'hold' })),
    release: body('ReleaseOrder', plain, () => ({ action: 'release' })),
    retry_now: body('RetryOrderNow', plain, () => ({ action: 'retry_now' })),
    skip_step: body('SkipStep', z.strictObject({ reason, step: z.enum(['notification']) }), ({ step }) => ({
      action: 'skip_step',
      step,
    })),
    resolve_outcome: body('ResolveOutcome', resolution, ({ providerReference = null, ...said }) => ({
      action: 'resolve_outcome',
      operationKey: said.operationKey,
      outcome: said.outcome,
      providerReference,
      evidence: said.evidence,
    })),
    change_address: body(
      'ChangeAddress',
      z.strictObject({ reason, shipTo: shippingAddress }),
      ({ shipTo }) => ({ action: 'change_address', shipTo }),
    ),
    reroute: body('RerouteOrder', z.strictObject({ reason, locationId }), (said) => ({
      action: 'reroute',
      locationId: said.locationId,
    })),
    resend_notification: body(
      'ResendNotification',
      z.strictObject({
        reason,
        template: z.enum(MAIL_TEMPLATES),
        subjectId: z
          .string()
          .max(128)
          .regex(/^[A-Za-z0-9_-]+$/, 'must be 1, or the id of a refund')
          .default('1')
          .meta({ description: 'The refund, for the mail `refunded`.' }),
      }),
      ({ template, subjectId }) => ({ action: 'resend_notification', template, subjectId }),
    ),
  };
