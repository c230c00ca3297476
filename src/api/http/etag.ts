/**
 * Whether `If-None-Match` names this entity tag. Tags are compared weakly, as RFC 9110 says for this header.
 * @param etag with its quotes, for example `"7"`
 */
export function matchesIfNoneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
