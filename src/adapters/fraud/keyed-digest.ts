import { createHmac } from 'node:crypto';
import type { DigestPort } from './digest.port.ts';

/** 128 bits are enough that no two of a shop's addresses ever meet. */
const LENGTH_HEX = 32;

/**
 * HMAC-SHA-256 under a key. A plain digest of an address or a card token is found by trying all that there are, which are few;
 * without the key, nobody can try. Another key makes earlier orders look like nobody's.
 */
export function createKeyedDigest(key: string): DigestPort {
  return {
    digest: (kind, text) =>
      createHmac('sha256', key).update(`${kind}\n${text}`).digest('hex').slice(0, LENGTH_HEX),
  };
}
