import { describe, expect, it } from '@jest/globals';
import { matchesIfNoneMatch } from './etag.ts';

describe('matchesIfNoneMatch', () => {
  it.each([
    ['the same tag', '"7"', true],
    ['a weak form of it', 'W/"7"', true],
    ['one of several', '"1", "7" , "9"', true],
    ['any', '*', true],
    ['another', '"8"', false],
    ['a tag without quotes', '7', false],
    ['nothing', undefined, false],
  ])('compares %s', (_name, header, expected) => {
    expect(matchesIfNoneMatch(header, '"7"')).toBe(expected);
  });
});
