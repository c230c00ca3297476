import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import { apiKeys, idempotencyAnswers } from '../../schema/access.ts';
import type { AccessRepository, StoredAnswer } from '../access.repository.ts';
import { json, onlyRow } from '../sql.ts';

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

    async findAnswer(principalId, idempotencyKey) {
      const [answer] = await database.run('access.findAnswer', (builder) =>
        builder
          .select({
            fingerprint: idempotencyAnswers.fingerprint,
            httpStatus: idempotencyAnswers.httpStatus,
            headers: idempotencyAnswers.headers,
            body: idempotencyAnswers.body,
          })
          .from(idempotencyAnswers)
          .where(
            and(eq(idempotencyAnswers.principalId, principalId), eq(idempotencyAnswers.key, idempotencyKey)),
          ),
      );
      return answer ?? null;
    },

    /**
     * The update that changes nothing makes the statement answer the row that is there even when another request wrote
     * it while this one waited.
     */
    async keepAnswer(principalId, idempotencyKey, answer) {
      const rows = await database.query<StoredAnswer>(
        'access.keepAnswer',
        sql`INSERT INTO idempotency_answers AS kept (principal_id, key, fingerprint, http_status, headers, body)
          VALUES (${principalId}, ${idempotencyKey}, ${answer.fingerprint}, ${answer.httpStatus}, ${json(answer.headers)}, ${answer.body})
          ON CONFLICT (principal_id, key) DO UPDATE SET fingerprint = kept.fingerprint
          RETURNING fingerprint, http_status AS "httpStatus", headers, body`,
      );
      return onlyRow(rows);
    },
  };
}
