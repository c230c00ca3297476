/** Facts about a made-up order, for the tests of what is said of one. */
import type { Money } from '../money.ts';
import type { Attention } from '../orders/order.ts';
import { isTerminal, type OrderStatus, type PaymentStatus } from '../orders/order-status.ts';
import { ownerOf, WAITS_FOR, type WaitingFor } from '../orders/waiting-state.ts';
import type { ExplainFacts, PendingStep, WorkflowFacts } from './explain-facts.ts';

/** The moment at which everybody looks. */
export const NOW = '2026-11-20T10:30:00.000Z';
/** When the order began to wait. */
export const SINCE = '2026-11-20T10:14:00.000Z';
const TOTAL: Money = { amountMinor: 4990, currency: 'GBP' };

export interface ExampleChanges {
  readonly status?: OrderStatus;
  readonly paymentStatus?: PaymentStatus;
  readonly waitingFor?: WaitingFor | null;
  /** RFC 3339. @default half an hour from now */
  readonly until?: string;
  readonly causes?: readonly Attention[];
  readonly workflow?: WorkflowFacts;
  /** Refunds that have no outcome, by their amounts. */
  readonly refunds?: readonly Money[];
  readonly operations?: ExplainFacts['operations'];
  readonly openBreaks?: number;
  readonly parcels?: readonly ExplainFacts['order']['shipments'][number]['status'][];
  readonly rejection?: ExplainFacts['order']['rejection'];
}

/** A step that has failed seven times. */
export const FAILING_STEP: PendingStep = {
  activity: 'capturePayment',
  state: 'backing_off',
  failures: 7,
  since: SINCE,
  lastFailure: { type: 'PROVIDER_UNAVAILABLE', message: 'the payment provider answered 503 (maintenance)' },
  nextTryAt: '2026-11-20T10:32:00.000Z',
};

/** An open run with nothing under way. */
export function openRun(changes: Partial<Extract<WorkflowFacts, { state: 'open' }>> = {}): WorkflowFacts {
  const nothing = { steps: [], timers: [], task: null };
  return { state: 'open', type: 'processOrder', startedAt: SINCE, ...nothing, ...changes };
}

export function exampleFacts(changes: ExampleChanges = {}): ExplainFacts {
  const { status = 'shipped', paymentStatus = 'captured', refunds = [], parcels = ['shipped'] } = changes;
  const waitingFor = changes.waitingFor === undefined ? WAITS_FOR[status] : changes.waitingFor;
  const nothing = { ...TOTAL, amountMinor: 0 };
  const isCharged = ['captured', 'partially_refunded', 'refunded'].includes(paymentStatus);
  const closed: WorkflowFacts = { state: 'closed', status: 'COMPLETED', closedAt: SINCE };
  return {
    now: NOW,
    order: {
      id: 'ord_1',
      status,
      paymentStatus,
      attentions: changes.causes ?? [],
      waiting:
        waitingFor === null
          ? null
          : {
              for: waitingFor,
              owner: ownerOf(waitingFor),
              since: SINCE,
              until: changes.until ?? '2026-11-20T11:00:00.000Z',
            },
      rejection: changes.rejection ?? null,
      totals: {
        items: TOTAL,
        total: TOTAL,
        captured: isCharged ? TOTAL : nothing,
        refunded: nothing,
        outstanding: isCharged ? nothing : TOTAL,
        refundDue: nothing,
      },
      payment: { method: 'card', captureBefore: '2026-11-27T09:00:00.000Z' },
      shipments: parcels.map((parcel, index) => ({
        id: `shp_1_${index + 1}`,
        locationId: 'main',
        carrier: parcel === 'pending' ? null : 'demo-carrier',
        trackingNumber: parcel === 'pending' ? null : 'TRK1',
        status: parcel,
      })),
      refunds: refunds.map((amount, index) => ({
        id: `ref_1_${index + 1}`,
        status: 'pending',
        amount,
        reason: 'damaged',
        restock: false,
        failureCode: null,
        lines: [],
        createdAt: SINCE,
        settledAt: null,
      })),
      createdAt: SINCE,
      updatedAt: SINCE,
    },
    operations: changes.operations ?? [],
    openBreaks: changes.openBreaks ?? 0,
    workflow: changes.workflow ?? (isTerminal(status) ? closed : openRun()),
  };
}
