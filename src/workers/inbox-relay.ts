/**
 * Moves webhooks from the inbox to the workflows of their orders.
 *
 * Owns: when a stored webhook is tried, and how it ends: delivered, not needed, or dead.
 * Does not own: what the order makes of it (its workflow sorts out repeated, late and early messages).
 */
import type {
  InboxMessage,
  InboxRepository,
  LeasedMessage,
} from '../../db/repositories/messages.repository.ts';
import type { OrderReads } from '../../db/repositories/order-reads.repository.ts';
import type { Logger } from '../config/logger.ts';
import { isTerminal } from '../domain/orders/order-status.ts';
import {
  PoisonMessageError,
  readInboxMessage,
  type InboxReading,
  type OrderSignal,
} from './inbox-payload.ts';
import { REFUND_FAILED_SIGNAL } from '../workflows/orders/process-order.contract.ts';
import type { OrderAmender, OrderSignaller } from './inbox-signaller.ts';
import type { RelayMetrics } from './relay-metrics.ts';

const HOUR_MS = 60 * 60 * 1000;
/** A webhook about an order that nobody knows, or that no workflow handles, is kept trying for this long. */
const GIVE_UP_AFTER_MS = 24 * HOUR_MS;
/** …and for at least this many attempts, so that a clock that jumps ahead gives nothing up. */
const GIVE_UP_AFTER_ATTEMPTS = 12;
const FIRST_RETRY_MS = 1000;
const CONCURRENT_ORDERS = 8;

export interface InboxRelayOptions {
  readonly inbox: InboxRepository;
  readonly orders: Pick<OrderReads, 'find'>;
  readonly signalOrder: OrderSignaller;
  /** For what is still news after an order has ended. */
  readonly amendOrder: OrderAmender;
  readonly logger: Logger;
  readonly metrics: Pick<RelayMetrics, 'inboxMessages'>;
  /** After this long a message that a crashed relay held is tried by another; milliseconds. @default 15 000 */
  readonly leaseMs?: number;
  /** @default 100 */
  readonly limit?: number;
}

/** Temporal did not take a signal. */
export class SignalFailedError extends Error {
  override readonly name = 'SignalFailedError';
}

/**
 * One round: lease → signal → settle, orders side by side and the messages of an order one after another. A crash between
 * signal and settle repeats the signal, which the workflow ignores by its message id. Safe to run in several processes.
 *
 * @returns a round for the polling loop; it rejects with SignalFailedError or DatabaseUnavailableError
 */
export function createInboxRelay(
  options: InboxRelayOptions,
): (signal: AbortSignal) => Promise<'again' | 'idle'> {
  const leaseMs = options.leaseMs ?? 15_000;
  const limit = options.limit ?? 100;

  return async (stopping) => {
    const messages = await options.inbox.lease({ leaseMs, limit });
    const waitingOrders = [...Map.groupBy(messages, (message) => message.orderId).values()];
    let outage: unknown;

    const work = async (): Promise<void> => {
      for (let next = waitingOrders.shift(); next; next = waitingOrders.shift()) {
        for (const message of next) {
          if (outage !== undefined || stopping.aborted) {
            await giveBack(options, message, 'not tried: Temporal was away, or the relay was stopped');
          } else {
            outage = (await deliver(options, message)) ?? outage;
          }
        }
      }
    };
    // All of them come to their end before the round does, also when the database fails one.
    const ends = await Promise.allSettled(Array.from({ length: CONCURRENT_ORDERS }, work));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    if (outage !== undefined)
      throw new SignalFailedError('Temporal did not take a signal', { cause: outage });
    return messages.length >= limit ? 'again' : 'idle';
  };
}

/** @returns the error of Temporal when it could not be reached */
async function deliver(options: InboxRelayOptions, message: LeasedMessage): Promise<unknown> {
  let reading: InboxReading;
  try {
    reading = readInboxMessage(message);
  } catch (error) {
    if (!(error instanceof PoisonMessageError)) throw error;
    await settle(options, message, 'dead', error.message);
    return undefined;
  }
  if (reading.kind === 'nothing_to_say') {
    await settle(options, message, 'not_needed', reading.reason);
    return undefined;
  }
  const { signal } = reading;
  const isTold = await tell(options, message, () => options.signalOrder(message.orderId, signal));
  if (!isTold.taken) return isTold.error;
  if (isTold.answer === 'delivered') await settle(options, message, 'delivered');
  else return handleWithoutWorkflow(options, message, signal);
  return undefined;
}

/** Gives the message back when Temporal cannot be reached. */
async function tell<Answer>(
  options: InboxRelayOptions,
  message: LeasedMessage,
  send: () => Promise<Answer>,
): Promise<
  { readonly taken: true; readonly answer: Answer } | { readonly taken: false; readonly error: unknown }
> {
  try {
    return { taken: true, answer: await send() };
  } catch (error) {
    await giveBack(options, message, `Temporal did not take the signal: ${String(error)}`);
    return { taken: false, error };
  }
}

/**
 * The order may have ended, may not have been written yet, or may have lost its workflow.
 * @returns the error of Temporal when it could not be reached
 */
async function handleWithoutWorkflow(
  options: InboxRelayOptions,
  message: LeasedMessage,
  signal: OrderSignal,
): Promise<unknown> {
  const order = await options.orders.find(message.orderId);
  if (order && isTerminal(order.view.status)) {
    if (signal.name !== REFUND_FAILED_SIGNAL) {
      await settle(options, message, 'not_needed', `the order has ended: ${order.view.status}`);
      return undefined;
    }
    // Money that came back is news however long ago the order ended.
    const isTold = await tell(options, message, () => options.amendOrder(message.orderId, signal));
    if (!isTold.taken) return isTold.error;
    await settle(options, message, 'delivered');
    return undefined;
  }
  const reason = order
    ? `no workflow is open for the order, which is ${order.view.status}`
    : 'the order is not known';
  const ageMs = Date.now() - Date.parse(message.receivedAt);
  if (ageMs > GIVE_UP_AFTER_MS && message.attempts >= GIVE_UP_AFTER_ATTEMPTS) {
    await settle(options, message, 'dead', `given up after a day: ${reason}`);
    return undefined;
  }
  const delayMs = Math.min(HOUR_MS, FIRST_RETRY_MS * 2 ** Math.min(message.attempts, 20));
  options.logger.warn({ ...idsOf(message), attempts: message.attempts, delayMs, reason }, 'webhook waits');
  options.metrics.inboxMessages.inc({ provider: message.provider, outcome: 'retried' });
  await options.inbox.retryLater({
    provider: message.provider,
    messageId: message.messageId,
    receivedAt: message.receivedAt,
    error: reason,
    delayMs,
  });
  return undefined;
}

async function giveBack(options: InboxRelayOptions, message: LeasedMessage, error: string): Promise<void> {
  options.metrics.inboxMessages.inc({ provider: message.provider, outcome: 'retried' });
  await options.inbox.retryLater({
    provider: message.provider,
    messageId: message.messageId,
    receivedAt: message.receivedAt,
    error,
    delayMs: FIRST_RETRY_MS,
  });
}

async function settle(
  options: InboxRelayOptions,
  message: LeasedMessage,
  state: 'delivered' | 'not_needed' | 'dead',
  reason?: string,
): Promise<void> {
  await options.inbox.settle({
    provider: message.provider,
    messageId: message.messageId,
    receivedAt: message.receivedAt,
    state,
    error: reason,
  });
  options.metrics.inboxMessages.inc({ provider: message.provider, outcome: state });
  const fields = { ...idsOf(message), reason };
  if (state === 'dead') options.logger.error(fields, 'webhook cannot be delivered and needs a person');
  else options.logger.debug(fields, `webhook ${state}`);
}

function idsOf(message: InboxMessage) {
  return { orderId: message.orderId, provider: message.provider, messageId: message.messageId };
}
