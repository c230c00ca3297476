import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { openTestDatabase, type TestDatabase } from './fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

describe('an API key', () => {
  test('is found by its digest until it is revoked', async () => {
    const customer = { id: 'key_customer', role: 'customer', customerId: 'cus_1' } as const;
    await db.access.putApiKey({ ...customer, keyHash: 'digest-1' });
    expect(await db.access.findApiKey('digest-1')).toEqual(customer);
    expect(await db.access.findApiKey('digest-0')).toBeNull();
    await db.database.query(
      'test.revoke',
      sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${customer.id}`,
    );
    expect(await db.access.findApiKey('digest-1')).toBeNull();
  });

  test('is created once and stays as it is', async () => {
    const operator = { id: 'key_operator', role: 'operator', customerId: null } as const;
    await db.access.putApiKey({ ...operator, keyHash: 'digest-2' });
    await db.access.putApiKey({ ...operator, role: 'admin', keyHash: 'digest-3' });
    expect(await db.access.findApiKey('digest-2')).toEqual(operator);
    expect(await db.access.findApiKey('digest-3')).toBeNull();
  });

  test('of a customer names the customer, and no other does', async () => {
    for (const key of [
      { id: 'key_x', role: 'customer', customerId: null, keyHash: 'x' },
      { id: 'key_y', role: 'admin', customerId: 'cus_1', keyHash: 'y' },
    ] as const)
      await expect(db.access.putApiKey(key)).rejects.toMatchObject({ rule: 'api_keys_customer' });
  });
});

describe('the answer to a request', () => {
  const answer = (fingerprint: string) => ({
    fingerprint,
    httpStatus: 201,
    headers: { location: '/v1/orders/ord_1', etag: '"4"' },
    body: '{"id":"ord_1",  "ümlaut": "kept byte for byte"}',
  });

  test('is the first one for ever after', async () => {
    expect(await db.access.findAnswer('key:1', 'k')).toBeNull();
    expect(await db.access.keepAnswer('key:1', 'k', answer('first'))).toEqual(answer('first'));
    expect(await db.access.keepAnswer('key:1', 'k', answer('second'))).toEqual(answer('first'));
    expect(await db.access.findAnswer('key:1', 'k')).toEqual(answer('first'));
  });

  test('belongs to whoever asked', async () => {
    await db.access.keepAnswer('key:2', 'same', answer('two'));
    expect(await db.access.findAnswer('key:3', 'same')).toBeNull();
    expect(await db.access.keepAnswer('key:3', 'same', answer('three'))).toEqual(answer('three'));
  });

  test('is the same for all who came at once', async () => {
    const kept = await Promise.all(
      Array.from({ length: 10 }, (_, index) => db.access.keepAnswer('key:4', 'race', answer(`${index}`))),
    );
    expect(new Set(kept.map((each) => each.fingerprint)).size).toBe(1);
    expect(await db.access.findAnswer('key:4', 'race')).toEqual(kept[0]);
  });
});
