import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { definePublicEndpoint } from '../http/endpoint.ts';
import { answerPayloads, CODEC_ENDPOINT } from './convert-payloads.ts';
import { fromJson } from './payloads.schema.ts';

/** The Web UI cannot send a key of ours, so knowing the address is what permits it. */
export const decodeForTemporalUiEndpoint = definePublicEndpoint({
  ...CODEC_ENDPOINT,
  path: '/v1/codec/{capability}/decode',
  operationId: 'decodePayloadsForTemporalUi',
  summary: 'Decrypt payloads for the Temporal Web UI',
  description: 'The address holds CODEC_ENDPOINT_TOKEN. Not found when it is another one, or none is set.',
  params: z.strictObject({ capability: z.string() }),
  errors: ['NOT_FOUND'],
  capability: {
    admits: ({ capability }, { environment }) => isSame(String(capability), environment.CODEC_ENDPOINT_TOKEN),
  },
  handle: ({ body }, { codec }) => answerPayloads(codec.decode(fromJson(body))),
});

/** Takes as long for a wrong text as for the right one of its length. */
function isSame(given: string, expected: string | undefined): boolean {
  if (expected === undefined) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
