import { z } from 'zod';
import { attentionOf, SEVERITIES, type Severity } from '../../../domain/operations/attention-catalogue.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

const counts = z
  .strictObject(
    Object.fromEntries(SEVERITIES.map((severity) => [severity, z.int()])) as Record<Severity, z.ZodInt>,
  )
  .meta({ id: 'AttentionCounts', description: 'Causes, not orders: an order may have several.' });

export const countAttentionEndpoint = defineEndpoint({
  method: 'get',
  path: '/v1/ops/attention/counts',
  operationId: 'countAttention',
  tag: 'Operations',
  summary: 'Count what calls a person, by how bad it is',
  permission: 'attention:read',
  answers: { 200: { description: 'How many there are of each severity', schema: counts } },
  handle: async (_request, { repositories }) => {
    const byCode = await repositories.attention.countByCode();
    const countOf = (severity: Severity): number =>
      byCode
        .filter(({ code }) => attentionOf(code).severity === severity)
        .reduce((sum, { count }) => sum + count, 0);
    return {
      httpStatus: 200,
      body: Object.fromEntries(SEVERITIES.map((severity) => [severity, countOf(severity)])),
    };
  },
});
