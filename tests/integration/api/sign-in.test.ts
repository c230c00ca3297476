/** What the API says of the ways to sign in, to whoever asks. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { stack } from '../../support/stack.ts';
import { startTestApi, type Sent, type TestApi } from './test-api.ts';

jest.setTimeout(120_000);

async function withApi<Result>(
  variables: Readonly<Record<string, string>>,
  work: (api: TestApi) => Promise<Result>,
): Promise<Result> {
  const api = await startTestApi({
    variables: { ...variables, CONSOLE_DIRECTORY: stack().env['CONSOLE_DIRECTORY'] ?? '' },
  });
  try {
    return await work(api);
  } finally {
    await api.close();
  }
}

const variablesOf = (issuer: string): Record<string, string> => ({
  JWT_ISSUER: issuer,
  JWT_AUDIENCE: 'orders',
  JWT_JWKS_URL: `${issuer}/jwks`,
  OIDC_CLIENT_ID: 'console',
});

const policyOf = ({ headers }: Sent): string => headers.get('content-security-policy') ?? '';

describe('the ways to sign in', () => {
  it('are keys alone, where no OpenID provider is configured, also with an issuer of tokens', async () => {
    const { OIDC_CLIENT_ID: _none, ...issuerOnly } = variablesOf('https://id.example');
    for (const variables of [{}, issuerOnly])
      await withApi(variables, async (api) => {
        expect((await api.send('GET', '/v1/ops/sign-in')).json).toEqual({ openIdConnect: null });
        expect(policyOf(await api.send('GET', '/console'))).toContain("connect-src 'self';");
      });
  });

  it('are the provider too; the console may speak to where its tokens are, which may be elsewhere', async () => {
    const provider = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: 'https://tokens.example/token',
        }),
      );
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    try {
      await withApi(variablesOf(issuer), async (api) => {
        const { status, json } = await api.send('GET', '/v1/ops/sign-in');
        expect(status).toBe(200);
        expect(json.openIdConnect).toMatchObject({ issuer, clientId: 'console' });
        expect(policyOf(await api.send('GET', '/console?code=c&state=s'))).toContain(
          "connect-src 'self' https://tokens.example;",
        );
      });
    } finally {
      provider.closeAllConnections();
      provider.close();
    }
  });

  it('are 503 while the provider is away; the console is there for keys, and speaks to nobody else', async () => {
    // Nothing listens on the discard port.
    await withApi(variablesOf('http://127.0.0.1:9'), async (api) => {
      const { status, json } = await api.send('GET', '/v1/ops/sign-in');
      expect(status).toBe(503);
      expect(json).toMatchObject({
        code: 'UNAVAILABLE',
        detail: '127.0.0.1:9 cannot be asked how to sign in at the moment. An API key works all the same.',
      });
      const page = await api.send('GET', '/console');
      expect(page.status).toBe(200);
      expect(policyOf(page)).toContain("connect-src 'self';");
    });
  });
});
