/** JSON Web Tokens of an issuer whose public keys are read from its JWKS address. */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import { ConfigurationError, type ApiEnvironment } from '../../config/env.ts';
import { customerId } from '../http/fields.ts';
import { unavailable } from '../http/errors.ts';
import type { FindPrincipal } from './api-keys.ts';
import type { Principal } from './principal.ts';
import { readRole, ROLES } from './role-claim.ts';

/** Only signatures with a public key: the issuer's secret never has to be here. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const JWKS_TIMEOUT_MS = 2_000;
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * `sub` becomes part of logs and rows, so it has the form of an id and not of an address. Role `customer` comes with the
 * customer that it acts for, the others never do.
 */
const claims = z
  .object({
    sub: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:|-]{0,127}$/),
    role: z.enum(ROLES),
    customer_id: customerId.optional(),
  })
  .refine((value) => (value.role === 'customer') === (value.customer_id !== undefined));

type JwtEnvironment = Pick<ApiEnvironment, 'JWT_JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE' | 'JWT_ROLE_CLAIM'>;

/**
 * Null when no issuer is configured.
 * @throws ConfigurationError when only some of the three variables are set, because a token for somebody else would pass
 */
export function createJwtLookup(environment: JwtEnvironment): FindPrincipal | null {
  const { JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = environment;
  if (jwksUrl === undefined) return null;
  if (issuer === undefined || audience === undefined) {
    throw new ConfigurationError(
      'JWT_JWKS_URL is set: set JWT_ISSUER and JWT_AUDIENCE too, so that tokens for others are refused.',
    );
  }
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  return async (credential) => {
    try {
      const { payload } = await jwtVerify(credential, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return toPrincipal(payload, environment.JWT_ROLE_CLAIM);
    } catch (error) {
      if (isRefusal(error)) return null;
      throw unavailable('The keys of the token issuer cannot be read at the moment.', error);
    }
  };
}

/** Whether the token itself is bad, as opposed to the issuer's keys being out of reach. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return !(
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === 'ERR_JOSE_GENERIC'
  );
}

function toPrincipal(payload: JWTPayload, roleClaim: string): Principal | null {
  const parsed = claims.safeParse({ ...payload, role: readRole(payload, roleClaim) });
  if (!parsed.success) return null;
  const { sub, role, customer_id: customer } = parsed.data;
  return { id: `jwt:${sub}`, role, customerId: customer ?? null };
}
