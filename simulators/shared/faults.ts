/** Rules by which a provider misbehaves on command; kept in the store, so that a restart doesn't end a fault. */
import { z } from 'zod';
import { ApiError } from './http.ts';
import type { Store } from './store.ts';

export const BEHAVIOURS = [
  'error_before',
  'error_after',
  'lost_reply',
  'delay',
  'decline',
  'rate_limit',
  'maintenance',
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** What is to go wrong with one request. */
export interface Fault {
  readonly behaviour: Behaviour;
  readonly delayMs?: number | undefined;
  readonly code?: string | undefined;
}

/** The body of `PUT` and `POST /control/faults` for a provider with these operations. */
export function faultRulesSchema(operations: readonly string[]) {
  return z.strictObject({
    rules: z.array(
      z
        .strictObject({
          operation: z.enum([...operations, 'lookup', 'list', '*']),
          orderId: z.string().min(1).optional(),
          times: z.number().int().min(-1).default(1),
          behaviour: z.enum(BEHAVIOURS),
          delayMs: z.number().int().min(0).max(600_000).optional(),
          code: z.string().min(1).max(100).optional(),
        })
        .refine(
          (rule) => rule.behaviour !== 'decline' || !['lookup', 'list'].includes(rule.operation),
          'a look-up or a list cannot be declined',
        ),
    ),
  });
}
export type FaultRule = z.output<ReturnType<typeof faultRulesSchema>>['rules'][number];

const ruleRow = z
  .object({
    position: z.number(),
    operation: z.string(),
    order_id: z.string().nullable(),
    behaviour: z.enum(BEHAVIOURS),
    delay_ms: z.number().nullable(),
    code: z.string().nullable(),
    times: z.number(),
  })
  .transform((row) => ({
    position: row.position,
    operation: row.operation,
    orderId: row.order_id ?? undefined,
    behaviour: row.behaviour,
    delayMs: row.delay_ms ?? undefined,
    code: row.code ?? undefined,
    times: row.times,
  }));

export type Faults = ReturnType<typeof createFaults>;
export function createFaults(store: Store) {
  const columns = 'position, operation, order_id, behaviour, delay_ms, code, times';
  const insert = (rules: readonly FaultRule[]): void => {
    for (const rule of rules) {
      store.run(
        'INSERT INTO fault_rules (operation, order_id, behaviour, delay_ms, code, times) VALUES (?, ?, ?, ?, ?, ?)',
        rule.operation,
        rule.orderId ?? null,
        rule.behaviour,
        rule.delayMs ?? null,
        rule.code ?? null,
        rule.times,
      );
    }
  };
  return {
    replace: (rules: readonly FaultRule[]): void =>
      store.atomically(() => {
        store.run('DELETE FROM fault_rules');
        insert(rules);
      }),
    add: (rules: readonly FaultRule[]): void => store.atomically(() => insert(rules)),
    /** The rules that still have something to do. */
    list: () =>
      store
        .all(ruleRow, `SELECT ${columns} FROM fault_rules WHERE times <> 0 ORDER BY position`)
        .map(({ position: _position, ...rule }) => rule),
    /** @param orderId lifts only the rules for this order; all when absent */
    lift(orderId: string | undefined): void {
      if (orderId === undefined) store.run('DELETE FROM fault_rules');
      else store.run('DELETE FROM fault_rules WHERE order_id = ?', orderId);
    },
    /**
     * The fault for this request, counted as used before anything else happens.
     * @param isRepeated whether the key has its answer already: then a decline no longer applies and is not used up
     */
    take(operation: string, orderId: string | null, isRepeated: boolean): Fault | null {
      const rule = store.first(
        ruleRow,
        `SELECT ${columns} FROM fault_rules
         WHERE times <> 0 AND operation IN (?, '*') AND (order_id IS NULL OR order_id = ?)
           AND NOT (behaviour = 'decline' AND ?)
         ORDER BY position LIMIT 1`,
        operation,
        orderId,
        isRepeated || operation === 'lookup' || operation === 'list' ? 1 : 0,
      );
      if (rule && rule.times > 0)
        store.run('UPDATE fault_rules SET times = times - 1 WHERE position = ?', rule.position);
      return rule;
    },
  };
}

/** The same for an error before and after the effect, so that the caller cannot tell which it was. */
export function internalError(): ApiError {
  return new ApiError(500, 'internal_error', 'Something went wrong');
}

/** Throws the answer of a fault that comes before anything is done; returns when the fault is of another kind. */
export function failBefore(fault: Fault | null): void {
  const retryAfterSeconds = Math.max(1, Math.ceil((fault?.delayMs ?? 1000) / 1000));
  if (fault?.behaviour === 'error_before') throw internalError();
  if (fault?.behaviour === 'rate_limit')
    throw new ApiError(429, 'rate_limited', 'Too many requests', retryAfterSeconds);
  if (fault?.behaviour === 'maintenance')
    throw new ApiError(503, 'maintenance', 'Down for maintenance', retryAfterSeconds);
}
