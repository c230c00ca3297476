/** API keys: looked up by their hash, and remembered for a moment. */
import type { AccessRepository, ApiKey } from '../../../db/repositories/access.repository.ts';
import { sha256Hex } from '../http/derived-id.ts';
import type { Principal } from './principal.ts';

/** A revoked key works no longer than this after its revocation. */
const REMEMBERED_MS = 10_000;
const MAX_REMEMBERED = 10_000;

/** Null for a key that is unknown or revoked. Rejects with DatabaseUnavailableError. */
export type FindPrincipal = (credential: string) => Promise<Principal | null>;

/**
 * Keys that exist are remembered; unknown ones are asked for each time, so that a new key works at once.
 * @param nowMs a clock that never goes back, milliseconds
 */
export function createApiKeyLookup(
  access: Pick<AccessRepository, 'findApiKey'>,
  nowMs: () => number = () => performance.now(),
): FindPrincipal {
  const remembered = new Map<string, { readonly key: ApiKey; readonly untilMs: number }>();
  return async (credential) => {
    const keyHash = sha256Hex(credential);
    const known = remembered.get(keyHash);
    if (known !== undefined && known.untilMs > nowMs()) return toPrincipal(known.key);
    remembered.delete(keyHash);
    const key = await access.findApiKey(keyHash);
    if (key === null) return null;
    // A Map keeps the order of insertion, so the first entry is the oldest.
    const oldest = remembered.keys().next();
    if (remembered.size >= MAX_REMEMBERED && !oldest.done) remembered.delete(oldest.value);
    remembered.set(keyHash, { key, untilMs: nowMs() + REMEMBERED_MS });
    return toPrincipal(key);
  };
}

function toPrincipal(key: ApiKey): Principal {
  return {
    id: `key:${key.id}`,
    role: key.role,
    customerId: key.role === 'customer' ? key.customerId : null,
  };
}
