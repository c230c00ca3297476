/** A real OpenID provider on this machine, with a page to sign in on, for tests that sign in as people do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import OpenIdServer, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';

/** Whom its access tokens are for. */
export const AUDIENCE = 'https://orders.example';
export const CLIENT_ID = 'order-saga-console';

export interface OpenIdProvider {
  readonly issuer: string;
  /** What the API has to be told, to accept its tokens and to offer it. */
  readonly variables: Readonly<Record<string, string>>;
  /** A token such as it gives out, which expires at this time, seconds since 1970. */
  readonly mint: (subject: string, expiresAtSeconds: number) => Promise<string>;
  /** Has its next answer to the console altered on the way, as somebody in between would. */
  readonly onNextAnswer: (alter: (answer: URL) => void) => void;
  /** Every request for a code so far. */
  readonly asked: readonly URLSearchParams[];
  readonly close: () => Promise<void>;
}

export interface OpenIdProviderOptions {
  /** Where the console is: codes go there, and its page may ask for tokens. */
  readonly consoleOrigin: string;
  /** Role of each person, by the name with which that signs in. */
  readonly roles: Readonly<Record<string, string>>;
}

const LIFETIME_SECONDS = 600;

export async function startOpenIdProvider(options: OpenIdProviderOptions): Promise<OpenIdProvider> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(pair.privateKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const asked: URLSearchParams[] = [];
  let alterNext: ((answer: URL) => void) | null = null;
  // It has to know its own address before it is made.
  let answer = (_request: IncomingMessage, _response: ServerResponse): unknown => undefined;
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new OpenIdServer(issuer, configuration(options, jwk));
  const callback = provider.callback();
  answer = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
    if (pathname === '/auth') asked.push(searchParams);
    onRedirectTo(options.consoleOrigin, response, (answer) => {
      alterNext?.(answer);
      alterNext = null;
    });
    if (!pathname.startsWith('/interaction/')) return callback(request, response);
    return signInPage(provider, request, response).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  };
  return {
    issuer,
    asked,
    onNextAnswer: (alter) => {
      alterNext = alter;
    },
    variables: {
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: AUDIENCE,
      JWT_JWKS_URL: `${issuer}/jwks`,
      OIDC_CLIENT_ID: CLIENT_ID,
      OIDC_NAME: 'Example ID',
      OIDC_PARAMETERS: `resource=${encodeURIComponent(AUDIENCE)}`,
    },
    mint: (subject, expiresAtSeconds) =>
      mintToken(pair.privateKey, issuer, { sub: subject, role: options.roles[subject] }, expiresAtSeconds),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function onRedirectTo(origin: string, response: ServerResponse, alter: (address: URL) => void): void {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    const address = name.toLowerCase() === 'location' ? URL.parse(String(value)) : null;
    if (address?.origin !== origin) return setHeader(name, value);
    alter(address);
    return setHeader(name, address.href);
  };
}

function mintToken(
  key: CryptoKey,
  issuer: string,
  claims: Record<string, unknown>,
  expiresAtSeconds: number,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setExpirationTime(expiresAtSeconds)
    .sign(key);
}

function configuration(
  { consoleOrigin, roles }: OpenIdProviderOptions,
  jwk: NonNullable<Configuration['jwks']>['keys'][number],
): Configuration {
  return {
    jwks: { keys: [jwk] },
    cookies: { keys: ['for tests only'] },
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [`${consoleOrigin}/console`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    clientBasedCORS: (_context, origin) => origin === consoleOrigin,
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    // Nobody is asked whether the console may know who they are: it is the company's own.
    loadExistingGrant,
    extraTokenClaims: (_context, token) => {
      const id = 'accountId' in token ? token.accountId : undefined;
      const role = id === undefined ? undefined : roles[id];
      return role === 'customer' ? { role, customer_id: `cus_${id}` } : { role };
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: LIFETIME_SECONDS,
      IdToken: LIFETIME_SECONDS,
      Grant: 3_600,
      Session: 3_600,
      Interaction: 3_600,
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenTTL: LIFETIME_SECONDS,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  };
}

async function loadExistingGrant({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider } = oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid');
  await grant.save();
  return grant;
}

/** Anybody may be whoever they say; what is tried is what comes after. */
async function signInPage(
  provider: OpenIdServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>Example ID</title><link rel="icon" href="data:,">
      <h1>Example ID</h1>
      <form method="post"><label>Name <input name="name"></label><button name="as" value="person">Continue</button></form>
      <form method="post"><button name="as" value="nobody">Go back</button></form>`);
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  await provider.interactionFinished(
    request,
    response,
    form.get('as') === 'nobody'
      ? { error: 'access_denied', error_description: 'You have gone back' }
      : { login: { accountId: form.get('name') ?? '' } },
  );
}
