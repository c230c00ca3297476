import type { AttentionCode } from '../../domain/orders/attention.ts';
import { ATTENTION_MESSAGES, RAISED_FROM_OUTSIDE } from '../../domain/orders/attention.ts';
import { bookingOperationKey } from '../../domain/ids.ts';
import type { OrderView, Rejection, ShipmentStatus } from '../../domain/orders/order.ts';
import type { OrderStatus } from '../../domain/orders/order-status.ts';
import type { ParcelStatus } from '../../domain/shipping/parcel-tracking.ts';
import type { RefundOrderInput } from '../../workflows/orders/process-order.contract.ts';
import type { ActivityDependencies, OrderStanding } from '../shared/dependencies.ts';

type Dependencies = Pick<ActivityDependencies, 'orders' | 'orderReads' | 'carrier'>;

/** Where an order stands, as far as whoever takes it up must know. */
export interface FoundOrder extends OrderStanding {
  readonly isConfirmed: boolean;
  /** Labels of all parcels are recorded. */
  readonly hasLabels: boolean;
  readonly isCaptured: boolean;
  /** The present hold on the money, or the last one. */
  readonly hold: { readonly attempt: number; readonly captureBefore: string | null };
  readonly rejection: Rejection | null;
  /** An operator holds it. */
  readonly isHeld?: boolean;
  /** The carrier has refused the parcels, and nobody has corrected that yet. */
  readonly awaitsCorrection?: boolean;
  readonly parcels: readonly {
    readonly shipmentId: string;
    readonly status: ShipmentStatus;
    /** The number of its present booking. Absent in histories of the time before there was more than one. */
    readonly bookingAttempt?: number;
    /** What the carrier says of a parcel that it has taken; null where it has not. */
    readonly told: ParcelStatus | null;
  }[];
  /** Refunds that were asked for and have no outcome yet. */
  readonly refundsUnderWay: readonly Omit<RefundOrderInput, 'requestId'>[];
  /** What only a run of the order raises, and could clear. */
  readonly staleAttentions: readonly AttentionCode[];
}

const UNCONFIRMED: readonly OrderStatus[] = ['placed', 'reserved', 'in_review', 'authorized', 'rejected'];
const UNLABELLED: readonly OrderStatus[] = [...UNCONFIRMED, 'confirmed'];

/**
 * Reads the order's rows, and asks the carrier what became of its parcels. Changes nothing.
 *
 * @throws PROVIDER_UNAVAILABLE, CARRIER_OUTCOME_UNKNOWN, DATABASE_UNAVAILABLE (retried)
 */
export async function findOrder(
  { orders, orderReads, carrier }: Dependencies,
  { orderId }: { readonly orderId: string },
): Promise<FoundOrder> {
  const [found, payment, { shipments }] = await Promise.all([
    orderReads.find(orderId),
    orders.readPayment(orderId),
    orders.readFulfilment(orderId),
  ]);
  if (found === null || payment === null) throw new Error('The order that is to be taken up must exist');
  const { view } = found;
  const parcels = [];
  for (const { shipmentId, status, bookingAttempt } of shipments) {
    const key = bookingOperationKey(shipmentId, bookingAttempt);
    const booking = isOnItsWay(status) ? await carrier.findByKey(key) : null;
    const told = booking?.status === 'shipped' || booking?.status === 'delivered' ? booking.status : null;
    parcels.push({ shipmentId, status, bookingAttempt, told });
  }
  return {
    status: view.status,
    version: view.version,
    isConfirmed: !UNCONFIRMED.includes(view.status),
    hasLabels: !UNLABELLED.includes(view.status) && view.shipments.some(({ status }) => status !== 'pending'),
    isCaptured: payment.capturedMinor > 0,
    hold: {
      attempt: payment.authorizationAttempt,
      captureBefore: payment.voided ? null : view.payment.captureBefore,
    },
    rejection: view.rejection,
    isHeld: view.waiting?.for === 'held',
    awaitsCorrection: view.waiting?.for === 'correction',
    parcels,
    refundsUnderWay: refundsUnderWay(view),
    staleAttentions: view.attentions.map(({ code }) => code).filter(isOfARun),
  };
}

function isOnItsWay(status: ShipmentStatus): boolean {
  return status === 'booked' || status === 'shipped';
}

/** The claim is there already, so who asked and for how much is not taken from here again. */
function refundsUnderWay({ refunds }: OrderView): FoundOrder['refundsUnderWay'] {
  return refunds
    .filter(({ status, id }) => status === 'pending' && !id.includes('_cancel'))
    .map(({ id, amount, reason, restock, lines }) => ({
      refundId: id,
      by: lines.length > 0 ? { lines } : { amountMinor: amount.amountMinor },
      reason,
      restock,
      actor: 'workflow',
    }));
}

function isOfARun(code: string): code is AttentionCode {
  return code in ATTENTION_MESSAGES && !RAISED_FROM_OUTSIDE.some((other) => other === code);
}
