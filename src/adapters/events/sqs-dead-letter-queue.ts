import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { awsClientOptions, type AwsEndpoint } from './aws-client-options.ts';
import type { DeadLetter, DeadLetterQueuePort } from './dead-letter-queue.port.ts';
import { InvalidEventError, parseEvent } from './event-schema.ts';

/** A receive gives no more than this. */
const MAX_MESSAGES = 10;
/** How long nobody else sees a message that is looked at or moved, should this process be killed meanwhile. */
const HELD_SECONDS = 20;
const CALL_TIMEOUT_MS = 3_000;
/** One call of `list` or `redrive` begins nothing new after this, so that it ends within a request. */
const BUDGET_MS = 4_000;

export interface SqsDeadLetterQueueOptions extends AwsEndpoint {
  /** The queue that messages came from and go back to. */
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

interface HeldMessage {
  readonly id: string;
  readonly receiptHandle: string;
  readonly orderId: string;
  readonly message: Message;
}

export function createSqsDeadLetterQueue(options: SqsDeadLetterQueueOptions): DeadLetterQueuePort {
  const client = new SQSClient(awsClientOptions(options, CALL_TIMEOUT_MS));
  const { queueUrl, deadLetterQueueUrl } = options;

  /** Hands out messages one after the other until there are no more, enough were taken, or time is up. */
  async function* receive(limit: number): AsyncGenerator<HeldMessage> {
    const endsAt = performance.now() + BUDGET_MS;
    for (let received = 0; received < limit && performance.now() < endsAt;) {
      const { Messages: messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: deadLetterQueueUrl,
          MaxNumberOfMessages: Math.min(MAX_MESSAGES, limit - received),
          VisibilityTimeout: HELD_SECONDS,
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['MessageGroupId', 'SentTimestamp'],
          MessageAttributeNames: ['All'],
        }),
      );
      if (messages.length === 0) return;
      received += messages.length;
      yield* messages.map(toHeldMessage);
    }
  }

  const letGo = async (held: readonly HeldMessage[]): Promise<void> => {
    for (let first = 0; first < held.length; first += MAX_MESSAGES) {
      await client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: deadLetterQueueUrl,
          // Whole seconds, 1 or more: docs/events/README.md says why.
          Entries: held.slice(first, first + MAX_MESSAGES).map(({ receiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle: receiptHandle,
            VisibilityTimeout: 1,
          })),
        }),
      );
    }
  };

  const countMessages = async (): Promise<number> => {
    const { Attributes: counts = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: deadLetterQueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(counts).reduce((sum, count) => sum + Number(count), 0);
  };

  /**
   * Under a deduplication id of its own, because within five minutes of the first sending the queue would drop the event's. In a
   * group of its own, because a later event of the order may be at the head of the order's group, where it waits for this
   * one; the read model puts the two groups in order by the sequence.
   */
  const sendBack = async ({ id, orderId, message }: HeldMessage): Promise<void> => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: message.Body,
        MessageGroupId: redrivenGroup(orderId),
        MessageDeduplicationId: `redrive:${id}`,
        MessageAttributes: message.MessageAttributes,
      }),
    );
  };

  return {
    list: async (limit) => {
      const held: HeldMessage[] = [];
      for await (const message of receive(limit)) held.push(message);
      await letGo(held);
      return { items: held.map(toDeadLetter), total: await countMessages() };
    },

    redrive: async ({ ids, limit }) => {
      const movedIds: string[] = [];
      const left: HeldMessage[] = [];
      try {
        for await (const held of receive(limit)) {
          // Once one of an order stays, what comes after it would be ahead of it.
          const isBlocked = left.some(({ orderId }) => orderId === held.orderId);
          if (isBlocked || (ids !== null && !ids.has(held.id))) {
            left.push(held);
            continue;
          }
          await sendBack(held);
          await client.send(
            new DeleteMessageCommand({ QueueUrl: deadLetterQueueUrl, ReceiptHandle: held.receiptHandle }),
          );
          movedIds.push(held.id);
        }
      } finally {
        await letGo(left);
      }
      return { movedIds, total: await countMessages() };
    },

    close: () => client.destroy(),
  };
}

const REDRIVEN = 'redriven:';

/** The same group however often a message goes back. */
function redrivenGroup(orderId: string): string {
  return `${REDRIVEN}${orderId}`;
}

function toHeldMessage(message: Message): HeldMessage {
  const { MessageId: id, ReceiptHandle: receiptHandle, Attributes: attributes } = message;
  const group = attributes?.MessageGroupId;
  if (id === undefined || receiptHandle === undefined || group === undefined) {
    throw new TypeError('the queue answered a message without id, receipt handle or group');
  }
  const orderId = group.startsWith(REDRIVEN) ? group.slice(REDRIVEN.length) : group;
  return { id, receiptHandle, orderId, message };
}

function toDeadLetter({ id, orderId, message }: HeldMessage): DeadLetter {
  const sentAt = new Date(Number(message.Attributes?.SentTimestamp ?? 0)).toISOString();
  try {
    const event = parseEvent(message.Body ?? '');
    const { type, sequence } = event;
    return { id, orderId, event: { id: event.id, type, sequence }, error: null, sentAt };
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { id, orderId, event: null, error: error.message, sentAt };
  }
}
