/**
 * Everything that is to be known of each cause of attention besides its text: how bad it is, who has to move, how long that
 * may take, what an operator can do, and whether it goes away by itself. The queue, the explanation of an order, metrics,
 * mails and runbooks are made from it; nothing of it is stored with a cause, so that a change of mind holds for all of them.
 */
import { ATTENTION_MESSAGES, type AttentionCode } from '../orders/attention.ts';
import type { AdviceName } from './advice.ts';

/** The worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Who has to move. `operator` decides about the order, `engineer` mends the service. */
export const ATTENTION_OWNERS = ['operator', 'engineer', 'payment_provider', 'carrier', 'warehouse'] as const;
export type AttentionOwner = (typeof ATTENTION_OWNERS)[number];

export interface AttentionDefinition {
  readonly severity: Severity;
  readonly owner: AttentionOwner;
  /** From when it was raised until somebody should have acted, milliseconds. */
  readonly actWithinMs: number;
  /** What can help, the most likely first; whether it is possible follows from the order. */
  readonly actions: readonly AdviceName[];
  /** Whether it goes away without anybody doing anything, once what is wrong elsewhere is mended. */
  readonly clearsByItself: boolean;
  /** Whether the order does not go on while it is there. */
  readonly holdsUp: boolean;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** A step at another company that goes on being tried. */
const tried = (
  severity: Severity,
  owner: AttentionOwner,
  actWithinMs: number,
  actions: readonly AdviceName[],
): AttentionDefinition => ({
  severity,
  owner,
  actWithinMs,
  actions: [...actions, 'wait'],
  clearsByItself: true,
  holdsUp: true,
});

/** A decision that nobody but a person can make. */
const decided = (
  severity: Severity,
  owner: AttentionOwner,
  actWithinMs: number,
  actions: readonly AdviceName[],
): AttentionDefinition => ({
  severity,
  owner,
  actWithinMs,
  actions,
  clearsByItself: false,
  holdsUp: true,
});

export const ATTENTION: Readonly<Record<AttentionCode, AttentionDefinition>> = {
  RESERVATION_UNRESOLVED: tried('high', 'engineer', HOUR_MS, ['retry_now', 'cancel']),
  SCREENING_UNRESOLVED: tried('high', 'engineer', HOUR_MS, ['retry_now', 'cancel']),
  AUTHORIZATION_UNRESOLVED: tried('high', 'payment_provider', HOUR_MS, [
    'retry_now',
    'resolve_outcome',
    'cancel',
  ]),
  SHIPMENT_REFUSED: decided('high', 'operator', 8 * HOUR_MS, ['change_address', 'reroute', 'cancel']),
  BOOKING_UNRESOLVED: tried('high', 'carrier', 2 * HOUR_MS, ['retry_now', 'cancel']),
  CAPTURE_REFUSED: decided('high', 'operator', 4 * HOUR_MS, ['cancel']),
  CAPTURE_UNRESOLVED: tried('critical', 'payment_provider', HOUR_MS, [
    'retry_now',
    'resolve_outcome',
    'cancel',
  ]),
  SHIPMENT_LATE: tried('medium', 'warehouse', DAY_MS, ['cancel', 'refund']),
  DELIVERY_LATE: tried('medium', 'carrier', 2 * DAY_MS, ['refund']),
  HELD_TOO_LONG: decided('medium', 'operator', 4 * HOUR_MS, ['release', 'cancel']),
  NOTIFICATION_UNRESOLVED: {
    ...tried('low', 'engineer', DAY_MS, ['retry_now', 'skip_step', 'resend_notification']),
    holdsUp: false,
  },
  RECORD_UNRESOLVED: tried('high', 'engineer', HOUR_MS, ['retry_now']),
  REFUND_UNRESOLVED: tried('high', 'payment_provider', 4 * HOUR_MS, ['retry_now', 'resolve_outcome']),
  REFUND_REFUSED: tried('high', 'operator', DAY_MS, ['retry_now']),
  REFUND_FAILED: { ...decided('high', 'operator', DAY_MS, ['refund']), holdsUp: false },
  VOID_UNRESOLVED: tried('high', 'payment_provider', DAY_MS, ['retry_now', 'resolve_outcome']),
  BOOKING_CANCEL_UNRESOLVED: tried('high', 'carrier', 2 * HOUR_MS, ['retry_now']),
  RELEASE_UNRESOLVED: tried('medium', 'engineer', 4 * HOUR_MS, ['retry_now']),
  SHIPPED_UNPAID: decided('critical', 'operator', DAY_MS, []),
  CANCEL_PARTLY_LOST: decided('critical', 'operator', DAY_MS, ['refund']),
  RECONCILIATION_BREAK: { ...decided('high', 'operator', DAY_MS, ['refund']), holdsUp: false },
  WORKFLOW_ASTRAY: { ...decided('medium', 'engineer', DAY_MS, []), holdsUp: false },
  AUDIT_VIOLATION: { ...decided('critical', 'engineer', 4 * HOUR_MS, []), holdsUp: false },
  WORKFLOW_LOST: tried('critical', 'engineer', HOUR_MS, []),
  STEP_OVERDUE: tried('high', 'operator', 4 * HOUR_MS, ['retry_now', 'cancel']),
  WORKFLOW_TASK_FAILING: tried('critical', 'engineer', HOUR_MS, []),
  ACTIVITY_RETRYING: tried('medium', 'engineer', 4 * HOUR_MS, ['retry_now']),
  UNEXPLAINED: decided('high', 'engineer', 4 * HOUR_MS, ['cancel']),
};

/** What a job of our own raises and clears; their rows are judged anew by each run of it. */
export const STUCK_CODES = [
  'WORKFLOW_TASK_FAILING',
  'UNEXPLAINED',
  'STEP_OVERDUE',
  'ACTIVITY_RETRYING',
] as const;
export type StuckCode = (typeof STUCK_CODES)[number];

/** For a code of another version of the service, as rows may have during a rollout: somebody has to look. */
export const UNKNOWN_CODE: AttentionDefinition = decided('high', 'engineer', 4 * HOUR_MS, []);

/** Whether this version knows the code. */
export function isAttentionCode(code: string): code is AttentionCode {
  return Object.hasOwn(ATTENTION_MESSAGES, code);
}

/** What is to be known of a code, also of one that this version does not know. */
export function attentionOf(code: string): AttentionDefinition {
  return isAttentionCode(code) ? ATTENTION[code] : UNKNOWN_CODE;
}

/** When somebody should have acted on a cause, RFC 3339. */
export function deadlineOf({ code, since }: { readonly code: string; readonly since: string }): string {
  return new Date(Date.parse(since) + attentionOf(code).actWithinMs).toISOString();
}

/** Where the service shows what to do about a code. */
export function runbookPath(code: string): string {
  return isAttentionCode(code) ? `/docs/runbooks#${code}` : '/docs/runbooks';
}
