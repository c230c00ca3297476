/** What the addresses of the codec share: reading and writing payloads that Temporal stores encrypted. */
import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import type { Answer } from '../http/endpoint.ts';
import { PayloadDecryptionError } from '../../config/payload-codec.ts';
import { invalidRequest } from '../http/errors.ts';
import { payloads, toJson } from './payloads.schema.ts';

/** The Web UI asks for a page of history at once, and one payload may hold an order of 5,000 lines. */
const BODY_LIMIT_BYTES = 16 * 1_048_576;

/** The description that the three endpoints have in common. */
export const CODEC_ENDPOINT = {
  method: 'post',
  tag: 'Codec',
  body: payloads,
  // Callers of the protocol add parameters of their own, as the Web UI does (`preserveStorageRefs`); none concerns us.
  query: z.looseObject({}),
  bodyLimitBytes: BODY_LIMIT_BYTES,
  allowTemporalUi: true,
  carriesBytes: true,
  answers: { 200: { description: 'The payloads, in the same order', schema: payloads } },
} as const;

/** @throws CatalogueError INVALID_REQUEST when a payload cannot be decrypted */
export async function answerPayloads(converted: Promise<Payload[]>): Promise<Answer> {
  try {
    return { httpStatus: 200, body: toJson(await converted) };
  } catch (error) {
    // Its message names a key id at most.
    if (error instanceof PayloadDecryptionError)
      throw invalidRequest({ pointer: '/payloads', message: error.message });
    throw error;
  }
}
