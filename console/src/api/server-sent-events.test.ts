import { describe, expect, it } from '@jest/globals';
import { createEventParser } from './server-sent-events.ts';

const STREAM = 'retry:3000\n\n: keep-alive\n\nevent: now\nid: 1\ndata: {"a":1}\n\ndata: x\ndata:y\r\n\r\n';
const EVENTS = [
  { event: 'now', data: '{"a":1}' },
  { event: 'message', data: 'x\ny' },
];

describe('the reader of server-sent events', () => {
  it('finds events, and passes over comments and what has no data', () => {
    expect(createEventParser()(STREAM)).toEqual(EVENTS);
  });

  it('finds the same however the text is cut', () => {
    for (let size = 1; size < STREAM.length; size += 1) {
      const parse = createEventParser();
      const found = [];
      for (let at = 0; at < STREAM.length; at += size) found.push(...parse(STREAM.slice(at, at + size)));
      expect(found).toEqual(EVENTS);
    }
  });

  it('keeps an event back until it is complete', () => {
    const parse = createEventParser();
    expect(parse('data: 1\n')).toEqual([]);
    expect(parse('\n')).toEqual([{ event: 'message', data: '1' }]);
  });
});
