import { definePublicEndpoint } from '../http/endpoint.ts';
import { renderErrorsHtml } from './errors-page.ts';
import { HTML, PAGE_POLICY } from './page.ts';

export const errorsPageEndpoint = definePublicEndpoint({
  method: 'get',
  path: '/docs/errors',
  operationId: 'getErrorCatalogue',
  tag: 'Service',
  summary: 'What each error code means',
  answers: { 200: { description: 'A page', contentType: 'text/html' } },
  handle: async () => ({
    httpStatus: 200,
    headers: { 'content-type': HTML, 'content-security-policy': PAGE_POLICY },
    body: renderErrorsHtml(),
  }),
});
