/** Operations at other companies as parts of a statement: planned before the first call, settled with what it changed. */
import { sql, type SQL } from 'drizzle-orm';
import type { ProviderOperationKind } from '../../../src/domain/payments/payment-operation.ts';
import { reading, writing, type Part } from '../sql.ts';

/** `operation`: the order's operation with this key while it has no outcome yet, locked; no row afterwards. */
export function pendingOperation(key: string, ...kinds: readonly ProviderOperationKind[]): Part {
  const allowed = sql.join(
    kinds.map((kind) => sql`${kind}::text`),
    sql`, `,
  );
  return reading(
    'operation',
    sql`SELECT * FROM provider_operations
      WHERE key = ${key} AND order_id = (SELECT id FROM held) AND kind IN (${allowed}) AND status = 'pending'
      FOR NO KEY UPDATE`,
  );
}

export const operationIsPending = sql`EXISTS (SELECT FROM operation)`;

type Settlement =
  | { readonly status: 'succeeded'; readonly reference: string }
  | { readonly status: 'refused'; readonly reference?: string; readonly code: string }
  | { readonly status: 'not_needed' };

/** Settles `operation` when the order moved. */
export function settleOperation(settlement: Settlement): Part {
  const reference = 'reference' in settlement ? settlement.reference : null;
  const code = 'code' in settlement ? settlement.code : null;
  return writing(
    'settled',
    sql`UPDATE provider_operations SET status = ${settlement.status}, provider_reference = ${reference}::text,
        refusal_code = ${code}::text, settled_at = now()
      FROM moved, operation WHERE provider_operations.key = operation.key`,
  );
}

interface PlannedOperation {
  readonly key: SQL;
  readonly kind: ProviderOperationKind;
  readonly subjectId?: SQL;
  readonly amountMinor?: SQL;
  readonly currency?: SQL;
  /** Where the rows come from, one operation each. */
  readonly from: SQL;
}

/** Stores keys of operations that are about to be tried. */
export function planOperations(name: string, planned: PlannedOperation): Part {
  const { key, kind, subjectId = sql`NULL`, amountMinor = sql`NULL`, currency = sql`NULL`, from } = planned;
  return writing(
    name,
    sql`INSERT INTO provider_operations (key, order_id, kind, subject_id, amount_minor, currency)
      SELECT ${key}, moved.id, ${kind}, ${subjectId}::text, ${amountMinor}::bigint, ${currency}::char(3)
      FROM moved, ${from}
      ON CONFLICT (key) DO NOTHING`,
  );
}
