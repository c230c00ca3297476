import { z } from 'zod';
import {
  evenIfOtherFieldsAreWrong,
  lineId,
  MAX_AMOUNT_MINOR,
  MAX_LINES,
  quantity,
  refuseRepeated,
  text,
} from '../http/fields.ts';

export const refundOrderBody = z
  .strictObject({
    amountMinor: z.int().min(1).max(MAX_AMOUNT_MINOR).optional(),
    lines: z
      .array(z.strictObject({ lineId, quantity }))
      .min(1)
      .max(MAX_LINES)
      .superRefine(refuseRepeated('lineId', 'is named more than once'), evenIfOtherFieldsAreWrong)
      .optional()
      .meta({ description: 'Each line once; the amount follows from what was paid for them.' }),
    reason: text(200).meta({ description: 'Part of the event; no personal data.', example: 'damaged' }),
    restock: z
      .boolean()
      .default(false)
      .meta({ description: 'Put the lines back on the shelves that they came from; needs `lines`.' }),
  })
  .superRefine((body, context) => {
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message, input: undefined });
    if ((body.amountMinor === undefined) === (body.lines === undefined))
      issue('amountMinor', 'is required unless `lines` is there, and then not allowed');
    if (body.restock && body.lines === undefined) issue('restock', 'needs `lines`, to know what to put back');
  }, evenIfOtherFieldsAreWrong)
  .meta({
    id: 'RefundOrder',
    description: 'By `amountMinor` or by `lines`, exactly one of them.',
    override: {
      oneOf: [
        {
          required: ['amountMinor'],
          not: { required: ['lines'] },
          properties: { restock: { const: false } },
        },
        { required: ['lines'], not: { required: ['amountMinor'] } },
      ],
    },
  });
export type RefundOrderBody = z.output<typeof refundOrderBody>;
