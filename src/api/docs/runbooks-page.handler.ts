import { definePublicEndpoint } from '../http/endpoint.ts';
import { HTML, PAGE_POLICY } from './page.ts';
import { renderRunbooksHtml } from './runbooks-page.ts';

export const runbooksPageEndpoint = definePublicEndpoint({
  method: 'get',
  path: '/docs/runbooks',
  operationId: 'getRunbooks',
  tag: 'Service',
  summary: 'What to do about each code that calls a person',
  answers: { 200: { description: 'A page', contentType: 'text/html' } },
  handle: async () => ({
    httpStatus: 200,
    headers: { 'content-type': HTML, 'content-security-policy': PAGE_POLICY },
    body: renderRunbooksHtml(),
  }),
});
