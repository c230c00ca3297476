import { describe, expect, test } from '@jest/globals';
import { ConfigurationError, readEnvironment } from './env.ts';

const API = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1/db',
  TEMPORAL_CODEC_KEYS: `k:${Buffer.alloc(32).toString('base64')}`,
  PAYMENT_WEBHOOK_SECRET: 'x'.repeat(16),
  CARRIER_WEBHOOK_SECRET: 'x'.repeat(16),
  WAITING_ROOM_SECRET: 'x'.repeat(32),
};
const ISSUER = {
  JWT_ISSUER: 'https://id.example/realm',
  JWT_AUDIENCE: 'orders',
  JWT_JWKS_URL: 'https://id.example/jwks',
};

describe('signing in with an OpenID provider', () => {
  test('is not configured unless somebody does so', () => {
    expect(readEnvironment('api', { ...API, ...ISSUER })).toMatchObject({
      JWT_ROLE_CLAIM: 'role',
      OIDC_SCOPES: 'openid',
    });
  });

  test('takes what is added to requests as in an address', () => {
    const variables = {
      ...API,
      ...ISSUER,
      OIDC_CLIENT_ID: 'console',
      OIDC_PARAMETERS: 'resource=https%3A%2F%2Forders.example&prompt=consent',
    };
    expect(readEnvironment('api', variables).OIDC_PARAMETERS).toEqual({
      resource: 'https://orders.example',
      prompt: 'consent',
    });
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['no audience', { JWT_AUDIENCE: '' }, /OIDC_CLIENT_ID: needs JWT_AUDIENCE and JWT_JWKS_URL/],
    ['no keys', { JWT_JWKS_URL: '' }, /OIDC_CLIENT_ID: needs JWT_AUDIENCE and JWT_JWKS_URL/],
    ['no issuer', { JWT_ISSUER: '' }, /JWT_ISSUER: is required and not set/],
    [
      'an issuer that is no address',
      { JWT_ISSUER: 'our issuer' },
      /JWT_ISSUER: must be the https:\/\/ address/,
    ],
    [
      'an issuer without encryption',
      { JWT_ISSUER: 'http://id.example' },
      /JWT_ISSUER: must be the https:\/\/ address/,
    ],
    ['scopes without openid', { OIDC_SCOPES: 'profile openid2' }, /OIDC_SCOPES: must have openid/],
    ['parameters that are none', { OIDC_PARAMETERS: 'audience' }, /OIDC_PARAMETERS: must be name=value/],
  ])('is refused with %s', (_what, changes, message) => {
    const read = (): unknown =>
      readEnvironment('api', { ...API, ...ISSUER, OIDC_CLIENT_ID: 'console', ...changes });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(message);
  });

  test('takes an issuer on this machine without encryption', () => {
    for (const JWT_ISSUER of ['http://127.0.0.1:9000', 'http://localhost:9000/realm', 'http://[::1]:9000'])
      expect(readEnvironment('api', { ...API, ...ISSUER, JWT_ISSUER, OIDC_CLIENT_ID: 'c' })).toMatchObject({
        JWT_ISSUER,
      });
  });
});
