import { z } from 'zod';
import { text } from '../http/fields.ts';

export const cancelOrderBody = z
  .strictObject({
    reason: text(200).meta({
      description: 'Part of the event; no personal data.',
      example: 'customer_request',
    }),
    note: text(1000).optional(),
  })
  .meta({ id: 'CancelOrder' });
