import { describe, expect, it } from '@jest/globals';
import { inspectJson } from './inspect-json.ts';

const CARD = '4242424242424242';

describe('inspectJson', () => {
  it('names every place with a card number, in order, and does not repeat it', () => {
    const found = inspectJson({ a: CARD, list: ['x', { 'b/c~d': `no ${CARD}` }], ok: 'tok_visa' });
    expect(found.map((error) => error.pointer)).toEqual(['/a', '/list/1/b~1c~0d']);
    expect(JSON.stringify(found)).not.toContain(CARD);
  });

  it('finds a card number in the name of a field, and does not repeat the name', () => {
    const found = inspectJson({ outer: { [CARD]: 1 } });
    expect(found.map((error) => error.pointer)).toEqual(['/outer']);
    expect(JSON.stringify(found)).not.toContain(CARD);
  });

  it('refuses what is nested deeper than any body of ours, without recursion', () => {
    const depth = 200_000;
    const body: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    expect(inspectJson(body)).toEqual([{ pointer: '', message: 'is nested deeper than 32 levels' }]);
  });

  it('takes any body without a card number', () => {
    expect(inspectJson({ a: [{ b: 'x', c: 4242424242424242 }, null, true] })).toEqual([]);
  });

  it('keeps its answer short however many card numbers there are, and however long the names around them', () => {
    const body = { ['x'.repeat(100_000)]: Array.from({ length: 10_000 }, () => CARD) };
    expect(JSON.stringify(inspectJson(body)).length).toBeLessThan(20_000);
  });
});
