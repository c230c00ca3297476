import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  DOCUMENTED_EVENT_TYPES,
  readEventSchema,
  validateEvent,
} from '../../../tests/support/event-schemas.ts';
import { EVENT_TYPES as SAMPLED_TYPES, sampleEvent } from '../../../tests/support/sample-events.ts';
import { eventJsonSchemaText } from './event-json-schema.ts';
import { EVENT_TYPES, InvalidEventError, parseEvent, serializeEvent } from './event-schema.ts';

const DOCS = new URL('../../../docs/events/', import.meta.url);

/** Every name of a field in a JSON Schema, at any depth. */
function fieldNamesOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema && schema.properties ? Object.keys(schema.properties) : [];
  return [...own, ...Object.values(schema).flatMap(fieldNamesOf)];
}

/** Every schema of an object in a JSON Schema, at any depth. */
function objectSchemasOf(schema: unknown): Readonly<Record<string, unknown>>[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'type' in schema && schema.type === 'object' ? [{ ...schema }] : [];
  return [...own, ...Object.values(schema).flatMap(objectSchemasOf)];
}

describe('the documents of the events', () => {
  test('there is a schema for every type and a type for every schema', () => {
    expect(DOCUMENTED_EVENT_TYPES).toEqual([...EVENT_TYPES].sort());
    expect([...SAMPLED_TYPES].sort()).toEqual([...EVENT_TYPES].sort());
  });

  test('the README lists every type with what its schema says', () => {
    const rows = readFileSync(new URL('README.md', DOCS), 'utf8')
      .split('\n')
      .map((line) => /^\| \[`([^`]+)`\]\(([^)]+)\) +\| (.*?) +\|/.exec(line))
      .filter((match) => match !== null)
      .map(([, type, file, meaning]) => ({ type, file, meaning }));
    const schemas = EVENT_TYPES.map((type) => ({
      type,
      file: `${type}.json`,
      meaning: readEventSchema(type)['description'],
    }));
    expect(rows).toEqual(schemas);
  });

  test.each(EVENT_TYPES)(
    'the schema of %s is the one that consumers of this project validate with',
    (type) => {
      const written = readFileSync(new URL(`${type}.json`, DOCS), 'utf8');
      // When this differs: node src/adapters/events/event-json-schema.main.ts
      expect(written).toBe(eventJsonSchemaText(type));
    },
  );

  test.each(EVENT_TYPES)('%s has no field for personal data and none that is not described', (type) => {
    const schema = readEventSchema(type);
    const personal = /name|e?mail|phone|address|city|postal|street|token|card|birth|note/i;
    expect(fieldNamesOf(schema).filter((name) => personal.test(name))).toEqual([]);
    const closed = objectSchemasOf(schema).map((object) => object['additionalProperties']);
    expect(new Set(closed)).toEqual(new Set([false]));
  });
});

describe('reading and writing an event', () => {
  test.each(EVENT_TYPES)('%s comes out as it went in and is as documented', (type) => {
    const event = sampleEvent(type);
    const body = serializeEvent(event);
    expect(parseEvent(body)).toEqual(event);
    expect(validateEvent(JSON.parse(body))).toEqual([]);
  });

  test('an event with a field that is not documented is refused by the schema and readable by a consumer', () => {
    const event = sampleEvent('commerce.order.confirmed.v1');
    const extended = { ...event, data: { ...event.data, email: 'someone@example.com' } };
    expect(validateEvent(extended)).toEqual(['/data: must NOT have additional properties']);
    expect(parseEvent(JSON.stringify(extended))).toEqual(event);
  });

  test('characters that SQS refuses travel as escapes', () => {
    const event = sampleEvent('commerce.order.cancelled.v1');
    const odd = { ...event, data: { reason: 'a\uFFFE\uFFFF\u0001\uD800 b' } };
    const body = serializeEvent(odd);
    expect(body).toMatch(/^[\x20-\uD7FF\uE000-\uFFFD]*$/);
    expect(parseEvent(body)).toEqual(odd);
  });

  const valid = sampleEvent('commerce.order.confirmed.v1');
  test.each([
    ['what is not JSON', '{"specversion":', 'the body is not JSON'],
    ['a JSON value that is no object', 'null', 'type: not a type that is known here'],
    [
      'a type that is not known',
      JSON.stringify({ ...valid, type: 'x.v1' }),
      'type: not a type that is known',
    ],
    [
      'a type named like a method',
      JSON.stringify({ ...valid, type: 'toString' }),
      'type: not a type that is',
    ],
    ['a sequence of zero', JSON.stringify({ ...valid, sequence: 0 }), 'sequence: '],
    [
      'an id of another event',
      JSON.stringify({ ...valid, id: 'ord_sample-2' }),
      'id is not subject and sequence',
    ],
    ['a mail address as an id', JSON.stringify({ ...valid, causationid: 'a@b.example' }), 'causationid: '],
    ['a time without a zone', JSON.stringify({ ...valid, time: '2026-01-02T10:00:00' }), 'time: '],
    [
      'an amount that is not whole, and every other wrong field with it',
      JSON.stringify({ ...valid, sequence: 'x', data: { total: { amountMinor: 1.5, currency: 'GBP' } } }),
      /sequence: .*; data\.total\.amountMinor: /,
    ],
  ])('refuses %s', (_name, body, message) => {
    expect(() => parseEvent(body)).toThrow(InvalidEventError);
    expect(() => parseEvent(body)).toThrow(message);
  });
});
