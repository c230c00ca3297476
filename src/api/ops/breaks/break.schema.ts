import { z } from 'zod';
import type { ReconciliationBreak } from '../../../../db/repositories/reconciliation.repository.ts';
import { BREAK_KINDS, BREAK_STATES, RECONCILED_PROVIDERS } from '../../../domain/reconciliation/break.ts';
import { text } from '../../http/fields.ts';

const operationRecord = z
  .strictObject({
    operation: z.string(),
    orderId: z.string(),
    status: z.string(),
    amountMinor: z.int().optional(),
    currency: z.string().optional(),
    reference: z.string().optional().meta({ description: "The provider's own id of it." }),
  })
  .meta({ id: 'ReconciledOperation', description: 'What one side says of an operation.' });

export const reconciliationBreak = z
  .strictObject({
    id: z.string(),
    provider: z.enum(RECONCILED_PROVIDERS),
    operationKey: z.string(),
    orderId: z.string().nullable(),
    kind: z.enum(BREAK_KINDS).meta({
      description:
        '`missing_here`: nobody here asked for it. `missing_there`: the provider does not know it. The others: what differs.',
    }),
    ours: operationRecord.nullable(),
    theirs: operationRecord.nullable(),
    state: z.enum(BREAK_STATES),
    note: z.string().nullable(),
    actor: z.string().nullable().meta({ description: 'Who closed it; `job` when the difference was gone.' }),
    firstSeen: z.iso.datetime(),
    lastSeen: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ReconciliationBreak' });

export const breakParams = z.strictObject({ id: z.string().regex(/^brk_[0-9a-f]{26}$/) });

export const closeBreakBody = z.strictObject({ note: text(1_000) }).meta({ id: 'CloseBreak' });

/** The columns of a break are the members of its answer, in the order in which people read them. */
export function toBreakAnswer(found: ReconciliationBreak): z.output<typeof reconciliationBreak> {
  return {
    id: found.id,
    provider: found.provider,
    operationKey: found.operationKey,
    orderId: found.orderId,
    kind: found.kind,
    ours: found.ours,
    theirs: found.theirs,
    state: found.state,
    note: found.note,
    actor: found.actor,
    firstSeen: found.firstSeen,
    lastSeen: found.lastSeen,
    settledAt: found.settledAt,
  };
}
