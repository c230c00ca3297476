import { defineEndpoint } from '../http/endpoint.ts';
import { answerPayloads, CODEC_ENDPOINT } from './convert-payloads.ts';
import { fromJson } from './payloads.schema.ts';

export const encodePayloadsEndpoint = defineEndpoint({
  ...CODEC_ENDPOINT,
  path: '/v1/codec/encode',
  operationId: 'encodePayloads',
  summary: 'Encrypt payloads as Temporal stores them',
  permission: 'codec:use',
  handle: ({ body }, { codec }) => answerPayloads(codec.encode(fromJson(body))),
});
