import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ApiEnvironment } from '../../config/env.ts';
import { createReadOpenIdConnect } from './openid-connect.ts';

let issuer: string;
let server: Server;
let asked: string[];
/** What the issuer says beside what it has to say; null: it has nothing to say. */
let says: Readonly<Record<string, unknown>> | null;

beforeEach(async () => {
  asked = [];
  says = {};
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.statusCode = says === null ? 500 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        ...says,
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realm`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const environment = (variables: Partial<ApiEnvironment> = {}): ApiEnvironment =>
  ({
    JWT_ISSUER: issuer,
    OIDC_CLIENT_ID: 'console',
    OIDC_SCOPES: 'openid',
    ...variables,
  }) as ApiEnvironment;

describe('the provider to sign in with', () => {
  test('is none, and nobody is asked, where none is configured', async () => {
    const read = createReadOpenIdConnect();
    expect(await read({ ...environment(), OIDC_CLIENT_ID: undefined })).toBeNull();
    expect(asked).toEqual([]);
  });

  test('is what its discovery document says, by its host unless it has a name', async () => {
    says = {
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: ['ES256'],
    };
    expect(await createReadOpenIdConnect()(environment())).toEqual({
      name: new URL(issuer).host,
      issuer,
      clientId: 'console',
      scopes: 'openid',
      authorizationEndpoint: `${issuer}/auth`,
      tokenEndpoint: `${issuer}/token`,
      parameters: {},
      namesItself: true,
      idTokenAlgorithms: ['ES256'],
    });
    expect(asked).toEqual(['/realm/.well-known/openid-configuration']);
    const named = environment({ OIDC_NAME: 'Example ID', OIDC_PARAMETERS: { audience: 'orders' } });
    expect(await createReadOpenIdConnect()(named)).toMatchObject({
      name: 'Example ID',
      parameters: { audience: 'orders' },
    });
  });

  test('is asked once for many who ask at once, and again after ten minutes', async () => {
    let nowMs = 0;
    const read = createReadOpenIdConnect(() => nowMs);
    await Promise.all(Array.from({ length: 20 }, () => read(environment())));
    nowMs = 599_999;
    await read(environment());
    expect(asked).toHaveLength(1);
    nowMs = 600_000;
    await read(environment());
    expect(asked).toHaveLength(2);
  });

  test('is unavailable while it does not answer, and asked again soon', async () => {
    let nowMs = 0;
    const read = createReadOpenIdConnect(() => nowMs);
    says = null;
    await expect(read(environment())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    says = {};
    await expect(read(environment())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    nowMs = 3_000;
    expect(await read(environment())).toMatchObject({ issuer });
    expect(asked).toHaveLength(2);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['calls itself something else', { issuer: 'https://another.example' }],
    ['has no endpoint for tokens', { token_endpoint: undefined }],
    ['would have a browser run something', { authorization_endpoint: 'javascript:alert(1)' }],
    ['has an endpoint without an address', { authorization_endpoint: '/auth' }],
  ])('is unavailable when it %s', async (_what, document) => {
    says = document;
    await expect(createReadOpenIdConnect()(environment())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
