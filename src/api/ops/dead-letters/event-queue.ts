import type { DeadLetterQueuePort } from '../../../adapters/events/dead-letter-queue.port.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { unavailable } from '../../http/errors.ts';

/** @throws CatalogueError UNAVAILABLE when the queue is not known here, or while `ask` cannot reach it */
export async function askQueue<Result>(
  { eventDeadLetters }: ApiDependencies,
  ask: (queue: DeadLetterQueuePort) => Promise<Result>,
): Promise<Result> {
  if (eventDeadLetters === null)
    throw unavailable(
      'This service is not told of the queues: set EVENTS_QUEUE_URL and EVENTS_DEAD_LETTER_QUEUE_URL.',
    );
  try {
    return await ask(eventDeadLetters);
  } catch (error) {
    throw unavailable('The queue of dead letters cannot be reached at the moment.', error);
  }
}
