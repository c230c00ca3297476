/**
 * What operators do to an order, by the workflow that is open for it: its own, or one that amends it afterwards. The order's rows
 * were looked at before; here is decided by what the workflow is doing at this moment.
 */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import type { NotifyCustomerInput } from '../../activities/notifications/notify-customer.activity.ts';
import { ACTION_NAMES, type ActionName, type ActionRefusal } from '../../domain/operations/actions.ts';
import { Mutex } from '../shared/mutex.ts';
import type { Steps } from '../shared/steps.ts';
import {
  OPERATE_ORDER_UPDATE,
  type OperateOrderInput,
  type OperateOrderResult,
  type OrderOperation,
} from './operate-order.contract.ts';
import type { OrderRun } from './order-run.ts';

/** Mails the customer beside everything else. */
export type SendMail = (
  template: NotifyCustomerInput['template'],
  subjectId: string,
  resent?: Pick<NotifyCustomerInput, 'resendId'>,
) => void;

export interface OperationContext {
  readonly orderId: string;
  readonly steps: Steps;
  readonly mail: SendMail;
  /** The order's own story; null when it has been told to the end. */
  readonly story: OrderRun | null;
  /** Called for each request that is taken. */
  readonly onRequest?: () => void;
}

type Operation<Action extends ActionName> = Extract<OrderOperation, { readonly action: Action }>;

const operateOrder = defineUpdate<OperateOrderResult, [OperateOrderInput]>(OPERATE_ORDER_UPDATE);
const RECORD = { attention: 'RECORD_UNRESOLVED' } as const;

/** Takes operators' actions, one after the other. A repetition has the same update id and gets the first answer. */
export function takeOperations(context: OperationContext): void {
  const mutex = new Mutex();
  setHandler(
    operateOrder,
    (request) => {
      context.onRequest?.();
      return mutex.run(() => CancellationScope.nonCancellable(() => operate(context, request)));
    },
    { validator: refuseMalformedOperation },
  );
}

function operate(context: OperationContext, request: OperateOrderInput): Promise<OperateOrderResult> {
  const { operation } = request;
  switch (operation.action) {
    case 'retry_now':
      return Promise.resolve(retryNow(context));
    case 'skip_step':
      return Promise.resolve(skipMail(context));
    case 'resolve_outcome':
      return resolveOutcome(context, request, operation);
    case 'resend_notification':
      context.mail(operation.template, operation.subjectId, { resendId: request.actionId });
      return Promise.resolve(done(`The mail "${operation.template}" goes out once more.`));
    case 'hold':
    case 'release':
    case 'change_address':
    case 'reroute':
      return context.story === null
        ? Promise.resolve(refused('run_closed'))
        : changeStory(context.story, request, operation);
  }
}

function retryNow({ steps }: OperationContext): OperateOrderResult {
  const count = steps.tryNow();
  return count === 0 ? refused('nothing_waits') : done(`Tried at once: ${count}.`);
}

function skipMail({ steps }: OperationContext): OperateOrderResult {
  return steps.skip() === 0 ? refused('no_mail_waits') : done('The mail that could not be sent is given up.');
}

/** The step that waits for the operation takes it from there; what the provider itself says goes before. */
async function resolveOutcome(
  { orderId, steps }: OperationContext,
  { actionId, actor }: OperateOrderInput,
  { operationKey, outcome, providerReference, evidence }: Operation<'resolve_outcome'>,
): Promise<OperateOrderResult> {
  if (!steps.isWaitingFor(operationKey)) return refused('not_unknown');
  const said = { actionId, orderId, operationKey, outcome, providerReference, evidence, actor };
  const recorded = await steps.run((activities) => activities.resolveOutcome(said), {
    ...RECORD,
    summary: `An operator says what became of ${operationKey}`,
  });
  if (recorded === 'settled_already') return refused('settled_already');
  steps.tryNow(operationKey);
  return done(
    `It is recorded that the operation ${outcome === 'succeeded' ? 'succeeded' : 'never happened'}.`,
  );
}

async function changeStory(
  order: OrderRun,
  { requestId }: OperateOrderInput,
  operation: Operation<'hold' | 'release' | 'change_address' | 'reroute'>,
): Promise<OperateOrderResult> {
  if (!order.isKnown) await condition(() => order.isKnown);
  switch (operation.action) {
    case 'hold':
      return hold(order);
    case 'release':
      if (!order.isHeld) return refused('not_held');
      order.isHeld = false;
      return done('The order goes on.');
    case 'change_address':
      return changeAddress(order, operation);
    case 'reroute':
      return reroute(order, operation, requestId);
  }
}

function hold(order: OrderRun): OperateOrderResult {
  if (order.isHeld) return refused('held_already');
  if (order.isGivenUp || order.hasDone('payment') || order.hasDone('capture'))
    return refused('too_late_to_hold');
  order.isHeld = true;
  return done('No further step of the order begins until it is released.');
}

async function changeAddress(
  order: OrderRun,
  { shipTo }: Operation<'change_address'>,
): Promise<OperateOrderResult> {
  const { orderId } = order.input;
  const tooLate = isTooLateForLabel(order);
  if (tooLate !== null) return refused(tooLate);
  const isChanged = await order.change(() =>
    order.steps.run((activities) => activities.changeAddress({ orderId, shipTo }), {
      ...RECORD,
      summary: 'An operator changes the address',
    }),
  );
  if (!isChanged) return refused('address_erased');
  return done(correct(order) ? 'The parcels are booked anew.' : 'The label will have the new address.');
}

async function reroute(
  order: OrderRun,
  { locationId }: Operation<'reroute'>,
  requestId: string,
): Promise<OperateOrderResult> {
  const tooLate = isTooLateForLabel(order);
  if (tooLate !== null) return refused(tooLate);
  const input = { ...order.reference(requestId), locationId };
  const outcome = await order.change(() =>
    order.steps.run((activities) => activities.rerouteOrder(input), {
      ...RECORD,
      summary: `An operator sends the order from ${locationId}`,
    }),
  );
  order.stands(outcome);
  if (outcome.kind !== 'rerouted') return refused(outcome.kind === 'status' ? 'status' : 'out_of_stock');
  const held = `Everything is held at ${locationId}.`;
  return done(correct(order) ? `${held} The parcel is booked anew.` : held);
}

/** @returns whether the order had waited for it, and books its parcels anew */
function correct(order: OrderRun): boolean {
  const hadWaited = order.booking.isRefused;
  order.booking.isRefused = false;
  return hadWaited;
}

/** From the moment that the carrier is asked for a label until that is given back, address and location are what it was asked with. */
function isTooLateForLabel(order: OrderRun): ActionRefusal | null {
  if (order.isGivenUp) return 'status';
  return order.saga.has('parcels') || order.hasDone('fulfil') ? 'booking_begun' : null;
}

function done(detail: string): OperateOrderResult {
  return { kind: 'done', detail };
}

function refused(why: ActionRefusal): OperateOrderResult {
  return { kind: 'refused', why };
}

/** Synchronous, as the SDK ignores what an asynchronous validator says. @throws ApplicationFailure when malformed */
export function refuseMalformedOperation({ actionId, operation }: OperateOrderInput): void {
  const problem = !actionId.startsWith('act_')
    ? 'actionId must begin with act_'
    : !ACTION_NAMES.includes(operation.action)
      ? 'the action is not known'
      : operation.action === 'resolve_outcome' &&
        (operation.outcome === 'succeeded') !== (operation.providerReference !== null) &&
        'an operation that succeeded has a reference of the provider, and no other has';
  if (problem !== false) throw ApplicationFailure.nonRetryable(problem, 'INVALID_REQUEST');
}
