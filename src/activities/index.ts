/**
 * All activities by the names under which Temporal knows them, bound to what they act with.
 */
import { recordReviewEnd } from './fraud/record-review-end.activity.ts';
import { screenOrder } from './fraud/screen-order.activity.ts';
import { reserveStock, releaseStock } from './inventory/reserve-stock.activity.ts';
import { notifyCustomer } from './notifications/notify-customer.activity.ts';
import { skipNotification } from './notifications/skip-notification.activity.ts';
import { changeAddress } from './orders/change-address.activity.ts';
import { findOrder } from './orders/find-order.activity.ts';
import { raiseAttention, clearAttention } from './orders/record-attention.activity.ts';
import { recordHold, recordRelease } from './orders/record-hold.activity.ts';
import { rerouteOrder } from './orders/reroute-order.activity.ts';
import { recordCancellationStarted, recordCancelled } from './orders/record-cancellation.activity.ts';
import { recordCompletion } from './orders/record-completion.activity.ts';
import { recordRejection } from './orders/record-rejection.activity.ts';
import { recordShipmentMoved } from './orders/record-shipment-moved.activity.ts';
import { authorizePayment, voidPayment } from './payments/authorize-payment.activity.ts';
import { capturePayment, giveBackCapture } from './payments/capture-payment.activity.ts';
import { refundPayment } from './payments/refund-payment.activity.ts';
import { resolveOutcome } from './payments/resolve-outcome.activity.ts';
import { returnRefund } from './payments/return-refund.activity.ts';
import { bookShipments, cancelShipments, replanShipments } from './shipping/book-shipments.activity.ts';
import type { ActivityDependencies } from './shared/dependencies.ts';
import { asActivity, type UnknownOutcomeType } from './shared/failures.ts';

/** Made once for a worker. Each takes one input, and whether an earlier call may have reached the other side. */
export function createActivities(deps: ActivityDependencies) {
  const bind = <Input, Result>(
    step: (deps: ActivityDependencies, input: Input, mayHaveRun: boolean) => Promise<Result>,
    unknownOutcome?: UnknownOutcomeType,
  ) => asActivity((input: Input, mayHaveRun: boolean) => step(deps, input, mayHaveRun), unknownOutcome);

  return {
    reserveStock: bind(reserveStock),
    releaseStock: bind(releaseStock),
    screenOrder: bind(screenOrder),
    recordReviewEnd: bind(recordReviewEnd),
    authorizePayment: bind(authorizePayment),
    voidPayment: bind(voidPayment),
    bookShipments: bind(bookShipments, 'CARRIER_OUTCOME_UNKNOWN'),
    cancelShipments: bind(cancelShipments, 'CARRIER_OUTCOME_UNKNOWN'),
    replanShipments: bind(replanShipments, 'CARRIER_OUTCOME_UNKNOWN'),
    capturePayment: bind(capturePayment),
    giveBackCapture: bind(giveBackCapture),
    refundPayment: bind(refundPayment),
    returnRefund: bind(returnRefund),
    notifyCustomer: bind(notifyCustomer, 'MAIL_OUTCOME_UNKNOWN'),
    skipNotification: bind(skipNotification),
    findOrder: bind(findOrder, 'CARRIER_OUTCOME_UNKNOWN'),
    recordRejection: bind(recordRejection),
    recordShipmentMoved: bind(recordShipmentMoved),
    recordCompletion: bind(recordCompletion),
    recordCancellationStarted: bind(recordCancellationStarted),
    recordCancelled: bind(recordCancelled),
    recordHold: bind(recordHold),
    recordRelease: bind(recordRelease),
    changeAddress: bind(changeAddress),
    rerouteOrder: bind(rerouteOrder),
    resolveOutcome: bind(resolveOutcome),
    raiseAttention: bind(raiseAttention),
    clearAttention: bind(clearAttention),
  };
}

export type Activities = ReturnType<typeof createActivities>;
