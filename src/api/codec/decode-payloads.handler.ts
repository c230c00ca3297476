import { defineEndpoint } from '../http/endpoint.ts';
import { answerPayloads, CODEC_ENDPOINT } from './convert-payloads.ts';
import { fromJson } from './payloads.schema.ts';

export const decodePayloadsEndpoint = defineEndpoint({
  ...CODEC_ENDPOINT,
  path: '/v1/codec/decode',
  operationId: 'decodePayloads',
  summary: 'Decrypt payloads that Temporal stores',
  permission: 'codec:use',
  handle: ({ body }, { codec }) => answerPayloads(codec.decode(fromJson(body))),
});
