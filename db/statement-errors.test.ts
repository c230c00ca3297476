import { describe, expect, test } from '@jest/globals';
import postgres from 'postgres';
import { DatabaseUnavailableError, InvariantViolatedError } from '../src/domain/database-errors.ts';
import { isConnectionLost, translateError } from './statement-errors.ts';

/** As the driver makes it from what the server says. */
function serverError(code: string, fields: Readonly<Record<string, string>> = {}): Error {
  return Object.assign(Object.create(postgres.PostgresError.prototype) as Error, {
    message: 'said by the server',
    code,
    detail: 'Failing row contains (jane@example.com)',
    ...fields,
  });
}
const driverError = (code: string): Error => Object.assign(new Error(`write ${code}`), { code });

describe('errors that may pass', () => {
  test.each([
    '08006',
    '25006',
    '28P01',
    '3D000',
    '40001',
    '40P01',
    '53300',
    '55P03',
    '57014',
    '57P01',
    '57P03',
    '58030',
  ])('the server’s %s', (code) => {
    const error = translateError('orders.find', serverError(code));
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ statement: 'orders.find', code });
  });

  test.each([
    'CONNECTION_CLOSED',
    'CONNECTION_ENDED',
    'CONNECT_TIMEOUT',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
  ])('the driver’s %s', (code) => {
    expect(translateError('orders.find', driverError(code))).toBeInstanceOf(DatabaseUnavailableError);
  });
});

describe('errors that do not pass', () => {
  test.each(['23505', '23514', '23502', '23503', '23000'])('the server’s %s breaks an invariant', (code) => {
    const error = translateError('orders.find', serverError(code, { constraint_name: 'orders_pkey' }));
    expect(error).toBeInstanceOf(InvariantViolatedError);
    expect(error).toMatchObject({ rule: 'orders_pkey' });
    expect(translateError('orders.find', serverError(code))).toMatchObject({ rule: code });
  });

  test('a mistake of ours keeps its message and loses its row', () => {
    const error = translateError('orders.find', serverError('42601'));
    expect(error).toEqual(new Error('orders.find failed: said by the server (42601)'));
    expect(JSON.stringify([error, { ...(error as Error) }])).not.toContain('jane');
  });

  test('what is not of the database stays what it is', () => {
    const other = new RangeError('no');
    expect(translateError('orders.find', other)).toBe(other);
    const translated = new DatabaseUnavailableError('orders.find', 'CLOSED');
    expect(translateError('orders.list', translated)).toBe(translated);
  });
});

test('connections are made anew after a loss, and only then', () => {
  for (const code of ['57P01', '57P02', '57P03', '08006'])
    expect(isConnectionLost(serverError(code))).toBe(true);
  for (const code of ['CONNECTION_CLOSED', 'ECONNRESET', 'ETIMEDOUT'])
    expect(isConnectionLost(driverError(code))).toBe(true);
  for (const code of ['57014', '40P01', '53300', '23505'])
    expect(isConnectionLost(serverError(code))).toBe(false);
  expect(isConnectionLost(driverError('ECONNREFUSED'))).toBe(false);
});
