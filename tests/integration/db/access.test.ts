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

describe('the key of a request', () => {
  const answer = (text = 'first') => ({
    httpStatus: 201,
    headers: { location: '/v1/orders/ord_1', etag: '"4"' },
    body: `{"id":"ord_1",  "ümlaut": "kept byte for byte: ${text}"}`,
  });
  const claim = (principalId: string, key: string, fingerprint = 'digest', leaseMs = 60_000) =>
    db.access.claimKey({ principalId, key, fingerprint, leaseMs });
  const end = (principalId: string, key: string, attempt: number, text?: string, isFinal = true) =>
    db.access.endAttempt({ principalId, key, attempt, answer: answer(text), isFinal });

  test('is taken by the first and busy for all others until there is an answer, which stays', async () => {
    expect(await db.access.readKey('key:1', 'k')).toBeNull();
    expect(await claim('key:1', 'k')).toMatchObject({
      isTaken: true,
      attempt: 1,
      isHeld: true,
      answer: null,
    });
    expect(await claim('key:1', 'k')).toMatchObject({ isTaken: false, attempt: 1, isHeld: true });
    expect(await end('key:1', 'k', 1)).toEqual(answer());
    const kept = { fingerprint: 'digest', attempt: 1, isFinal: true, isHeld: false, answer: answer() };
    expect(await claim('key:1', 'k')).toEqual({ ...kept, isTaken: false });
    expect(await end('key:1', 'k', 1, 'second')).toEqual(answer());
    expect(await db.access.readKey('key:1', 'k')).toEqual(kept);
  });

  test('belongs to whoever asked, and to what was asked', async () => {
    await claim('key:2', 'same');
    expect(await claim('key:3', 'same')).toMatchObject({ isTaken: true });
    expect(await claim('key:2', 'same', 'another')).toMatchObject({ isTaken: false, fingerprint: 'digest' });
  });

  test('is taken by one of all who come at once', async () => {
    const claims = await Promise.all(Array.from({ length: 20 }, () => claim('key:4', 'race')));
    expect(claims.filter((each) => each?.isTaken)).toHaveLength(1);
  });

  test('is taken again when its lease has run out, and who was overtaken ends nothing', async () => {
    await claim('key:5', 'k', 'digest', -1);
    expect(await claim('key:5', 'k')).toMatchObject({ isTaken: true, attempt: 2 });
    expect(await end('key:5', 'k', 1, 'late')).toBeNull();
    expect(await end('key:5', 'k', 2, 'in time')).toEqual(answer('in time'));
    expect(await end('key:5', 'k', 1, 'late')).toEqual(answer('in time'));
  });

  test('shows an answer that is not final until the next attempt', async () => {
    await claim('key:6', 'k');
    await end('key:6', 'k', 1, 'later', false);
    expect(await db.access.readKey('key:6', 'k')).toMatchObject({
      isFinal: false,
      isHeld: false,
      answer: answer('later'),
    });
    expect(await claim('key:6', 'k')).toMatchObject({ isTaken: true, attempt: 2, answer: null });
  });

  test('is free for another request when its attempt is given back, and never after an answer', async () => {
    await claim('key:7', 'k');
    await db.access.releaseKey({ principalId: 'key:7', key: 'k', attempt: 1 });
    expect(await claim('key:7', 'k', 'another')).toMatchObject({ isTaken: true, attempt: 1 });
    await end('key:7', 'k', 1);
    await db.access.releaseKey({ principalId: 'key:7', key: 'k', attempt: 1 });
    expect(await db.access.readKey('key:7', 'k')).toMatchObject({ isFinal: true });
  });

  test('ends together with the item that its request puts, or neither happens', async () => {
    const item = { sku: 'ONCE', name: 'Once', prices: [], weightGrams: 1, active: true };
    const ended = { principalId: 'key:8', key: 'k', answer: answer() };
    await claim('key:8', 'k', 'digest', -1);
    await claim('key:8', 'k');
    await db.inventory.putItemOnce(item, { ...ended, attempt: 1 });
    expect(await db.inventory.findItem('ONCE')).toBeNull();
    await db.inventory.putItemOnce(item, { ...ended, attempt: 2 });
    expect(await db.inventory.findItem('ONCE')).toEqual(item);
    await db.inventory.putItemOnce({ ...item, name: 'Twice' }, { ...ended, attempt: 2 });
    expect(await db.inventory.findItem('ONCE')).toEqual(item);
    expect(await db.access.readKey('key:8', 'k')).toMatchObject({ isFinal: true, answer: answer() });
  });
});
