/** Finds out who is calling, and refuses who may not. */
import type { Request } from 'express';
import { CatalogueError } from '../../domain/errors.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { createRateLimit } from '../http/rate-limit.ts';
import { createApiKeyLookup } from './api-keys.ts';
import { createJwtLookup } from './jwt.ts';
import { hasPermission, type Permission, type Principal } from './principal.ts';

const MAX_CREDENTIAL_LENGTH = 8_192;
const JWT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** @throws CatalogueError UNAUTHENTICATED, RATE_LIMITED after many failures from one address, UNAVAILABLE */
export type Authenticate = (request: Request) => Promise<Principal>;

export function createAuthenticate(dependencies: ApiDependencies): Authenticate {
  const { environment, repositories } = dependencies;
  const findByKey = createApiKeyLookup(repositories.access);
  const findByJwt = createJwtLookup(environment);
  // Guessing keys is hopeless, but each guess costs a statement.
  const failures = createRateLimit(environment.RATE_LIMIT_PER_SECOND);
  return async (request) => {
    const address = request.socket.remoteAddress ?? 'unknown';
    await failures.check(address);
    const credential = readCredential(request);
    const find = findByJwt !== null && JWT_FORM.test(credential ?? '') ? findByJwt : findByKey;
    const principal = credential === null ? null : await find(credential);
    if (principal !== null) return principal;
    await failures.count(address);
    throw new CatalogueError(
      'UNAUTHENTICATED',
      credential === null
        ? 'The header Authorization: Bearer … is missing or malformed.'
        : 'The key or token is unknown, revoked or expired.',
    );
  };
}

function readCredential(request: Request): string | null {
  const values = request.headersDistinct['authorization'] ?? [];
  const match = /^Bearer +([\x21-\x7e]+)$/i.exec(values[0] ?? '');
  if (values.length !== 1 || match?.[1] === undefined || match[1].length > MAX_CREDENTIAL_LENGTH) return null;
  return match[1];
}

/** @throws CatalogueError FORBIDDEN, naming the permission */
export function requirePermission(principal: Principal, permission: Permission): void {
  if (!hasPermission(principal, permission)) throw forbidden(permission);
}

export function forbidden(permission: Permission, why = ''): CatalogueError {
  return new CatalogueError(
    'FORBIDDEN',
    `This needs the permission ${permission}.${why === '' ? '' : ` ${why}`}`,
  );
}
