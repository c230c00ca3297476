import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../domain/errors.ts';

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

export const problem = z
  .looseObject({
    type: z.string().meta({ description: 'Where the error is explained.' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string(),
    requestId: z.string(),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().meta({
            description: 'RFC 6901 pointer into the body, or `query:`, `path:`, `header:` and a name.',
          }),
          message: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'Every bad field.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. Some codes have members of their own.' });
