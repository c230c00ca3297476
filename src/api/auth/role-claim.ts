/** Which role a token names. Issuers say it in claims of their own, as one word or as a list of all that somebody is. */
import type { Role } from '../../../db/repositories/access.repository.ts';

export const ROLES = [
  'customer',
  'viewer',
  'operator',
  'approver',
  'admin',
  'importer',
] as const satisfies readonly Role[];

/** Each may do what those before it may. */
const STAFF: readonly Role[] = ['viewer', 'operator', 'approver', 'admin'];

/**
 * Of several roles of staff the one that may do most; what is no role of ours is somebody else's affair.
 * @param claim its name, or where it is nested: `realm_access.roles`
 * @returns null when it names none, or one that cannot go with another
 */
export function readRole(payload: Readonly<Record<string, unknown>>, claim: string): Role | null {
  const value = payload[claim] ?? nested(payload, claim.split('.'));
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  const named = ROLES.filter((role) => words.includes(role));
  const [only] = named;
  if (named.length <= 1) return only ?? null;
  if (!named.every((role) => STAFF.includes(role))) return null;
  return STAFF.findLast((role) => named.includes(role)) ?? null;
}

function nested(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return nested((value as Readonly<Record<string, unknown>>)[name], rest);
}
