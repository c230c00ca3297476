import { definePublicEndpoint, type Endpoint } from '../http/endpoint.ts';
import type { OpenApiDocument } from './openapi.ts';

/** @param read the document, which describes this endpoint as well */
export function openApiEndpoint(read: () => OpenApiDocument): Endpoint {
  return definePublicEndpoint({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getOpenApiDocument',
    tag: 'Service',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1', contentType: 'application/json' } },
    handle: async () => ({ httpStatus: 200, body: read() }),
  });
}
