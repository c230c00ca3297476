import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../client.ts';
import { idempotencyAnswers } from '../../schema/access.ts';
import type { AccessRepository, FinalAnswer, KeyState, StoredAnswer } from '../access.repository.ts';
import { json } from '../sql.ts';

type IdempotencyRepository = Pick<AccessRepository, 'claimKey' | 'readKey' | 'endAttempt' | 'releaseKey'>;

interface KeyRow {
  readonly fingerprint: string;
  readonly attempt: number;
  readonly isFinal: boolean;
  readonly isHeld: boolean;
  readonly httpStatus: number | null;
  readonly headers: StoredAnswer['headers'] | null;
  readonly body: string | null;
}

const IS_HELD = sql`coalesce(leased_until >= now()::timestamptz(3), false)`;
const KEY_ROW = sql`fingerprint, attempt, is_final AS "isFinal", ${IS_HELD} AS "isHeld", http_status AS "httpStatus",
  headers, body`;

export function createIdempotencyRepository(database: Database): IdempotencyRepository {
  return {
    /**
     * Only reads when there is nothing to take, so that waiting and repeating cost no write. A row that somebody else
     * wrote after this statement began is left alone, and the answer is null: the next look sees it.
     */
    async claimKey({ principalId, key, fingerprint, leaseMs }) {
      const [row] = await database.query<KeyRow & { readonly isTaken: boolean }>(
        'access.claimKey',
        sql`WITH known AS MATERIALIZED (
            SELECT ${KEY_ROW} FROM idempotency_answers
            WHERE principal_id = ${principalId} AND key = ${key}
              AND (is_final OR fingerprint <> ${fingerprint} OR ${IS_HELD})
          ), taken AS (
            INSERT INTO idempotency_answers AS kept (principal_id, key, fingerprint, is_final, leased_until)
            SELECT ${principalId}, ${key}, ${fingerprint}, false, now() + ${leaseMs} * interval '1 millisecond'
            WHERE NOT EXISTS (SELECT FROM known)
            ON CONFLICT (principal_id, key) DO UPDATE SET attempt = kept.attempt + 1,
              leased_until = EXCLUDED.leased_until, http_status = NULL, headers = NULL, body = NULL
            WHERE NOT kept.is_final AND kept.fingerprint = EXCLUDED.fingerprint
              AND coalesce(kept.leased_until < now()::timestamptz(3), true)
            RETURNING ${KEY_ROW}
          )
          SELECT *, true AS "isTaken" FROM taken UNION ALL SELECT *, false FROM known`,
      );
      return row === undefined ? null : { ...toKeyState(row), isTaken: row.isTaken };
    },

    async readKey(principalId, key) {
      const [row] = await database.run('access.readKey', (builder) =>
        builder
          .select({
            fingerprint: idempotencyAnswers.fingerprint,
            attempt: idempotencyAnswers.attempt,
            isFinal: idempotencyAnswers.isFinal,
            isHeld: sql<boolean>`${IS_HELD}`,
            httpStatus: idempotencyAnswers.httpStatus,
            headers: idempotencyAnswers.headers,
            body: idempotencyAnswers.body,
          })
          .from(idempotencyAnswers)
          .where(and(eq(idempotencyAnswers.principalId, principalId), eq(idempotencyAnswers.key, key))),
      );
      return row === undefined ? null : toKeyState(row);
    },

    /** What an effect has kept in its own statement is found as it is. */
    async endAttempt(answer) {
      const [row] = await database.query<KeyRow>(
        'access.endAttempt',
        sql`WITH ended AS (${endAttemptStatement(answer)})
          SELECT * FROM ended
          UNION ALL SELECT ${KEY_ROW} FROM idempotency_answers
          WHERE principal_id = ${answer.principalId} AND key = ${answer.key} AND is_final
            AND NOT EXISTS (SELECT FROM ended)`,
      );
      return row === undefined ? null : toKeyState(row).answer;
    },

    async releaseKey({ principalId, key, attempt }) {
      await database.query(
        'access.releaseKey',
        sql`DELETE FROM idempotency_answers WHERE principal_id = ${principalId} AND key = ${key}
          AND attempt = ${attempt} AND NOT is_final`,
      );
    },
  };
}

/**
 * Writes the answer of an attempt if the attempt still has the key. As a part of an effect's own statement it makes the
 * effect and its answer one; the effect must read FROM it.
 */
export function endAttemptStatement({
  principalId,
  key,
  attempt,
  answer,
  isFinal,
}: FinalAnswer & { readonly isFinal: boolean }): SQL {
  return sql`UPDATE idempotency_answers SET is_final = ${isFinal}, leased_until = NULL,
      http_status = ${answer.httpStatus}, headers = ${json(answer.headers)}, body = ${answer.body}
    WHERE principal_id = ${principalId} AND key = ${key} AND attempt = ${attempt} AND leased_until IS NOT NULL
    RETURNING ${KEY_ROW}`;
}

function toKeyState(row: KeyRow): KeyState {
  const { fingerprint, attempt, isFinal, isHeld, httpStatus, headers, body } = row;
  const answer =
    httpStatus === null || headers === null || body === null ? null : { httpStatus, headers, body };
  return { fingerprint, attempt, isFinal, isHeld, answer };
}
