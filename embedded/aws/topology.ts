/** The topic and the queues that events travel through. */
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';

export interface TopologyEnvironment {
  readonly AWS_REGION: string;
  /** Only for an endpoint that is not Amazon's. */
  readonly AWS_ENDPOINT_URL?: string | undefined;
  /** Where absent the SDK looks for them itself. */
  readonly AWS_ACCESS_KEY_ID?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
}

export interface TopologyNames {
  readonly topic: string;
  readonly queue: string;
  readonly deadLetterQueue: string;
}

export interface Topology {
  readonly EVENTS_TOPIC_ARN: string;
  readonly EVENTS_QUEUE_URL: string;
  readonly EVENTS_DEAD_LETTER_QUEUE_URL: string;
}

export const TOPOLOGY_NAMES: TopologyNames = {
  topic: 'order-events.fifo',
  queue: 'order-projections.fifo',
  deadLetterQueue: 'order-projections-dlq.fifo',
};

/** After so many deliveries without success a message goes to the dead-letter queue. */
const MAX_RECEIVE_COUNT = 5;

/**
 * Creates what is missing: topic → queue (raw delivery) → dead-letter queue. Safe to repeat; what exists stays as it is.
 */
export async function ensureTopology(
  env: TopologyEnvironment,
  names: TopologyNames = TOPOLOGY_NAMES,
): Promise<Topology> {
  const connection = {
    region: env.AWS_REGION,
    ...(env.AWS_ENDPOINT_URL ? { endpoint: env.AWS_ENDPOINT_URL } : {}),
    ...(env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY
      ? { credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY } }
      : {}),
  };
  const sqs = new SQSClient(connection);
  const sns = new SNSClient(connection);
  try {
    const deadLetter = await ensureQueue(sqs, names.deadLetterQueue, {});
    const queue = await ensureQueue(sqs, names.queue, {
      VisibilityTimeout: '30',
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetter.arn,
        maxReceiveCount: MAX_RECEIVE_COUNT,
      }),
    });
    const { TopicArn: topicArn } = await sns.send(
      new CreateTopicCommand({ Name: names.topic, Attributes: { FifoTopic: 'true' } }),
    );
    if (!topicArn) throw new Error('SNS did not tell the ARN of the topic');
    await sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: queue.arn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    return {
      EVENTS_TOPIC_ARN: topicArn,
      EVENTS_QUEUE_URL: atEndpoint(queue.url, env),
      EVENTS_DEAD_LETTER_QUEUE_URL: atEndpoint(deadLetter.url, env),
    };
  } finally {
    sqs.destroy();
    sns.destroy();
  }
}

async function ensureQueue(
  sqs: SQSClient,
  name: string,
  attributes: Record<string, string>,
): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { FifoQueue: 'true', ...attributes } }),
  );
  const known = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  const arn = known.Attributes?.['QueueArn'];
  if (!url || !arn) throw new Error(`SQS did not tell the address of the queue ${name}`);
  return { url, arn };
}

/** A queue keeps the address under which it was made; the emulator may listen on another port since. */
function atEndpoint(queueUrl: string, env: TopologyEnvironment): string {
  return env.AWS_ENDPOINT_URL ? new URL(new URL(queueUrl).pathname, env.AWS_ENDPOINT_URL).href : queueUrl;
}
