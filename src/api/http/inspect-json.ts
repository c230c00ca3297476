/** What is checked in any JSON body before its own schema is: depth, and that no card number is in it. */
import type { FieldError } from '../../domain/errors.ts';
import { containsCardNumber } from './card-number.ts';

/** No body of ours is deeper than 5; the limit keeps everything that walks a value recursively safe. */
const MAX_DEPTH = 32;
/** One card number is enough to refuse a body; a body made of them should not make a huge answer. */
const MAX_CARD_NUMBERS = 100;
/** Longer names are not repeated: a pointer is there to find a field, not to send a body back. */
export const MAX_NAME_LENGTH = 100;

/**
 * The pointers of what makes a body unacceptable whatever its schema. Walks without recursion, because the depth is the
 * sender's choice. Neither values nor names that look like card numbers are repeated.
 */
export function inspectJson(body: unknown): readonly FieldError[] {
  const found: FieldError[] = [];
  const open: { readonly value: unknown; readonly pointer: string; readonly depth: number }[] = [
    { value: body, pointer: '', depth: 0 },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, pointer, depth } = next;
    if (typeof value === 'string') {
      if (containsCardNumber(value))
        found.push({ pointer, message: 'looks like a card number; send a token' });
    } else if (typeof value === 'object' && value !== null) {
      if (depth >= MAX_DEPTH) return [{ pointer: '', message: `is nested deeper than ${MAX_DEPTH} levels` }];
      for (const [name, member] of Object.entries(value)) {
        if (!Array.isArray(value) && containsCardNumber(name)) {
          found.push({ pointer, message: 'has a field whose name looks like a card number; send a token' });
        } else {
          // A long name is the sender's text and no field of ours; the pointer then ends where it stands.
          const place = name.length > MAX_NAME_LENGTH ? pointer : `${pointer}/${escapePointer(name)}`;
          open.push({ value: member, pointer: place, depth: depth + 1 });
        }
      }
    }
    if (found.length >= MAX_CARD_NUMBERS) break;
  }
  return found.toReversed();
}

/** A member name as RFC 6901 writes it. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
