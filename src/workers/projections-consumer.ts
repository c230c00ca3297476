/**
 * Keeps the read model from the queue, and from nothing else.
 *
 * Owns: which messages are taken off the queue and which stay.
 * Does not own: what an event means for the read model (the repository decides and dedupes).
 */
import type { ProjectionOutcome, ProjectionRepository } from '../../db/repositories/messages.repository.ts';
import { InvalidEventError, parseEvent } from '../adapters/events/event-schema.ts';
import type { EventSourcePort, ReceivedMessage } from '../adapters/events/event-source.port.ts';
import type { Logger } from '../config/logger.ts';
import { DatabaseUnavailableError } from '../domain/database-errors.ts';
import type { OrderEvent } from '../domain/events/event.ts';
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

interface ParsedMessage {
  readonly message: ReceivedMessage;
  readonly event: OrderEvent;
}

/** What became of an event, or why nothing did. */
type Applied = ProjectionOutcome | Error;

/** Its messages with their events, up to the first that is none. */
function readGroup(messages: readonly ReceivedMessage[]): (readonly [ReceivedMessage, OrderEvent | Error])[] {
  const readings: (readonly [ReceivedMessage, OrderEvent | Error])[] = [];
  for (const message of messages) {
    try {
      readings.push([message, parseEvent(message.body)]);
    } catch (error) {
      readings.push([message, error as Error]);
      break;
    }
  }
  return readings;
}

/**
 * One round: receive → apply → remove. All messages are applied together, those of a group in order; after one that
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

  /** All at once; one after another where that fails, so that one that can never be applied stands only in its own way. */
  const applyAll = async (parsed: readonly ParsedMessage[]): Promise<ReadonlyMap<string, Applied>> => {
    if (parsed.length === 0) return new Map();
    try {
      return await projections.apply(parsed.map(({ event }) => event));
    } catch (error) {
      if (error instanceof DatabaseUnavailableError || parsed.length === 1)
        return new Map(parsed.map(({ event }) => [event.id, error as Error]));
    }
    const outcomes = new Map<string, Applied>();
    for (const ofGroup of Map.groupBy(parsed, ({ message }) => message.groupId).values()) {
      for (const one of ofGroup) {
        const outcome = (await applyAll([one])).get(one.event.id) ?? 'gap';
        outcomes.set(one.event.id, outcome);
        if (outcome instanceof Error) break;
      }
    }
    return outcomes;
  };

  const outcomeOf = (message: ReceivedMessage, applied: Applied): MessageOutcome => {
    if (applied instanceof DatabaseUnavailableError)
      return { kind: 'failed', delaySeconds: OUTAGE_RETRY_SECONDS, error: applied };
    const ids = { messageId: message.messageId, orderId: message.groupId };
    if (applied instanceof Error) {
      const reason = applied instanceof InvalidEventError ? applied.message : undefined;
      logger.error(
        {
          ...ids,
          receiveCount: message.receiveCount,
          reason,
          ...(reason === undefined ? { err: applied } : {}),
        },
        'an event cannot be applied',
      );
      return { kind: 'poison', delaySeconds: POISON_RETRY_SECONDS };
    }
    if (applied !== 'gap') return { kind: applied };
    const delaySeconds = Math.min(MAX_GAP_RETRY_SECONDS, 2 ** (message.receiveCount - 1));
    logger.warn({ ...ids, delaySeconds }, 'an earlier event of the order is missing');
    return { kind: 'gap', delaySeconds };
  };

  /** After one that was not applied, the later ones of the group stay as well. */
  const endGroup = (
    messages: readonly ReceivedMessage[],
    appliedTo: (message: ReceivedMessage) => Applied,
  ): GroupOutcome => {
    const done: ReceivedMessage[] = [];
    for (const [index, message] of messages.entries()) {
      const outcome = outcomeOf(message, appliedTo(message));
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
    const groups = [...Map.groupBy(messages, (message) => message.groupId).values()];
    const readings = new Map(groups.flatMap(readGroup));
    const parsed = [...readings].flatMap(([message, reading]) =>
      reading instanceof Error ? [] : [{ message, event: reading }],
    );
    const applied = await applyAll(parsed);
    const outcomes = groups.map((group) =>
      endGroup(group, (message) => {
        const reading = readings.get(message);
        return reading instanceof Error ? reading : (applied.get(reading?.id ?? '') ?? 'gap');
      }),
    );

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
