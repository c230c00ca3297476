/** From what zod finds wrong to the field errors of a problem document. Values are never repeated. */
import type { z } from 'zod';
import type { FieldError } from '../../domain/errors.ts';
import { containsCardNumber } from './card-number.ts';
import { escapePointer, MAX_NAME_LENGTH } from './inspect-json.ts';

export type FieldPlace = 'body' | 'query' | 'path';

/** Every issue as a field error: an RFC 6901 pointer into the body, or `query:name`, `path:name`. */
export function toFieldErrors(issues: readonly z.core.$ZodIssue[], place: FieldPlace): FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) =>
        key.length > MAX_NAME_LENGTH || containsCardNumber(key)
          ? { pointer: pointerOf(issue.path, place), message: 'has an unknown field' }
          : { pointer: pointerOf([...issue.path, key], place), message: 'is not a known field' },
      );
    }
    return [{ pointer: pointerOf(issue.path, place), message: messageOf(issue) }];
  });
}

function pointerOf(path: readonly PropertyKey[], place: FieldPlace): string {
  if (place !== 'body') return `${place}:${path.map(String).join('.')}`;
  return path.map((part) => `/${escapePointer(String(part))}`).join('');
}

function messageOf(issue: z.core.$ZodIssue): string {
  const isMissing = 'input' in issue && issue.input === undefined;
  if (isMissing && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) return 'is required';
  if (issue.code === 'invalid_type') return typeMessage(issue.expected);
  if (issue.code === 'too_small' || issue.code === 'too_big') return limitMessage(issue);
  if (issue.code === 'invalid_value') return `must be one of: ${issue.values.map(String).join(', ')}`;
  return issue.message;
}

function typeMessage(expected: string): string {
  if (expected === 'int') return 'must be an integer that is written exactly';
  const article = /^[aeio]/.test(expected) ? 'an' : 'a';
  return `must be ${article} ${expected === 'number' ? 'finite number' : expected}`;
}

function limitMessage(issue: Extract<z.core.$ZodIssue, { code: 'too_small' | 'too_big' }>): string {
  const [word, limit] = issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
  if (issue.origin === 'string') return `must have ${word} ${limit} characters`;
  if (issue.origin === 'array') return `must have ${word} ${limit} entries`;
  return `must be ${word} ${limit}`;
}
