import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { awsClientOptions, type AwsEndpoint } from './aws-client-options.ts';
import type { EventSourcePort, ReceivedMessage } from './event-source.port.ts';

const MAX_MESSAGES = 10;

export interface SqsEventSourceOptions extends AwsEndpoint {
  readonly queueUrl: string;
  /**
   * How long one receive waits for a message. A poll that is given up while the queue answers it makes that message
   * invisible for the queue's visibility timeout, so it is kept below the 20 s that SQS allows. @default 10
   */
  readonly waitSeconds?: number;
}

/** Reads an SQS FIFO queue that an SNS FIFO topic feeds with raw message delivery, so that a body is an event. */
export function createSqsEventSource(options: SqsEventSourceOptions): EventSourcePort {
  const waitSeconds = options.waitSeconds ?? 5;
  const client = new SQSClient(awsClientOptions(options, (waitSeconds + 5) * 1000));
  const QueueUrl = options.queueUrl;

  return {
    receive: async (signal) => {
      const answer = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: MAX_MESSAGES,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ['ApproximateReceiveCount', 'MessageGroupId'],
        }),
        { abortSignal: signal },
      );
      return (answer.Messages ?? []).map(toReceivedMessage);
    },

    remove: async (messages) => {
      if (messages.length === 0) return [];
      const answer = await client.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: messages.map(({ receiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle: receiptHandle,
          })),
        }),
      );
      const removed = new Set(answer.Successful?.map(({ Id }) => Id));
      return messages.filter((_, index) => !removed.has(String(index)));
    },

    release: async (messages) => {
      if (messages.length === 0) return;
      // A message that could not be released comes back by itself at the end of the queue's visibility timeout.
      await client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: messages.map(({ message, delaySeconds }, index) => ({
            Id: String(index),
            ReceiptHandle: message.receiptHandle,
            VisibilityTimeout: delaySeconds,
          })),
        }),
      );
    },

    close: () => client.destroy(),
  };
}

function toReceivedMessage(message: Message): ReceivedMessage {
  const { MessageId, ReceiptHandle, Attributes, Body } = message;
  if (MessageId === undefined || ReceiptHandle === undefined) {
    throw new TypeError('the queue answered a message without id or receipt handle');
  }
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    // A queue that is not FIFO has no groups: every message is its own.
    groupId: Attributes?.MessageGroupId ?? MessageId,
    receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
    body: Body ?? '',
  };
}
