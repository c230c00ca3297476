/**
 * Keeps the read model from the queue, and from nothing else.
 *
 * Owns: which messages are taken off the queue and which stay.
 * Does not own: what an event means for the read model (the repository's one statement decides and dedupes).
 */
import type { ProjectionRepository } from '../../db/repositories/messages.repository.ts';
import { InvalidEventError, parseEvent } from '../adapters/events/event-schema.ts';
import type { EventSourcePort, ReceivedMessage } from '../adapters/events/event-source.port.ts';
import type { Logger } from '../config/logger.ts';
import { DatabaseUnavailableError } from '../domain/database-errors.ts';
import type { ProjectionsMetrics } from './projections-metrics.ts';

/** Trying a poison message again soon costs little, and its order waits until the queue has put it aside. */
const POISON_RETRY_SECONDS = 1;
const MAX_GAP_RETRY_SECONDS = 60;
const OUTAGE_RETRY_SECONDS = 1;

export interface ProjectionsConsumerOptions {
  readonly source: EventSourcePort;
  readonly projections: Pick<ProjectionRepository, 'apply'>;
  /** Resolves when the database answers. */
  readonly pingDatabase: () => Promise<void>;
  readonly logger: Logger;
  readonly metrics: ProjectionsMetrics;
}

interface KeptMessage {
  readonly message: ReceivedMessage;
  readonly delaySeconds: number;
}

interface GroupOutcome {
  readonly done: readonly ReceivedMessage[];
  readonly kept: readonly KeptMessage[];
  readonly databaseError?: DatabaseUnavailableError;
}

type MessageOutcome =
  | { readonly kind: 'applied' | 'repeated' }
  | { readonly kind: 'gap' | 'poison'; readonly delaySeconds: number }
  | { readonly kind: 'failed'; readonly delaySeconds: number; readonly error: DatabaseUnavailableError };

/**
 * One round: receive → apply → remove. Groups are worked on side by side, the messages of a group in order; after one that
 * cannot be applied, the later ones of its group stay on the queue as well. A message that can never be applied is delivered
 * again until the queue's redrive policy moves it to the dead-letter queue. A crash anywhere leads to a second
 * delivery, which the read model knows by the event's id. Safe to run in several processes.
 *
 * @returns a round for the polling loop; it rejects when the queue or the database is away
 */
export function createProjectionsConsumer(
  options: ProjectionsConsumerOptions,
): (signal: AbortSignal) => Promise<'again'> {
  const { source, projections, logger, metrics } = options;
  let databaseWasAway = false;

  const applyMessage = async (message: ReceivedMessage): Promise<MessageOutcome> => {
    const ids = {
      messageId: message.messageId,
      orderId: message.groupId,
      receiveCount: message.receiveCount,
    };
    try {
      const event = parseEvent(message.body);
      const outcome = await projections.apply(event);
      if (outcome !== 'gap') return { kind: outcome };
      const delaySeconds = Math.min(MAX_GAP_RETRY_SECONDS, 2 ** (message.receiveCount - 1));
      logger.warn({ ...ids, eventId: event.id, delaySeconds }, 'an earlier event of the order is missing');
      return { kind: 'gap', delaySeconds };
    } catch (error) {
      if (error instanceof DatabaseUnavailableError)
        return { kind: 'failed', delaySeconds: OUTAGE_RETRY_SECONDS, error };
      const reason = error instanceof InvalidEventError ? error.message : undefined;
      logger.error(
        { ...ids, reason, ...(reason === undefined ? { err: error } : {}) },
        'an event cannot be applied',
      );
      return { kind: 'poison', delaySeconds: POISON_RETRY_SECONDS };
    }
  };

  const applyGroup = async (messages: readonly ReceivedMessage[]): Promise<GroupOutcome> => {
    const done: ReceivedMessage[] = [];
    for (const [index, message] of messages.entries()) {
      const outcome = await applyMessage(message);
      metrics.events.inc({ outcome: outcome.kind });
      if ('delaySeconds' in outcome) {
        const { delaySeconds } = outcome;
        const kept = messages.slice(index).map((later) => ({ message: later, delaySeconds }));
        return outcome.kind === 'failed' ? { done, kept, databaseError: outcome.error } : { done, kept };
      }
      done.push(message);
    }
    return { done, kept: [] };
  };

  return async (signal) => {
    // Each delivery counts towards the dead-letter queue, so nothing is received while it could not be applied.
    if (databaseWasAway) await options.pingDatabase();
    databaseWasAway = false;

    const messages = await source.receive(signal);
    const groups = Map.groupBy(messages, (message) => message.groupId);
    const outcomes = await Promise.all([...groups.values()].map(applyGroup));

    const notRemoved = await source.remove(outcomes.flatMap((outcome) => outcome.done));
    if (notRemoved.length > 0) {
      logger.warn({ count: notRemoved.length }, 'messages could not be removed and will be delivered again');
    }
    await source.release(outcomes.flatMap((outcome) => outcome.kept));

    const databaseError = outcomes.find((outcome) => outcome.databaseError)?.databaseError;
    if (databaseError) {
      databaseWasAway = true;
      throw databaseError;
    }
    return 'again';
  };
}
