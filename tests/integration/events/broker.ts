/** Topics and queues for one test, and what a subscriber of ours sees. */
import { randomBytes } from 'node:crypto';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { ensureTopology } from '../../../embedded/aws/topology.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import { serializeEvent } from '../../../src/adapters/events/event-schema.ts';
import type { OrderEvent } from '../../../src/domain/events/event.ts';

const REGION = 'eu-west-1';
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

export interface TestTopology {
  /** For our processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly queue: TestQueue;
  readonly deadLetterQueue: TestQueue;
  close(): void;
}

export interface TestQueue {
  readonly url: string;
  /** Takes messages off the queue until the condition holds for all that were taken so far. */
  takeUntil(enough: (bodies: readonly string[]) => boolean, timeoutMs?: number): Promise<readonly string[]>;
  /** Adds a message as SNS would, with a deduplication id of its own. */
  send(groupId: string, body: string | OrderEvent): Promise<void>;
  set(attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Messages on the queue, those that a consumer holds included. */
  size(): Promise<number>;
}

/** A topic, a queue and a dead-letter queue that nobody else uses. */
export async function createTopology(endpoint: string): Promise<TestTopology> {
  const suffix = randomBytes(4).toString('hex');
  const connection = { AWS_REGION: REGION, AWS_ENDPOINT_URL: endpoint, ...CREDENTIALS };
  const topology = await ensureTopology(connection, {
    topic: `events-${suffix}.fifo`,
    queue: `projections-${suffix}.fifo`,
    deadLetterQueue: `projections-dlq-${suffix}.fifo`,
  });
  const client = new SQSClient({
    region: REGION,
    endpoint,
    credentials: {
      accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    },
  });
  return {
    env: { ...connection, ...topology },
    queue: queueAt(client, topology.EVENTS_QUEUE_URL),
    deadLetterQueue: queueAt(client, topology.EVENTS_DEAD_LETTER_QUEUE_URL),
    close: () => client.destroy(),
  };
}

function queueAt(client: SQSClient, url: string): TestQueue {
  const take = async (): Promise<readonly Message[]> => {
    const { Messages: messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    if (messages.length > 0) {
      await client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: url,
          Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    }
    return messages;
  };
  return {
    url,
    takeUntil: async (enough, timeoutMs = 60_000) => {
      const bodies: string[] = [];
      const isEnough = async (): Promise<boolean> => {
        bodies.push(...(await take()).map(({ Body }) => Body ?? ''));
        return enough(bodies);
      };
      await waitFor(isEnough, { timeoutMs, intervalMs: 1, what: `messages on ${url}` }).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}; ${bodies.length} came`);
        },
      );
      return bodies;
    },
    send: async (groupId, body) => {
      await client.send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageGroupId: groupId,
          MessageDeduplicationId: randomBytes(8).toString('hex'),
          MessageBody: typeof body === 'string' ? body : serializeEvent(body),
        }),
      );
    },
    set: async (attributes) => {
      await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { ...attributes } }));
    },
    size: async () => {
      const { Attributes: counts = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return Object.values(counts).reduce((sum, count) => sum + Number(count), 0);
    },
  };
}
