/** The operations console: one page and its assets. What it shows it asks the API for, with the key of whoever has signed in. */
import { z } from 'zod';
import { CatalogueError } from '../../domain/errors.ts';
import { HTML } from '../docs/page.ts';
import type { ReadOpenIdConnect } from '../auth/openid-connect.ts';
import type { ApiEnvironment } from '../../config/env.ts';
import type { Logger } from '../../config/logger.ts';
import { definePublicEndpoint, type Endpoint } from '../http/endpoint.ts';
import { createReadConsole } from './console-files.ts';

/**
 * Nothing inline, nothing from elsewhere, and no string becomes markup or code.
 * @param tokenOrigin where a code is exchanged for a token; null when nobody signs in with an issuer
 */
function consolePolicy(tokenOrigin: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${tokenOrigin === null ? '' : ` ${tokenOrigin}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** The code of an issuer comes with the page's address, which is for the page to read. */
const issuersAnswer = z.object({});

const A_YEAR_SECONDS = 31_536_000;

/** @param readOpenIdConnect says which issuer's address the page may speak to */
export function consoleEndpoints(readOpenIdConnect: ReadOpenIdConnect): readonly Endpoint[] {
  const readConsole = createReadConsole();
  return [
    definePublicEndpoint({
      method: 'get',
      path: '/console',
      operationId: 'getConsole',
      tag: 'Service',
      summary: 'The operations console',
      query: issuersAnswer,
      answers: { 200: { description: 'A page', contentType: 'text/html' } },
      errors: ['NOT_FOUND'],
      handle: async ({ log }, { environment }) => {
        const { page } = await readConsole(environment.CONSOLE_DIRECTORY);
        const policy = consolePolicy(await tokenOriginOf(readOpenIdConnect, environment, log));
        return {
          httpStatus: 200,
          headers: { 'content-type': HTML, 'content-security-policy': policy },
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

/** With an issuer that is away the page is there all the same, for keys; it is loaded anew when somebody comes from the issuer. */
async function tokenOriginOf(
  readOpenIdConnect: ReadOpenIdConnect,
  environment: ApiEnvironment,
  log: Logger,
): Promise<string | null> {
  try {
    const provider = await readOpenIdConnect(environment);
    return provider === null ? null : new URL(provider.tokenEndpoint).origin;
  } catch (error) {
    log.warn({ err: error }, 'the console is served without the issuer, which cannot be read');
    return null;
  }
}
