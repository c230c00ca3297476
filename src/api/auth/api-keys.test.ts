import { describe, expect, it } from '@jest/globals';
import type { ApiKey } from '../../../db/repositories/access.repository.ts';
import { sha256Hex } from '../http/derived-id.ts';
import { createApiKeyLookup } from './api-keys.ts';

/** Keys by their hash, and how often they were asked for. */
function keyStore(keys: Readonly<Record<string, ApiKey>>) {
  const byHash = new Map(Object.entries(keys).map(([secret, key]) => [sha256Hex(secret), key]));
  const asked: string[] = [];
  return {
    asked,
    revoke: (secret: string) => byHash.delete(sha256Hex(secret)),
    add: (secret: string, key: ApiKey) => byHash.set(sha256Hex(secret), key),
    findApiKey: async (hash: string) => {
      asked.push(hash);
      return byHash.get(hash) ?? null;
    },
  };
}

describe('createApiKeyLookup', () => {
  it('asks once for a key within its time, and never sends the key itself', async () => {
    const store = keyStore({ s3cret: { id: 'k1', role: 'operator', customerId: null } });
    const find = createApiKeyLookup(store, () => 0);
    expect(await find('s3cret')).toEqual({ id: 'key:k1', role: 'operator', customerId: null });
    await find('s3cret');
    expect(store.asked).toEqual([sha256Hex('s3cret')]);
  });

  it('forgets a key after at most 30 seconds, so that a revoked one stops working', async () => {
    let nowMs = 0;
    const store = keyStore({ s3cret: { id: 'k1', role: 'viewer', customerId: null } });
    const find = createApiKeyLookup(store, () => nowMs);
    expect(await find('s3cret')).not.toBeNull();
    store.revoke('s3cret');
    nowMs = 30_000;
    expect(await find('s3cret')).toBeNull();
  });

  it('finds a new key at once although it was asked for before', async () => {
    const store = keyStore({});
    const find = createApiKeyLookup(store, () => 0);
    expect(await find('s3cret')).toBeNull();
    store.add('s3cret', { id: 'k1', role: 'customer', customerId: 'cus_1' });
    expect(await find('s3cret')).toEqual({ id: 'key:k1', role: 'customer', customerId: 'cus_1' });
  });
});
