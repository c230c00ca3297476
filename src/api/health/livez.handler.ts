import { z } from 'zod';
import { definePublicEndpoint } from '../http/endpoint.ts';

export const livezEndpoint = definePublicEndpoint({
  method: 'get',
  path: '/livez',
  operationId: 'isAlive',
  tag: 'Service',
  summary: 'Whether the process runs',
  answers: { 200: { description: 'It does', schema: z.strictObject({ status: z.literal('alive') }) } },
  handle: async () => ({ httpStatus: 200, body: { status: 'alive' } }),
});
