/** Finds out who is calling, and refuses who may not. */
import type { Request } from 'express';
import { CatalogueError } from '../../domain/errors.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { createApiKeyLookup } from './api-keys.ts';
import { createJwtLookup } from './jwt.ts';
import { hasPermission, type Permission, type Principal } from './principal.ts';

const MAX_CREDENTIAL_LENGTH = 8_192;
const JWT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * @throws CatalogueError UNAUTHENTICATED, or UNAVAILABLE when the issuer's keys cannot be read. Rejects with
 *   DatabaseUnavailableError.
 */
export type Authenticate = (request: Request) => Promise<Principal>;

export function createAuthenticate(dependencies: ApiDependencies): Authenticate {
  const { environment, repositories } = dependencies;
  const findByKey = createApiKeyLookup(repositories.access);
  const findByJwt = createJwtLookup(environment);
  return async (request) => {
    const credential = readCredential(request);
    const find = findByJwt !== null && JWT_FORM.test(credential ?? '') ? findByJwt : findByKey;
    const principal = credential === null ? null : await find(credential);
    if (principal !== null) return principal;
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
