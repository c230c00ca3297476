/** The reference page for people, with its two scripts. The page forbids itself to fetch anything from elsewhere. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { definePublicEndpoint } from '../http/endpoint.ts';
import { HTML, PAGE_POLICY } from './page.ts';

const JAVASCRIPT = 'text/javascript; charset=utf-8';

const REFERENCE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>order-saga API</title>
<link rel="icon" href="data:,">
</head>
<body>
<div id="app"></div>
<script src="/docs/scalar.js"></script>
<script src="/docs/reference.js"></script>
</body>
</html>
`;

/** No telemetry, no fonts, no proxy, no assistant: each of them would call another company's address. */
const REFERENCE_SCRIPT = `Scalar.createApiReference('#app', ${JSON.stringify({
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  persistAuth: false,
})});
`;

export const referenceEndpoint = definePublicEndpoint({
  method: 'get',
  path: '/docs',
  operationId: 'getReference',
  tag: 'Service',
  summary: 'The reference page',
  answers: { 200: { description: 'A page', contentType: 'text/html' } },
  handle: async () => ({
    httpStatus: 200,
    headers: { 'content-type': HTML, 'content-security-policy': PAGE_POLICY },
    body: REFERENCE_PAGE,
  }),
});

export const referenceScriptEndpoint = definePublicEndpoint({
  method: 'get',
  path: '/docs/reference.js',
  operationId: 'getReferenceScript',
  tag: 'Service',
  summary: 'Settings of the reference page',
  answers: { 200: { description: 'A script', contentType: 'text/javascript' } },
  handle: async () => ({ httpStatus: 200, headers: { 'content-type': JAVASCRIPT }, body: REFERENCE_SCRIPT }),
});

export const scalarScriptEndpoint = definePublicEndpoint({
  method: 'get',
  path: '/docs/scalar.js',
  operationId: 'getScalarScript',
  tag: 'Service',
  summary: 'The program of the reference page',
  answers: { 200: { description: 'A script', contentType: 'text/javascript' } },
  handle: async () => ({
    httpStatus: 200,
    headers: { 'content-type': JAVASCRIPT, 'cache-control': 'public, max-age=3600' },
    body: await readScalar(),
  }),
});

let scalar: Promise<Buffer> | undefined;
/** Read with the first request for it, because few processes ever serve it. */
function readScalar(): Promise<Buffer> {
  scalar ??= readFile(scalarFile());
  return scalar;
}

/** The package exports its modules; the program for pages stands beside them. */
function scalarFile(): string {
  const entry = createRequire(import.meta.url).resolve('@scalar/api-reference');
  return join(dirname(entry), 'browser', 'standalone.js');
}
