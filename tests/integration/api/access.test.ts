import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { createEndpoints } from '../../../src/api/endpoints.ts';
import type { Permission } from '../../../src/api/auth/principal.ts';
import { createMetrics } from '../../../src/api/http/metrics.ts';
import { ConfigurationError } from '../../../src/config/env.ts';
import { createLogger } from '../../../src/config/logger.ts';
import { Registry } from 'prom-client';
import {
  addLocations,
  newKey,
  orderBody,
  startTestApi,
  type KeyName,
  type Sent,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(60_000);

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'order-saga';
const ORDER_OF_CUSTOMER_2 = 'ord_0000000000000000000000000z';
const NO_ACTION = 'act_00000000000000000000000000';
const NO_ORDER = 'ord_00000000000000000000000000';

let api: TestApi;
let issuer: Server;
let signingKey: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  signingKey = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  issuer = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  api = await startTestApi({
    variables: {
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWT_JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`,
    },
  });
  await addLocations(api.databaseUrl);
  await api.send('PUT', '/v1/items/LAMP', {
    as: 'admin',
    body: { name: 'Lamp', prices: [{ amountMinor: 1, currency: 'GBP' }], active: true },
  });
  await api.repositories.orders.placeAndReject({
    orderId: ORDER_OF_CUSTOMER_2,
    cause: { correlationId: 'test', causationId: 'test' },
    workflowRunId: 'run',
    principalId: 'key:other',
    fingerprint: 'f',
    customerId: 'cus_2',
    currency: 'GBP',
    totalMinor: 1,
    lines: [{ lineId: '1', sku: 'LAMP', quantity: 1, unitPriceMinor: 1 }],
    paymentMethod: 'card',
    shipTo: { name: 'x', line1: 'x', city: 'x', postalCode: 'x', country: 'GB' },
    contact: { email: 'x@example.com' },
    shortLines: [{ lineId: '1', sku: 'LAMP', requested: 1, available: 0 }],
  });
});
afterAll(async () => {
  issuer.close();
  await api.close();
});

/** Written down here on purpose, and not read from the table that is under test. */
const WHO_MAY: Readonly<Record<Permission, readonly KeyName[]>> = {
  'orders:place': ['customer', 'operator', 'approver', 'admin', 'importer'],
  'orders:read': ['customer', 'viewer', 'operator', 'approver', 'admin', 'importer'],
  'orders:search': ['viewer', 'operator', 'approver', 'admin'],
  'orders:search-by-mail': ['operator', 'approver', 'admin'],
  'orders:cancel': ['customer', 'operator', 'approver', 'admin', 'importer'],
  'orders:refund': ['operator', 'approver', 'admin', 'importer'],
  'orders:price-override': ['admin', 'importer'],
  'orders:skip-waiting-room': ['admin', 'importer'],
  'items:read': ['customer', 'viewer', 'operator', 'approver', 'admin', 'importer'],
  'items:write': ['operator', 'approver', 'admin', 'importer'],
  'inventory:read': ['viewer', 'operator', 'approver', 'admin', 'importer'],
  'inventory:adjust': ['operator', 'approver', 'admin', 'importer'],
  'ledger:read': ['viewer', 'operator', 'approver', 'admin', 'importer'],
  'attention:read': ['viewer', 'operator', 'approver', 'admin'],
  'messages:read': ['viewer', 'operator', 'approver', 'admin'],
  'messages:repair': ['operator', 'approver', 'admin'],
  'breaks:read': ['viewer', 'operator', 'approver', 'admin'],
  'breaks:close': ['operator', 'approver', 'admin'],
  'jobs:read': ['viewer', 'operator', 'approver', 'admin'],
  'jobs:run': ['operator', 'approver', 'admin'],
  'reviews:read': ['viewer', 'operator', 'approver', 'admin'],
  'reviews:decide': ['operator', 'approver', 'admin'],
  'actions:read': ['viewer', 'operator', 'approver', 'admin'],
  'actions:run': ['operator', 'approver', 'admin'],
  'actions:approve': ['approver', 'admin'],
  'now:read': ['viewer', 'operator', 'approver', 'admin'],
  'codec:use': ['admin'],
};
const ROLES: readonly KeyName[] = ['customer', 'viewer', 'operator', 'approver', 'admin', 'importer'];

const ENDPOINTS = createEndpoints(
  createMetrics(
    new Registry(),
    // Nothing is scraped here: only the descriptions are read.
    { outbox: { lag: reject }, inbox: { lag: reject, store: reject } },
    createLogger('test', 'silent'),
  ),
  { refuseWhenFull: () => undefined, run: (work) => work() },
);
function reject(): Promise<never> {
  return Promise.reject(new Error('nobody asks'));
}
const PROTECTED = ENDPOINTS.flatMap(({ method, path, access }) =>
  typeof access === 'object' && 'permission' in access
    ? [{ method: method.toUpperCase(), path, permission: access.permission }]
    : [],
);
const CALLS = PROTECTED.flatMap((endpoint) => ROLES.map((role) => ({ ...endpoint, role })));
/** A stream that goes on for ever is asked for its first event only. */
const addressOf = (path: string): string =>
  path
    .replace('{id}', NO_ORDER)
    .replace('{orderId}', NO_ORDER)
    .replace('{sku}', 'NOPE')
    .replace('{actionId}', NO_ACTION)
    .replace(/now\/stream$/, 'now/stream?events=1');

const call = (method: string, path: string, as?: KeyName, headers?: Record<string, string>): Promise<Sent> =>
  api.send(method, addressOf(path), {
    as,
    ...(headers ? { headers } : {}),
    idempotencyKey: newKey(),
    body: method === 'GET' ? undefined : {},
  });

describe('every protected endpoint', () => {
  it.each(PROTECTED)('$method $path refuses who does not say who it is', async ({ method, path }) => {
    const sent = await call(method, path);
    expect(sent.status).toBe(401);
    expect(sent.json.code).toBe('UNAUTHENTICATED');
    expect(sent.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each(CALLS)('$method $path answers the role $role as the table says', async (endpoint) => {
    const { method, path, permission, role } = endpoint;
    const sent = await call(method, path, role);
    // Who may is answered about the request: an empty body is not valid, an unknown id is not found.
    if (WHO_MAY[permission].includes(role)) expect([200, 400, 404]).toContain(sent.status);
    else expect(sent.json).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });

  it('is all that there is, beside what is public on purpose', () => {
    const open = ENDPOINTS.filter(({ access }) => access === 'public').map(({ path }) => path);
    expect(open).toEqual([
      '/v1/ops/sign-in',
      '/livez',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/docs/reference.js',
      '/docs/scalar.js',
      '/docs/errors',
      '/docs/runbooks',
      '/console',
      '/console/assets/{name}',
    ]);
  });
});

describe('credentials', () => {
  it.each<[string, string]>([
    ['an unknown key', 'Bearer nobody'],
    ['another scheme', 'Basic c2VjcmV0LW9mLWFkbWluOng='],
    ['no scheme', 'secret-of-admin'],
    ['two keys', 'Bearer secret-of-admin secret-of-viewer'],
    ['an endless key', `Bearer ${'x'.repeat(9_000)}`],
    ['nothing', 'Bearer '],
  ])('%s are refused', async (_name, authorization) => {
    const sent = await api.send('GET', '/v1/orders', { headers: { authorization } });
    expect(sent.status).toBe(401);
  });

  it('are never logged', () => {
    expect(api.log()).not.toContain('secret-of-');
    expect(api.log()).not.toContain('Bearer');
  });
});

describe('a customer', () => {
  it('is told the same of the order of another as of one that does not exist', async () => {
    for (const path of ['', '/events', '/summary', '/cancel']) {
      const read = (id: string): Promise<Sent> =>
        api.send(path === '/cancel' ? 'POST' : 'GET', `/v1/orders/${id}${path}`, {
          as: 'customer',
          headers: { 'x-request-id': 'same' },
          ...(path === '/cancel' ? { idempotencyKey: newKey(), body: { reason: 'x' } } : {}),
        });
      const [theirs, nobodys] = [await read(ORDER_OF_CUSTOMER_2), await read(NO_ORDER)];
      expect(theirs.status).toBe(404);
      expect(theirs.text).toBe(nobodys.text);
      const headersOf = (sent: Sent): string[] =>
        [...sent.headers].filter(([name]) => !/^(date|ratelimit-)/.test(name)).map(String);
      expect(headersOf(theirs)).toEqual(headersOf(nobodys));
    }
  });

  it('sees its own order', async () => {
    const sent = await api.send('GET', `/v1/orders/${ORDER_OF_CUSTOMER_2}`, { as: 'other' });
    expect(sent.json).toMatchObject({ customerId: 'cus_2', status: 'rejected' });
  });

  it('lists its own orders only, and none of another', async () => {
    expect((await api.send('GET', '/v1/orders', { as: 'customer' })).json.items).toEqual([]);
    expect((await api.send('GET', '/v1/orders', { as: 'other' })).json.items).toHaveLength(1);
    expect((await api.send('GET', '/v1/orders?customerId=cus_2', { as: 'customer' })).status).toBe(403);
    expect((await api.send('GET', '/v1/orders?customerId=cus_2', { as: 'viewer' })).json.items).toHaveLength(
      1,
    );
  });

  it('cannot place an order for another', async () => {
    const sent = await api.send('POST', '/v1/orders', {
      as: 'customer',
      idempotencyKey: newKey(),
      body: orderBody({ customerId: 'cus_2' }),
    });
    expect(sent.status).toBe(403);
  });
});

describe('a JSON Web Token', () => {
  const token = (
    claims: Readonly<Record<string, unknown>>,
    changes: {
      issuer?: string;
      audience?: string;
      expiresIn?: string;
      key?: CryptoKey;
      subject?: string;
    } = {},
  ): Promise<string> =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(changes.issuer ?? ISSUER)
      .setAudience(changes.audience ?? AUDIENCE)
      .setSubject(changes.subject ?? 'staff-7')
      .setExpirationTime(changes.expiresIn ?? '5m')
      .sign(changes.key ?? signingKey);
  const listWith = async (jwt: string): Promise<Sent> =>
    api.send('GET', '/v1/orders', { headers: { authorization: `Bearer ${jwt}` } });

  it('of an operator reaches every order', async () => {
    const sent = await listWith(await token({ role: 'operator' }));
    expect(sent.json.items).toHaveLength(1);
    expect(api.log()).toContain('"principalId":"jwt:staff-7"');
  });

  it('of a customer reaches its own orders', async () => {
    expect((await listWith(await token({ role: 'customer', customer_id: 'cus_2' }))).json.items).toHaveLength(
      1,
    );
    expect((await listWith(await token({ role: 'customer', customer_id: 'cus_1' }))).json.items).toEqual([]);
  });

  it('has the permissions of its role and no more', async () => {
    const sent = await api.send('PUT', '/v1/items/LAMP', {
      headers: { authorization: `Bearer ${await token({ role: 'viewer' })}` },
      body: {},
    });
    expect(sent.status).toBe(403);
  });

  it('has its role where the issuer puts it, when the service is told so, and nowhere else then', async () => {
    const { JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL } = api.environment;
    const other = await startTestApi({
      databaseUrl: api.databaseUrl,
      variables: {
        JWT_ISSUER: JWT_ISSUER ?? '',
        JWT_AUDIENCE: JWT_AUDIENCE ?? '',
        JWT_JWKS_URL: JWT_JWKS_URL ?? '',
        JWT_ROLE_CLAIM: 'realm_access.roles',
      },
    });
    try {
      const meWith = async (claims: Readonly<Record<string, unknown>>): Promise<Sent> =>
        other.send('GET', '/v1/ops/me', { headers: { authorization: `Bearer ${await token(claims)}` } });
      const { json } = await meWith({ realm_access: { roles: ['offline_access', 'viewer', 'operator'] } });
      expect(json.role).toBe('operator');
      expect((await meWith({ role: 'admin' })).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  it('is refused when it is expired, for others, by others, unsigned, or does not say enough', async () => {
    const stranger = await generateKeyPair('ES256');
    const bad = [
      await token({ role: 'operator' }, { expiresIn: '-1m' }),
      await token({ role: 'operator' }, { audience: 'another' }),
      await token({ role: 'operator' }, { issuer: 'https://evil.example' }),
      await token({ role: 'operator' }, { key: stranger.privateKey }),
      await token({ role: 'emperor' }),
      await token({}),
      await token({ role: 'customer' }),
      await token({ role: 'operator', customer_id: 'cus_1' }),
      await token({ role: 'operator' }, { subject: 'ada@example.com' }),
      new UnsecuredJWT({ role: 'operator' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject('x')
        .setExpirationTime('5m')
        .encode(),
      `${(await token({ role: 'operator' })).slice(0, -4)}AAAA`,
    ];
    for (const jwt of bad) expect((await listWith(jwt)).status).toBe(401);
  });

  it('is answered 503 when the keys of its issuer cannot be read', async () => {
    const broken = await startTestApi({
      databaseUrl: api.databaseUrl,
      variables: { JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: 'http://127.0.0.1:1/jwks.json' },
    });
    try {
      const sent = await broken.send('GET', '/v1/orders', {
        headers: { authorization: `Bearer ${await token({ role: 'operator' })}` },
      });
      expect(sent.status).toBe(503);
    } finally {
      await broken.close();
    }
  });

  it('is not accepted by a service that does not say for whom tokens must be', async () => {
    await expect(
      startTestApi({ databaseUrl: api.databaseUrl, variables: { JWT_JWKS_URL: 'http://127.0.0.1:1/' } }),
    ).rejects.toThrow(ConfigurationError);
  });
});

describe('the limit of requests', () => {
  it('is told in headers, answered 429 with Retry-After, and counted for each key alone', async () => {
    const limited = await startTestApi({
      databaseUrl: api.databaseUrl,
      variables: { RATE_LIMIT_PER_SECOND: '5' },
    });
    try {
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => limited.send('GET', '/v1/locations', { as: 'viewer' })),
      );
      expect(answers.filter((sent) => sent.status === 200).length).toBeGreaterThanOrEqual(5);
      const refused = answers.filter((sent) => sent.status === 429);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused[0]?.json.code).toBe('RATE_LIMITED');
      expect(refused[0]?.headers.get('retry-after')).toBe('1');
      expect(refused[0]?.headers.get('ratelimit-limit')).toBe('5');
      expect(refused[0]?.headers.get('ratelimit-remaining')).toBe('0');
      expect((await limited.send('GET', '/v1/locations', { as: 'operator' })).status).toBe(200);
    } finally {
      await limited.close();
    }
  });
});

describe('a request id', () => {
  it('of the caller is taken over when it has the form of one', async () => {
    for (const id of ['abc', 'test-7cc3986e-014e-4ea4-8420-98024962cb54', 'A.b_c-1']) {
      const sent = await api.send('GET', '/livez', { headers: { 'x-request-id': id } });
      expect(sent.headers.get('x-request-id')).toBe(id);
    }
  });

  it.each(['has space', '-starts-with-a-dash', 'x'.repeat(129), '<script>'])('%s is replaced', async (id) => {
    const sent = await api.send('GET', '/livez', { headers: { 'x-request-id': id } });
    expect(sent.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
