/** The operations console: one page and its assets. What it shows it asks the API for, with the key of whoever has signed in. */
import { z } from 'zod';
import { CatalogueError } from '../../domain/errors.ts';
import { HTML } from '../docs/page.ts';
import { definePublicEndpoint, type Endpoint } from '../http/endpoint.ts';
import { createReadConsole } from './console-files.ts';

/** Nothing inline, nothing from elsewhere, and no string becomes markup or code. */
const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const A_YEAR_SECONDS = 31_536_000;

export function consoleEndpoints(): readonly Endpoint[] {
  const readConsole = createReadConsole();
  return [
    definePublicEndpoint({
      method: 'get',
      path: '/console',
      operationId: 'getConsole',
      tag: 'Service',
      summary: 'The operations console',
      answers: { 200: { description: 'A page', contentType: 'text/html' } },
      errors: ['NOT_FOUND'],
      handle: async (_request, { environment }) => {
        const { page } = await readConsole(environment.CONSOLE_DIRECTORY);
        return {
          httpStatus: 200,
          headers: { 'content-type': HTML, 'content-security-policy': CONSOLE_POLICY },
          body: page,
        };
      },
    }),
    definePublicEndpoint({
      method: 'get',
      path: '/console/assets/{name}',
      operationId: 'getConsoleAsset',
      tag: 'Service',
      summary: 'A script or style of the console',
      params: z.strictObject({ name: z.string().regex(/^[\w-][\w.-]{0,100}$/) }),
      answers: { 200: { description: 'A file', contentType: ['text/javascript', 'text/css'] } },
      errors: ['NOT_FOUND'],
      handle: async ({ params }, { environment }) => {
        const { assets } = await readConsole(environment.CONSOLE_DIRECTORY);
        const file = assets.get(params.name);
        if (file === undefined) throw new CatalogueError('NOT_FOUND', 'The console has no such file.');
        return {
          httpStatus: 200,
          headers: {
            'content-type': file.contentType,
            'cache-control': `public, max-age=${A_YEAR_SECONDS}, immutable`,
          },
          body: file.bytes,
        };
      },
    }),
  ];
}
