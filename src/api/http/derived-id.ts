/** Ids that follow from the request, so that its repetitions arrive at the same ones without asking anybody. */
import { createHash } from 'node:crypto';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_LENGTH = 26;

export type DerivedIdPrefix = 'ord' | 'ref' | 'adj' | 'cmd' | 'rpl' | 'act' | 'blk';

/** A customer has one ticket in a room, whatever key asks for it; being read by its customer alone, it may be guessed. */
export function ticketIdOf(roomId: string, customerId: string): string {
  return digestId('tkt', `${roomId}\n${customerId}`);
}

/**
 * `<prefix>_` and 130 bits of SHA-256 over principal and key in lower-case Crockford base32: collisions are out of the
 * question, and nobody can guess an id without the key.
 */
export function deriveId(prefix: DerivedIdPrefix, principalId: string, idempotencyKey: string): string {
  return digestId(prefix, `${principalId}\n${idempotencyKey}`);
}

/** Of a set of orders, whatever order they stand in. In letters and digits that no card number hides among. */
export function orderSetId(orderIds: readonly string[]): string {
  return digestId('set', orderIds.toSorted().join('\n'));
}

function digestId(prefix: string, text: string): string {
  const digest = createHash('sha256').update(text).digest();
  let id = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of digest) {
    buffer = ((buffer << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5 && id.length < ID_LENGTH) {
      bits -= 5;
      id += CROCKFORD[(buffer >> bits) & 31];
    }
  }
  return `${prefix}_${id}`;
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
