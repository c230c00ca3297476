import { definePublicEndpoint } from '../http/endpoint.ts';

export const metricsEndpoint = definePublicEndpoint({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  tag: 'Service',
  summary: 'Metrics for Prometheus',
  answers: { 200: { description: 'In its text format', contentType: 'text/plain' } },
  handle: async (_request, { metrics }) => ({
    httpStatus: 200,
    headers: { 'content-type': metrics.contentType },
    body: await metrics.metrics(),
  }),
});
