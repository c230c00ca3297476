import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { ProjectionOutcome } from '../../db/repositories/messages.repository.ts';
import { sampleEvent } from '../../tests/support/sample-events.ts';
import { serializeEvent } from '../adapters/events/event-schema.ts';
import type { ReceivedMessage } from '../adapters/events/event-source.port.ts';
import { DatabaseUnavailableError, InvariantViolatedError } from '../domain/database-errors.ts';
import { createProjectionsConsumer } from './projections-consumer.ts';
import { createProjectionsMetrics } from './projections-metrics.ts';

type Outcome = ProjectionOutcome | Error;

function messageOf(orderId: string, sequence: number, more: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const event = sampleEvent('commerce.order.cancelled.v1', orderId, sequence);
  const body = serializeEvent(event);
  return { messageId: event.id, receiptHandle: event.id, groupId: orderId, receiveCount: 1, body, ...more };
}

/** A consumer over batches of a queue, with what the read model answers for each event. */
function consumerOf(batches: (readonly ReceivedMessage[])[], outcomes: Readonly<Record<string, Outcome>>) {
  const seen = {
    received: 0,
    pings: 0,
    applied: [] as string[],
    removed: [] as string[],
    released: [] as [string, number][],
  };
  let databaseAnswers = true;
  const round = createProjectionsConsumer({
    source: {
      receive: async () => {
        seen.received += 1;
        return batches.shift() ?? [];
      },
      remove: async (messages) => {
        seen.removed.push(...messages.map(({ messageId }) => messageId));
        return [];
      },
      release: async (messages) => {
        seen.released.push(
          ...messages.map(({ message, delaySeconds }): [string, number] => [message.messageId, delaySeconds]),
        );
      },
      close: () => undefined,
    },
    projections: {
      apply: async (events) => {
        const answers = events.map(({ id }) => [id, outcomes[id] ?? 'applied'] as const);
        for (const [, outcome] of answers) if (outcome instanceof Error) throw outcome;
        seen.applied.push(...events.map(({ id }) => id));
        return new Map(
          answers.filter(
            (answer): answer is readonly [string, ProjectionOutcome] => !(answer[1] instanceof Error),
          ),
        );
      },
    },
    pingDatabase: async () => {
      seen.pings += 1;
      if (!databaseAnswers) throw new DatabaseUnavailableError('ping', 'ECONNREFUSED');
    },
    logger: pino({ level: 'silent' }),
    metrics: createProjectionsMetrics(new Registry()),
  });
  return {
    seen,
    run: () => round(new AbortController().signal),
    setDatabaseAnswers: (answers: boolean) => (databaseAnswers = answers),
  };
}

describe('a round of the projections consumer', () => {
  test('removes what was applied and what was known already', async () => {
    const batch = [messageOf('ord_a', 1), messageOf('ord_b', 1), messageOf('ord_a', 2)];
    const { run, seen } = consumerOf([batch], { 'ord_b-1': 'repeated' });
    await run();
    expect(seen.removed.sort()).toEqual(['ord_a-1', 'ord_a-2', 'ord_b-1']);
    expect(seen.released).toEqual([]);
  });

  test.each([
    ['is a gap', 'gap', 1],
    ['breaks a rule of the database', new InvariantViolatedError('projections.apply', 'a check'), 1],
  ] as const)(
    'an event that %s stays with the later ones of its order only',
    async (_name, outcome, delay) => {
      const batch = [
        messageOf('ord_a', 1),
        messageOf('ord_a', 3),
        messageOf('ord_b', 1),
        messageOf('ord_a', 4),
      ];
      const { run, seen } = consumerOf([batch], { 'ord_a-3': outcome });
      await run();
      expect(seen.removed.sort()).toEqual(['ord_a-1', 'ord_b-1']);
      expect(seen.released).toEqual([
        ['ord_a-3', delay],
        ['ord_a-4', delay],
      ]);
    },
  );

  test('what is no event stays with the later ones of its group', async () => {
    const batch = [messageOf('ord_a', 1, { body: '{}' }), messageOf('ord_a', 2), messageOf('ord_b', 1)];
    const { run, seen } = consumerOf([batch], {});
    await run();
    expect(seen.applied).toEqual(['ord_b-1']);
    expect(seen.removed).toEqual(['ord_b-1']);
    expect(seen.released.map(([messageId]) => messageId)).toEqual(['ord_a-1', 'ord_a-2']);
  });

  test.each([
    [1, 1],
    [3, 4],
    [40, 60],
  ])('a gap delivered for the %i. time waits %i s', async (receiveCount, delaySeconds) => {
    const { run, seen } = consumerOf([[messageOf('ord_a', 2, { receiveCount })]], { 'ord_a-2': 'gap' });
    await run();
    expect(seen.released).toEqual([['ord_a-2', delaySeconds]]);
  });

  test('receives nothing while the database is away, so that no delivery is counted in vain', async () => {
    const away = new DatabaseUnavailableError('projections.apply', '57P01');
    const batches = [[messageOf('ord_a', 1), messageOf('ord_a', 2)], [messageOf('ord_b', 1)]];
    const { run, seen, setDatabaseAnswers } = consumerOf(batches, { 'ord_a-1': away });
    await expect(run()).rejects.toBe(away);
    expect(seen.released).toEqual([
      ['ord_a-1', 1],
      ['ord_a-2', 1],
    ]);

    setDatabaseAnswers(false);
    await expect(run()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(run()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(seen.received).toBe(1);

    setDatabaseAnswers(true);
    await run();
    await run();
    expect(seen.removed).toEqual(['ord_b-1']);
    expect(seen).toMatchObject({ received: 3, pings: 3 });
  });
});
