import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import { apiKeys } from '../../schema/access.ts';
import type { AccessRepository } from '../access.repository.ts';
import { createIdempotencyRepository } from './idempotency-repository.ts';

export function createAccessRepository(database: Database): AccessRepository {
  return {
    async findApiKey(keyHash) {
      const [key] = await database.run('access.findApiKey', (builder) =>
        builder
          .select({ id: apiKeys.id, role: apiKeys.role, customerId: apiKeys.customerId })
          .from(apiKeys)
          .where(and(eq(apiKeys.keyHash, keyHash), isNull(apiKeys.revokedAt))),
      );
      return key ?? null;
    },

    async putApiKey({ id, role, customerId, keyHash }) {
      await database.run('access.putApiKey', (builder) =>
        builder
          .insert(apiKeys)
          .values({ id, role, customerId, keyHash })
          .onConflictDoNothing({ target: apiKeys.id }),
      );
    },

    ...createIdempotencyRepository(database),
  };
}
