/** Holds every promise against the records, and calls a person to each order that is named. */
import type { AuditReport } from '../../auditor/report.ts';
import { ATTENTION_MESSAGES } from '../../domain/orders/attention.ts';
import type { JobResult } from '../../workflows/maintenance/maintenance.contract.ts';
import type { MaintenanceDependencies } from './dependencies.ts';

const JOB = 'job:audit';
const CODE = 'AUDIT_VIOLATION';
const HEARTBEAT_INTERVAL_MS = 5_000;
/** Orders whose rows are read at once. */
const PAGE = 500;

/**
 * Safe to repeat and to end at any time: it reads, and an order is called attention to once. An order that a later audit
 * does not name is let go.
 *
 * @throws DATABASE_UNAVAILABLE, and whatever a system says that cannot be read (retried)
 */
export async function auditEverything(deps: MaintenanceDependencies): Promise<JobResult> {
  const { makeAudit, logger } = deps;
  if (makeAudit === null) {
    logger.warn('no audit is made: AUDIT_DATABASE_URL is not set');
    return { checks: 0, violations: 0 };
  }
  const { checks, violations } = await whileAlive(deps, makeAudit);
  const namedBy = new Map<string, Set<string>>();
  for (const { invariant, check, ids, message } of violations) {
    logger.error({ invariant, check, ids }, message);
    const { orderId } = ids;
    if (orderId !== undefined)
      namedBy.set(orderId, (namedBy.get(orderId) ?? new Set()).add(`${invariant} ${check}`));
  }
  await callAttention(deps, namedBy);
  return { checks: checks.length, violations: violations.length, orders: namedBy.size };
}

/** A check may take long, so the job says that it is alive by the clock, and the audit ends when it is to stop. */
async function whileAlive(
  { progress }: MaintenanceDependencies,
  makeAudit: (signal: AbortSignal) => Promise<AuditReport>,
): Promise<AuditReport> {
  const stop = new AbortController();
  const timer = setInterval(() => {
    try {
      progress.alive();
    } catch (error) {
      stop.abort(error);
    }
  }, HEARTBEAT_INTERVAL_MS);
  try {
    return await makeAudit(stop.signal);
  } finally {
    clearInterval(timer);
  }
}

async function callAttention(
  { orders, drift, progress }: MaintenanceDependencies,
  namedBy: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const cause = (correlationId: string) => ({ correlationId, causationId: JOB });
  const ids = [...namedBy.keys()];
  for (let start = 0; start < ids.length; start += PAGE) {
    // An order that is named and not there can carry no flag.
    for (const { orderId, correlationId } of await drift.standings(ids.slice(start, start + PAGE), 0)) {
      const found = [...(namedBy.get(orderId) ?? [])].join('; ');
      const message = `${ATTENTION_MESSAGES[CODE]} Found: ${found}.`;
      await orders.raiseAttention({
        orderId,
        cause: cause(correlationId),
        code: CODE,
        message,
        raisedBy: JOB,
      });
      progress.alive();
    }
  }
  for (const { orderId, correlationId } of await drift.listWithAttention(CODE)) {
    if (namedBy.has(orderId)) continue;
    await orders.clearAttention({ orderId, cause: cause(correlationId), code: CODE });
    progress.alive();
  }
}
