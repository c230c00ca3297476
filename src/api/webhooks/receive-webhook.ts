/**
 * What both webhooks do: check the signature over the very bytes, validate, store, answer. The relay process delivers what
 * is stored; nothing is done about it here.
 */
import type { z } from 'zod';
import { verifyWebhook, WEBHOOK_SIGNATURE_HEADER } from '../../config/webhook-signature.ts';
import { CatalogueError } from '../../domain/errors.ts';
import type { Answer, ReceivedRequest } from '../http/endpoint.ts';
import { describeFieldErrors } from '../http/errors.ts';
import { parseJson } from '../http/read-body.ts';
import { toFieldErrors } from '../http/validation.ts';

/**
 * The body, once its sender is known.
 * @throws CatalogueError WEBHOOK_SIGNATURE_INVALID, or INVALID_REQUEST for a body that is signed and not understood; the
 *   sender repeats it, and the log says so
 */
export function readWebhook<Schema extends z.ZodType>(
  request: ReceivedRequest,
  secret: string,
  schema: Schema,
): z.output<Schema> {
  const signatures = request.headersDistinct[WEBHOOK_SIGNATURE_HEADER] ?? [];
  const verification = verifyWebhook({
    secret,
    header: signatures.length === 1 ? signatures[0] : undefined,
    body: request.rawBody,
    nowSeconds: Math.floor(Date.now() / 1000),
  });
  if (!verification.valid) {
    throw new CatalogueError(
      'WEBHOOK_SIGNATURE_INVALID',
      `The signature is not accepted: ${verification.reason}.`,
    );
  }
  const parsed = schema.safeParse(parseJson(request.rawBody), { reportInput: true });
  if (parsed.success) return parsed.data;
  const fieldErrors = toFieldErrors(parsed.error.issues, 'body');
  request.log.warn(
    { pointers: fieldErrors.map((error) => error.pointer) },
    'a signed webhook is not understood',
  );
  throw new CatalogueError('INVALID_REQUEST', describeFieldErrors(fieldErrors), { fieldErrors });
}

/** The answer that stops the provider from sending it again. */
export function stored(outcome: 'stored' | 'repeated'): Answer {
  return { httpStatus: 200, body: { status: outcome } };
}
