import { describe, expect, test } from '@jest/globals';
import { CatalogueError, ERRORS, type ErrorCode } from './errors.ts';
import { ATTENTION_MESSAGES } from './orders/attention.ts';
import { isRefusalType, REFUSAL_TYPES, TROUBLE_TYPES } from './orders/step-failure.ts';

const entries = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];

describe('the catalogue of errors', () => {
  test.each(entries)('%s says what happened and what to do', (code, definition) => {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(definition.httpStatus).toBeGreaterThanOrEqual(400);
    expect(definition.httpStatus).toBeLessThan(600);
    expect(definition.title).not.toMatch(/\.$/);
    expect(definition.remedy).toMatch(/\.$/);
  });

  test('only what is our own fault or a pause alarms anybody', () => {
    for (const [, { httpStatus, logLevel }] of entries) {
      if (logLevel === 'error') expect(httpStatus).toBe(500);
    }
  });

  test('only what passes by itself is worth repeating unchanged', () => {
    expect(entries.filter(([, { retryable }]) => retryable).map(([code]) => code)).toEqual([
      'REQUEST_IN_PROGRESS',
      'RATE_LIMITED',
      'INTERNAL',
      'OVERLOADED',
      'UNAVAILABLE',
    ]);
  });

  test('an occurrence carries what is particular to it', () => {
    const cause = new Error('why');
    const error = new CatalogueError('INVALID_ORDER', 'two fields are wrong', {
      fieldErrors: [{ pointer: '/lines', message: 'is required' }],
      extensions: { lines: [] },
      retryAfterSeconds: 3,
      cause,
    });
    expect(error).toMatchObject({ code: 'INVALID_ORDER', message: 'two fields are wrong', cause });
    expect(error.fieldErrors).toHaveLength(1);
    expect(error.extensions).toEqual({ lines: [] });
    expect(error.retryAfterSeconds).toBe(3);
    expect(new CatalogueError('NOT_FOUND', 'none')).toMatchObject({ fieldErrors: [], extensions: {} });
  });
});

describe('how a step can end', () => {
  test('a refusal is never also a trouble', () => {
    const types = new Set<string>([...REFUSAL_TYPES, ...TROUBLE_TYPES]);
    expect(types.size).toBe(REFUSAL_TYPES.length + TROUBLE_TYPES.length);
    expect(REFUSAL_TYPES.every(isRefusalType)).toBe(true);
    for (const type of [...TROUBLE_TYPES, null, undefined, '']) expect(isRefusalType(type)).toBe(false);
  });
});

describe('what calls a person', () => {
  test.each(Object.entries(ATTENTION_MESSAGES))('%s is a whole sentence', (code, message) => {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(message).toMatch(/^[A-Z].*\.$/);
  });
});
