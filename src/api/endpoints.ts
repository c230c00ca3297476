/** Everything that the service answers, in the order of the reference page. */
import { decodeForTemporalUiEndpoint } from './codec/decode-for-temporal-ui.handler.ts';
import { decodePayloadsEndpoint } from './codec/decode-payloads.handler.ts';
import { encodePayloadsEndpoint } from './codec/encode-payloads.handler.ts';
import { createReadOpenIdConnect } from './auth/openid-connect.ts';
import { consoleEndpoints } from './console/console.handler.ts';
import { errorsPageEndpoint } from './docs/errors-page.handler.ts';
import { runbooksPageEndpoint } from './docs/runbooks-page.handler.ts';
import { openApiEndpoint } from './docs/openapi.handler.ts';
import { createOpenApiDocument, type OpenApiDocument } from './docs/openapi.ts';
import {
  referenceEndpoint,
  referenceScriptEndpoint,
  scalarScriptEndpoint,
} from './docs/reference.handler.ts';
import { livezEndpoint } from './health/livez.handler.ts';
import { metricsEndpoint } from './health/metrics.handler.ts';
import { readyzEndpoint } from './health/readyz.handler.ts';
import type { Admission } from './http/admission.ts';
import type { Endpoint } from './http/endpoint.ts';
import type { ApiMetrics } from './http/metrics.ts';
import { adjustInventoryEndpoint } from './inventory/adjust-inventory.handler.ts';
import { getInventoryEndpoint } from './inventory/get-inventory.handler.ts';
import { getOrderLedgerEndpoint } from './ledger/get-order-ledger.handler.ts';
import { listBalancesEndpoint } from './ledger/list-balances.handler.ts';
import { getItemEndpoint } from './items/get-item.handler.ts';
import { listItemsEndpoint } from './items/list-items.handler.ts';
import { putItemEndpoint } from './items/put-item.handler.ts';
import { listLocationsEndpoint } from './locations/list-locations.handler.ts';
import { cancelOrderEndpoint } from './orders/cancel-order.handler.ts';
import { getOrderEndpoint } from './orders/get-order.handler.ts';
import { getOrderSummaryEndpoint } from './orders/get-order-summary.handler.ts';
import { listOrderEventsEndpoint } from './orders/list-order-events.handler.ts';
import { listOrdersEndpoint } from './orders/list-orders.handler.ts';
import { placeOrderEndpoint } from './orders/place-order.handler.ts';
import { refundOrderEndpoint } from './orders/refund-order.handler.ts';
import { decideApprovalEndpoint } from './ops/actions/decide-approval.handler.ts';
import {
  listActionsEndpoint,
  listApprovalsEndpoint,
  listOrderActionsEndpoint,
} from './ops/actions/list-actions.handler.ts';
import { operateOrderEndpoints } from './ops/actions/operate-order.handler.ts';
import { countAttentionEndpoint } from './ops/attention/count-attention.handler.ts';
import { listAttentionEndpoint } from './ops/attention/list-attention.handler.ts';
import { decideBulkEndpoint } from './ops/bulk/decide-bulk.handler.ts';
import { getBulkEndpoint, listBulksEndpoint } from './ops/bulk/list-bulks.handler.ts';
import { startBulkEndpoint } from './ops/bulk/start-bulk.handler.ts';
import { steerBulkEndpoints } from './ops/bulk/steer-bulk.handler.ts';
import { explainBreakEndpoint, settleBreakEndpoint } from './ops/breaks/close-break.handler.ts';
import { listBreaksEndpoint } from './ops/breaks/list-breaks.handler.ts';
import { explainOrderEndpoint } from './ops/explain/explain-order.handler.ts';
import { listDeadLettersEndpoint } from './ops/dead-letters/list-dead-letters.handler.ts';
import { discardDeadLettersEndpoint } from './ops/dead-letters/discard-dead-letters.handler.ts';
import { redriveDeadLettersEndpoint } from './ops/dead-letters/redrive-dead-letters.handler.ts';
import { listJobsEndpoint } from './ops/jobs/list-jobs.handler.ts';
import { runJobEndpoint } from './ops/jobs/run-job.handler.ts';
import { getMeEndpoint } from './ops/me/get-me.handler.ts';
import { streamNowEndpoint } from './ops/now/stream-now.handler.ts';
import { exportOrdersEndpoint } from './ops/orders/export-orders.handler.ts';
import { searchOrdersEndpoint } from './ops/orders/search-orders.handler.ts';
import { rebuildProjectionsEndpoint } from './ops/projections/rebuild-projections.handler.ts';
import { replayEventsEndpoint } from './ops/replay/replay-events.handler.ts';
import { getSignInEndpoint } from './ops/sign-in/get-sign-in.handler.ts';
import { assignReviewEndpoint } from './ops/reviews/assign-review.handler.ts';
import { decideReviewEndpoint } from './ops/reviews/decide-review.handler.ts';
import { getOrderFraudEndpoint } from './ops/reviews/get-order-fraud.handler.ts';
import { listReviewsEndpoint } from './ops/reviews/list-reviews.handler.ts';
import { getTicketEndpoint } from './waiting-rooms/get-ticket.handler.ts';
import { getWaitingRoomEndpoint } from './waiting-rooms/get-waiting-room.handler.ts';
import { listWaitingRoomsEndpoint } from './waiting-rooms/list-waiting-rooms.handler.ts';
import { putWaitingRoomEndpoint } from './waiting-rooms/put-waiting-room.handler.ts';
import { streamTicketEndpoint } from './waiting-rooms/stream-ticket.handler.ts';
import { takeTicketEndpoint } from './waiting-rooms/take-ticket.handler.ts';
import { paymentWebhookEndpoint } from './webhooks/payment-webhook.handler.ts';
import { shippingWebhookEndpoint } from './webhooks/shipping-webhook.handler.ts';

/** @param admission limits how many orders are decided at once */
export function createEndpoints(metrics: ApiMetrics, admission: Admission): readonly Endpoint[] {
  let document: OpenApiDocument | undefined;
  const readOpenIdConnect = createReadOpenIdConnect();
  const endpoints: readonly Endpoint[] = [
    placeOrderEndpoint(metrics, admission),
    listOrdersEndpoint,
    getOrderEndpoint,
    listOrderEventsEndpoint,
    getOrderSummaryEndpoint,
    cancelOrderEndpoint,
    refundOrderEndpoint,
    takeTicketEndpoint,
    getTicketEndpoint,
    streamTicketEndpoint(),
    listWaitingRoomsEndpoint,
    getWaitingRoomEndpoint,
    putWaitingRoomEndpoint,
    getOrderLedgerEndpoint,
    listBalancesEndpoint,
    getInventoryEndpoint,
    adjustInventoryEndpoint,
    listLocationsEndpoint,
    listItemsEndpoint,
    putItemEndpoint,
    getItemEndpoint,
    ...operateOrderEndpoints,
    listOrderActionsEndpoint,
    listActionsEndpoint,
    listApprovalsEndpoint,
    decideApprovalEndpoint,
    startBulkEndpoint,
    listBulksEndpoint,
    getBulkEndpoint,
    ...steerBulkEndpoints,
    decideBulkEndpoint,
    listAttentionEndpoint,
    countAttentionEndpoint,
    explainOrderEndpoint,
    getSignInEndpoint(readOpenIdConnect),
    getMeEndpoint,
    streamNowEndpoint(metrics),
    searchOrdersEndpoint,
    exportOrdersEndpoint,
    listDeadLettersEndpoint,
    redriveDeadLettersEndpoint,
    discardDeadLettersEndpoint,
    replayEventsEndpoint,
    rebuildProjectionsEndpoint,
    listBreaksEndpoint,
    explainBreakEndpoint,
    settleBreakEndpoint,
    listJobsEndpoint,
    runJobEndpoint,
    listReviewsEndpoint,
    assignReviewEndpoint,
    decideReviewEndpoint,
    getOrderFraudEndpoint,
    paymentWebhookEndpoint,
    shippingWebhookEndpoint,
    decodePayloadsEndpoint,
    encodePayloadsEndpoint,
    decodeForTemporalUiEndpoint,
    livezEndpoint,
    readyzEndpoint,
    metricsEndpoint,
    openApiEndpoint(() => (document ??= createOpenApiDocument(endpoints))),
    referenceEndpoint,
    referenceScriptEndpoint,
    scalarScriptEndpoint,
    errorsPageEndpoint,
    runbooksPageEndpoint,
    ...consoleEndpoints(readOpenIdConnect),
  ];
  return endpoints;
}
