import { z } from 'zod';
import { PERMISSIONS, ROLE_PERMISSIONS } from '../../auth/principal.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

const me = z
  .strictObject({
    principal: z.string().meta({ description: '`key:<id of the key>` or `jwt:<subject>`.' }),
    role: z.string(),
    permissions: z.array(z.enum(PERMISSIONS)),
  })
  .meta({ id: 'Me' });

export const getMeEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/me',
  operationId: 'getMe',
  tag: 'Operations',
  summary: 'Read who is calling, and what they may do',
  // Every role has it.
  permission: 'orders:read',
  answers: { 200: { description: 'The caller', schema: me } },
  handle: async ({ principal }) => ({
    httpStatus: 200,
    body: {
      principal: principal.id,
      role: principal.role,
      permissions: ROLE_PERMISSIONS[principal.role],
    },
  }),
});
