/**
 * Holds every promise against the records: our database, the event log in it, what the providers say that they did, and
 * Temporal's list of workflows. It reads only, and shares no code with what it checks.
 *
 * Owns: which checks are made, and when a finding counts. Does not own: what is done about it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { openAuditedDatabase } from './audited-database.ts';
import type { Check, Finding, Limits, World } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { createCarrierRecords } from './records/carrier-records.ts';
import { createPaymentRecords } from './records/payment-records.ts';
import type { ProviderAddress } from './records/provider-list.ts';
import { openWorkflowRecords, type TemporalAddress } from './records/workflow-records.ts';
import type { AuditReport, CheckCount, Violation } from './report.ts';

export interface AuditOptions extends Partial<Limits> {
  /** Of a role that can only read. */
  readonly databaseUrl: string;
  /** Null leaves out what can only be seen there. */
  readonly payments: ProviderAddress | null;
  readonly carrier: ProviderAddress | null;
  readonly temporal: TemporalAddress | null;
  /** False refuses a database login that could write, so that no audit can change what it looks at. @default true */
  readonly mayWrite?: boolean;
  /** How often what may only be under way is looked at, until it is gone; 0 leaves such checks out. @default 3 */
  readonly looks?: number;
  /** Time between two looks, milliseconds. @default 2 000 */
  readonly lookAgainAfterMs?: number;
  /** Ends the audit with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each check, for progress and heartbeats. */
  readonly onCheck?: ((check: Pick<Check, 'invariant' | 'name'>) => void) | undefined;
}

const DEFAULT_GRACE_MS = 30_000;
const DEFAULT_BACKLOG_MS = 10 * 60_000;
const DEFAULT_LOOKS = 3;
const DEFAULT_LOOK_AGAIN_AFTER_MS = 2_000;

/**
 * Makes every check that the systems given allow. Changes nothing, so it can be repeated and ended at any time.
 * @throws Error when a system could not be read: then nothing is known
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const startedAt = new Date().toISOString();
  const { looks = DEFAULT_LOOKS, lookAgainAfterMs = DEFAULT_LOOK_AGAIN_AFTER_MS } = options;
  const world = openWorld(options);
  try {
    if (options.mayWrite === false && (await world.database.canWrite()))
      throw new Error('the login of AUDIT_DATABASE_URL could write; give the auditor one that can only read');
    const possible = CHECKS.filter(
      ({ needs, settles }) => needs.every((system) => world[system] !== null) && (looks > 0 || !settles),
    );
    const first = await lookAt(possible, world, options);
    let found = first.violations;
    for (let look = 2; look <= looks; look += 1) {
      const doubtful = new Set(
        found.filter(({ settles }) => settles).map(({ violation }) => violation.check),
      );
      if (doubtful.size === 0) break;
      await delay(lookAgainAfterMs, undefined, options.signal ? { signal: options.signal } : {});
      const again = await lookAt(
        possible.filter(({ name }) => doubtful.has(name)),
        { ...world },
        options,
      );
      const still = new Set(again.violations.map(({ violation }) => identityOf(violation)));
      found = found.filter(({ settles, violation }) => !settles || still.has(identityOf(violation)));
    }
    return {
      startedAt,
      finishedAt: new Date().toISOString(),
      checks: first.checks,
      violations: found.map(({ violation }) => violation),
    };
  } finally {
    await closeWorld(world);
  }
}

function openWorld(options: AuditOptions): World {
  const { graceMs = DEFAULT_GRACE_MS, backlogMs = DEFAULT_BACKLOG_MS } = options;
  return {
    database: openAuditedDatabase(options.databaseUrl),
    payments: options.payments && createPaymentRecords(options.payments, options.signal),
    carrier: options.carrier && createCarrierRecords(options.carrier, options.signal),
    workflows: options.temporal && openWorkflowRecords(options.temporal, options.signal),
    limits: { graceMs, backlogMs },
  };
}

async function closeWorld(world: World): Promise<void> {
  await Promise.all([world.database.close(), world.workflows?.close()]);
}

interface Found {
  readonly settles: boolean;
  readonly violation: Violation;
}

async function lookAt(
  checks: readonly Check[],
  world: World,
  { signal, onCheck }: AuditOptions,
): Promise<{ readonly checks: readonly CheckCount[]; readonly violations: readonly Found[] }> {
  const counts: CheckCount[] = [];
  const violations: Found[] = [];
  for (const check of checks) {
    signal?.throwIfAborted();
    onCheck?.(check);
    const { checked, findings } = await check.look(world);
    counts.push({ invariant: check.invariant, name: check.name, checked });
    violations.push(...findings.map((finding) => toFound(check, finding)));
  }
  return { checks: counts, violations };
}

function toFound({ invariant, name, settles }: Check, finding: Finding): Found {
  return { settles, violation: { invariant, check: name, ...finding } };
}

/** The same thing found twice; what is said of it may have changed. */
function identityOf({ check, ids }: Violation): string {
  return JSON.stringify([check, ids]);
}
