/** F16: a consumer that does not keep up, and messages that nobody can read. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { signalProcess } from '../../../embedded/process-table.ts';
import { waitFor } from '../../../embedded/wait-for.ts';
import type { Seeded } from '../support/seeded.ts';
import type { FaultCase, FaultLab } from './fault-lab.ts';

/** A message is put aside after five deliveries, one second apart. */
const ASIDE_TIMEOUT_MS = 120_000;

/** The queue straight at the broker, whatever our programs go through. */
class Queue {
  readonly url: string;
  readonly #client: SQSClient;

  constructor({ shop }: FaultLab, name: string) {
    const { awsEndpointUrl, awsRegion } = shop.addresses;
    this.url = `${awsEndpointUrl}/000000000000/${name}`;
    this.#client = new SQSClient({
      region: awsRegion,
      endpoint: awsEndpointUrl,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  async send(groupId: string, body: string): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.url,
        MessageGroupId: groupId,
        MessageDeduplicationId: randomBytes(8).toString('hex'),
        MessageBody: body,
      }),
    );
  }

  /** How many lie there, those included that somebody holds. */
  async size(): Promise<number> {
    const { Attributes: counts = {} } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.url,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(counts).reduce((sum, count) => sum + Number(count), 0);
  }

  /** Takes all off. @returns their bodies */
  async empty(): Promise<string[]> {
    const bodies: string[] = [];
    while ((await this.size()) > 0) {
      const { Messages: messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({ QueueUrl: this.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      for (const { Body: body = '', ReceiptHandle: handle } of messages) {
        bodies.push(body);
        await this.#client.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: handle }));
      }
    }
    return bodies;
  }

  close(): void {
    this.#client.destroy();
  }
}

async function withQueues(lab: FaultLab, work: (queue: Queue, aside: Queue) => Promise<void>): Promise<void> {
  const queue = new Queue(lab, 'order-projections.fifo');
  const aside = new Queue(lab, 'order-projections-dlq.fifo');
  try {
    await work(queue, aside);
  } finally {
    queue.close();
    aside.close();
  }
}

/** The consumer stands still while orders go on; then it has caught up with everything. */
async function slowConsumer(lab: FaultLab, random: Seeded): Promise<void> {
  await withQueues(lab, async (queue) => {
    const pid = lab.shop.pidOf('projections');
    signalProcess(pid, 'SIGSTOP');
    try {
      await lab.customers.shopFor(12);
      await waitFor(async () => (await queue.size()) > 20, { timeoutMs: 60_000, what: 'a backlog' });
      await delay(random.integer(0, 2_000));
    } finally {
      signalProcess(pid, 'SIGCONT');
    }
    await lab.customers.untilAllEnded();
    await waitFor(async () => (await queue.size()) === 0, {
      timeoutMs: 120_000,
      what: 'the backlog to drain',
    });
  });
}

async function untilAside(aside: Queue, count: number): Promise<void> {
  await waitFor(async () => (await aside.size()) >= count, {
    timeoutMs: ASIDE_TIMEOUT_MS,
    what: 'what cannot be read to be put aside',
  });
}

/** What cannot be read is put aside, each alone; orders whose events lie behind it go on when it is. */
async function poison(lab: FaultLab, random: Seeded): Promise<void> {
  await withQueues(lab, async (queue, aside) => {
    const bodies = ['', '{', 'null', '{"specversion":"1.0"}', '\ufffd'.repeat(1_000)].map(
      (body) => body || ' ',
    );
    const { orderId } = await lab.customers.buy();
    const poisons = random.sample(bodies, random.integer(2, bodies.length));
    for (const [index, body] of poisons.entries())
      await queue.send(index === 0 ? orderId : `poison-${index}`, body);
    await lab.customers.shopFor(6);
    await lab.customers.untilAllEnded();
    await untilAside(aside, poisons.length);
    const redriven = await lab.customers.insist('POST', '/v1/ops/dead-letters/redrive', {
      body: { source: 'events', all: true },
      idempotencyKey: `redrive-${orderId}`,
      key: lab.shop.addresses.keys.admin,
    });
    if (redriven.status !== 200 || redriven.body['redriven'] !== poisons.length)
      throw new Error(`${poisons.length} messages should be redriven: ${redriven.text}`);
    // They are delivered again, and nobody can read them any better.
    await untilAside(aside, poisons.length);
    const found = await aside.empty();
    if (found.length !== poisons.length)
      throw new Error(`${found.length} messages were put aside, not ${poisons.length}`);
  });
}

export const QUEUE_FAULTS: readonly FaultCase[] = [
  { fault: 'F16', name: 'slow-consumer', run: slowConsumer },
  { fault: 'F16', name: 'poison-message', run: poison },
];
