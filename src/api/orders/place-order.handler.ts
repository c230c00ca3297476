import { WithStartWorkflowOperation, type Workflow } from '@temporalio/client';
import { CatalogueError, type ErrorCode } from '../../domain/errors.ts';
import { readCount, readMoney } from '../../domain/operations/readable.ts';
import type { Rejection } from '../../domain/orders/order.ts';
import type { OrderStatus } from '../../domain/orders/order-status.ts';
import {
  PLACE_ORDER_UPDATE,
  PRESENT_STORY,
  PROCESS_ORDER_WORKFLOW,
  REFUSE_ORDER_WORKFLOW,
  type PlaceOrderRefusal,
  type PlaceOrderResult,
  type ProcessOrderInput,
  type ProcessOrderResult,
} from '../../workflows/orders/process-order.contract.ts';
import type { OrderWithFingerprint } from '../../../db/repositories/order-reads.repository.ts';
import { forbidden } from '../auth/authenticate.ts';
import { hasPermission, ownsOrder, type Principal } from '../auth/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Admission } from '../http/admission.ts';
import { defineCommand, type Answer, type Endpoint } from '../http/endpoint.ts';
import { unavailable } from '../http/errors.ts';
import { keyReused, type Idempotency } from '../http/idempotency.ts';
import type { ApiMetrics, PlacementOutcome } from '../http/metrics.ts';
import { problemAnswer } from '../http/problem.ts';
import { classifyTemporalFailure, type TemporalFailure } from '../../operations/temporal-errors.ts';
import { order, orderEtag, orderPath, toOrderAnswer } from './order.schema.ts';
import { firstAttributes } from './search-attributes.ts';
import { placeOrderBody, type PlaceOrderBody } from './place-order.schema.ts';
import { priceLines } from './price-lines.ts';
import { passWaitingRoom, WAITING_ROOM_TOKEN_HEADER, type GuardedItem } from './waiting-room-door.ts';

/** One attempt to place an order: who, under which id, and the request it came with. */
interface Placement {
  readonly orderId: string;
  readonly idempotency: Idempotency;
  readonly principalId: string;
  readonly requestId: string;
  /** Whether the order is screened for fraud. */
  readonly isScreened: boolean;
  readonly dependencies: ApiDependencies;
  readonly count: (outcome: PlacementOutcome) => void;
  /** Uses the caller's ticket of a waiting room. */
  readonly pass: (guardedItems: readonly GuardedItem[]) => Promise<void>;
}

type ProcessOrder = (input: ProcessOrderInput) => Promise<ProcessOrderResult>;
type RefuseOrder = (refusal: PlaceOrderRefusal) => Promise<void>;

/** @param admission limits how many orders are decided at once */
export function placeOrderEndpoint(metrics: ApiMetrics, admission: Admission): Endpoint {
  return defineCommand({
    method: 'post',
    path: '/v1/orders',
    operationId: 'placeOrder',
    tag: 'Orders',
    summary: 'Place an order',
    description:
      'Repeat it with the same Idempotency-Key until there is an answer: it is placed once. A 202 is not final; a ' +
      'repetition or `GET` tells what became of it. After 503 nothing is promised, and a repetition is safe. A refusal that ' +
      'names an `orderId` has left a rejected order; any other has left nothing. A repetition that is refused has used up its ' +
      'Idempotency-Key.',
    permission: 'orders:place',
    body: placeOrderBody,
    invalidBody: 'INVALID_ORDER',
    admission,
    answers: {
      201: {
        description:
          'Placed and confirmed: stock and payment are held. `status` tells how far it came meanwhile, also when it was ' +
          'cancelled at the same moment.',
        headers: { Location: 'The address of the order', ETag: 'Its version' },
        schema: order,
      },
      202: {
        description: 'Taken for good, and still being decided or under review.',
        headers: { Location: 'The address of the order', ETag: 'Its version' },
        schema: order,
      },
    },
    errors: [
      'INVALID_ORDER',
      'OUT_OF_STOCK',
      'PAYMENT_DECLINED',
      'FRAUD_REFUSED',
      'TOTAL_CHANGED',
      'OVERLOADED',
      'WAITING_ROOM_TOKEN_REQUIRED',
      'WAITING_ROOM_TOKEN_INVALID',
    ],
    requestHeaders: {
      [WAITING_ROOM_TOKEN_HEADER]:
        'Of an admitted ticket; needed for items of an open waiting room, for one order.',
    },
    handle: async ({ body, principal, idempotency, requestId, headersDistinct, note }, dependencies) => {
      const orderId = idempotency.deriveId('ord');
      note({ orderId, workflowId: orderId });
      refuseWhatTheCallerMayNot(principal, body);
      const count = (outcome: PlacementOutcome): void => metrics.ordersPlaced.inc({ outcome });
      const placement: Placement = {
        orderId,
        idempotency,
        principalId: principal.id,
        requestId,
        isScreened: isScreened(principal, dependencies),
        dependencies,
        count,
        pass: (guardedItems) => {
          const { customerId } = body;
          return passWaitingRoom(
            guardedItems,
            { orderId, customerId, principal, headersDistinct },
            dependencies,
          );
        },
      };
      return settle(placement, await priceAndStart(body, placement));
    },
  });
}

/** What an importer brings was sold elsewhere already. */
function isScreened(principal: Principal, { environment }: ApiDependencies): boolean {
  return environment.FRAUD_SCREENING === 'on' && principal.role !== 'importer';
}

/** @throws CatalogueError FORBIDDEN */
function refuseWhatTheCallerMayNot(principal: Principal, body: PlaceOrderBody): void {
  if (!ownsOrder(principal, body.customerId)) {
    throw new CatalogueError('FORBIDDEN', 'This key places orders for its own customer only.');
  }
  const namesPrices = body.lines.some((line) => line.unitPriceMinor !== undefined);
  if (namesPrices && !hasPermission(principal, 'orders:price-override'))
    throw forbidden('orders:price-override', 'Leave out lines[].unitPriceMinor.');
}

/** What a request can be refused for before an order is made, and what that counts as. */
const REFUSALS: Readonly<Partial<Record<ErrorCode, PlacementOutcome | null>>> = {
  INVALID_ORDER: null,
  TOTAL_CHANGED: 'total_changed',
  OUT_OF_STOCK: 'out_of_stock',
  WAITING_ROOM_TOKEN_REQUIRED: 'not_admitted',
  WAITING_ROOM_TOKEN_INVALID: 'not_admitted',
};

/** Nothing can be started under the order's id any more, so the key is used up, also where another would still have its chance. */
const FOR_GOOD = 'This Idempotency-Key is used up; place the order with a new one.';

/** What the workflow said, or why it did not say anything. */
type Decision = PlaceOrderResult | TemporalFailure;

/**
 * A request that cannot be had any more may still be the repetition of one that was taken when it could, and may itself hold
 * what is missing now; so before it is refused its order is looked for. Of what an earlier attempt has begun nobody can say that
 * it will never be, because it may still be on its way to Temporal; so there the refusal itself takes the place of the order.
 */
async function priceAndStart(body: PlaceOrderBody, placement: Placement): Promise<Decision> {
  const { repositories } = placement.dependencies;
  try {
    const priced = await priceLines(body, repositories, {
      refuseShort: placement.idempotency.isFirstAttempt,
    });
    await placement.pass(priced.guardedItems);
    return await startAndWait(body, priced, placement);
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    const outcome = REFUSALS[error.code];
    if (outcome === undefined) throw error;
    const decision = await joinRecorded(placement);
    if (decision !== null) return decision;
    const { isFirstAttempt, fingerprint } = placement.idempotency;
    if (!isFirstAttempt) {
      const { code, message, fieldErrors, extensions } = error;
      return await startRefusal(
        { fingerprint, outcome: 'refused', code, message: `${message} ${FOR_GOOD}`, fieldErrors, extensions },
        placement,
      );
    }
    if (outcome !== null) placement.count(outcome);
    throw error;
  }
}

/**
 * Starts the order's workflow, or joins the one that an equal request has started, and waits for its decision.
 * The update has the order's id, so however often it is sent the workflow sees it once.
 */
async function startAndWait(
  body: PlaceOrderBody,
  priced: Awaited<ReturnType<typeof priceLines>>,
  placement: Placement,
): Promise<Decision> {
  const { orderId, dependencies } = placement;
  const { environment } = dependencies;
  const input: ProcessOrderInput = {
    orderId,
    story: PRESENT_STORY,
    ...(environment.TEMPORAL_SEARCH_ATTRIBUTES === 'on' ? { isSearchable: true } : {}),
    principalId: placement.principalId,
    fingerprint: placement.idempotency.fingerprint,
    customerId: body.customerId,
    currency: body.currency,
    totalMinor: priced.totalMinor,
    lines: priced.lines,
    payment: body.payment,
    shipTo: body.shipTo,
    contact: body.contact,
    correlationId: placement.requestId,
    deadlines: {
      shipWithinMs: environment.SHIP_WITHIN_MS,
      deliverWithinMs: environment.DELIVER_WITHIN_MS,
      returnWindowMs: environment.RETURN_WINDOW_MS,
      renewHoldBeforeMs: environment.RENEW_HOLD_BEFORE_MS,
      reviewWithinMs: environment.FRAUD_REVIEW_WITHIN_MS,
    },
    answerWithinMs: environment.CONFIRMATION_DEADLINE_MS,
    screening: placement.isScreened ? { reviewDefault: environment.FRAUD_REVIEW_DEFAULT } : null,
  };
  return decideBy(
    placement,
    new WithStartWorkflowOperation<ProcessOrder>(PROCESS_ORDER_WORKFLOW, {
      ...firstOf(placement),
      args: [input],
      ...shownInTemporal(input),
    }),
  );
}

/** The refusal, unless the order was started before it. */
function startRefusal(refusal: PlaceOrderRefusal, placement: Placement): Promise<Decision> {
  return decideBy(
    placement,
    new WithStartWorkflowOperation<RefuseOrder>(REFUSE_ORDER_WORKFLOW, {
      ...firstOf(placement),
      args: [refusal],
      staticSummary: `Refused before there was an order: ${refusal.code}`,
    }),
  );
}

/** One workflow begins an order, and it is the first that is started. */
function firstOf({ orderId, dependencies: { environment } }: Placement) {
  return {
    workflowId: orderId,
    taskQueue: environment.TEMPORAL_TASK_QUEUE,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
  } as const;
}

/** The decision of the workflow that began this order, which is the given one when there was none. */
function decideBy<Type extends Workflow>(
  placement: Placement,
  startWorkflowOperation: WithStartWorkflowOperation<Type>,
): Promise<Decision> {
  const { orderId, dependencies } = placement;
  return decisionOf(placement, () =>
    dependencies.temporal.workflow.executeUpdateWithStart<Type, PlaceOrderResult, []>(PLACE_ORDER_UPDATE, {
      updateId: orderId,
      startWorkflowOperation,
    }),
  );
}

/** What Temporal's pages show of the order before its run has said anything; the start carries it at no further cost. */
function shownInTemporal(input: ProcessOrderInput) {
  const { currency, totalMinor, lines, shipTo, customerId, isSearchable } = input;
  const total = readMoney({ amountMinor: totalMinor, currency });
  const staticSummary = `${total}, ${readCount(lines.length, 'line')}, to ${shipTo.country}`;
  if (isSearchable !== true) return { staticSummary };
  return {
    staticSummary,
    typedSearchAttributes: firstAttributes({ customerId, totalMinor, currency, country: shipTo.country }),
  };
}

/** The decision about an order that stands in the records, also when its answer or its workflow is forgotten; null when none does. */
async function joinRecorded(placement: Placement): Promise<Decision | null> {
  const { orderId, dependencies } = placement;
  if ((await dependencies.repositories.orderReads.find(orderId)) === null) return null;
  return decisionOf(placement, () =>
    dependencies.temporal.workflow
      .getHandle(orderId)
      .executeUpdate<PlaceOrderResult, []>(PLACE_ORDER_UPDATE, { updateId: orderId }),
  );
}

/**
 * Asks while the key is held and no longer. An attempt that slept and was overtaken must start nothing, because the other
 * one may have found that there is no such order, and refused it.
 */
async function decisionOf(
  { dependencies: { environment, temporal }, idempotency }: Placement,
  ask: () => Promise<PlaceOrderResult>,
): Promise<Decision> {
  const timeoutMs = Math.min(environment.CONFIRMATION_DEADLINE_MS, idempotency.heldForMs());
  if (timeoutMs <= 0) return 'no_answer';
  try {
    return await temporal.withDeadline(Date.now() + timeoutMs, ask);
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure === null) throw error;
    return failure;
  }
}

/** The answer to a decision; where Temporal could not tell, the recorded order does. */
async function settle(placement: Placement, decision: Decision): Promise<Answer> {
  const { orderId, principalId, dependencies } = placement;
  const { fingerprint } = placement.idempotency;
  if (typeof decision === 'object') {
    if (decision.fingerprint !== fingerprint) throw keyReused();
    if (decision.outcome === 'refused') return refused(placement, decision);
    if (decision.rejection !== null) return rejected(placement, decision.rejection);
  }
  const found = await dependencies.repositories.orderReads.find(orderId);
  if (found === null) throw notRecorded(placement, decision);
  if (found.fingerprint !== fingerprint || found.principalId !== principalId) throw keyReused();
  if (found.view.rejection !== null) return rejected(placement, found.view.rejection);
  return placed(placement, found);
}

/** Statuses in which it is not yet decided whether the order will be. */
const UNDECIDED: readonly OrderStatus[] = ['placed', 'reserved', 'in_review', 'authorized'];

function placed({ dependencies, count }: Placement, { view }: OrderWithFingerprint): Answer {
  const isPending = UNDECIDED.includes(view.status);
  const wasCancelled = view.status === 'cancelling' || view.status === 'cancelled';
  count(isPending ? 'pending' : wasCancelled ? 'cancelled' : 'confirmed');
  return {
    httpStatus: isPending ? 202 : 201,
    headers: { location: orderPath(view.id), etag: orderEtag(view.version) },
    body: toOrderAnswer(view, dependencies.environment),
    // A repetition of a request that is not decided yet should be told how it was decided.
    keep: !isPending,
  };
}

/** What each rejection counts as. */
const REJECTIONS = {
  OUT_OF_STOCK: 'out_of_stock',
  PAYMENT_DECLINED: 'payment_declined',
  FRAUD_REFUSED: 'fraud_refused',
} as const satisfies Record<Rejection['code'], PlacementOutcome>;

/** A rejected order exists, so its answer is kept, although it is a problem document. */
function rejected({ orderId, requestId, count }: Placement, rejection: Rejection): Answer {
  count(REJECTIONS[rejection.code]);
  const { code, message, lines, declineReason } = rejection;
  const extensions = {
    orderId,
    ...(lines ? { lines } : {}),
    ...(declineReason === undefined ? {} : { declineReason }),
  };
  return problemAnswer(new CatalogueError(code, message, { extensions }), requestId);
}

/** An earlier attempt may have come past the door, and now there will be no order that has the ticket. */
async function refused(placement: Placement, refusal: PlaceOrderRefusal): Promise<Answer> {
  const { orderId, requestId, dependencies, count } = placement;
  await dependencies.repositories.waitingRooms.release(orderId);
  const outcome = REFUSALS[refusal.code];
  if (outcome != null) count(outcome);
  const { code, message, fieldErrors, extensions } = refusal;
  return problemAnswer(new CatalogueError(code, message, { fieldErrors, extensions }), requestId);
}

function notRecorded({ orderId, count }: Placement, decision: Decision): CatalogueError {
  if (decision === 'no_answer') {
    count('unavailable');
    return unavailable(
      'The order could not be decided in time. Send it again with the same Idempotency-Key.',
    );
  }
  return new CatalogueError(
    'INVARIANT_VIOLATED',
    decision === 'closed'
      ? `The workflow of ${orderId} ended without recording the order`
      : `The workflow of ${orderId} says ${decision.outcome} and there is no such order`,
  );
}
