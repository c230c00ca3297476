import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureTopology } from '../../embedded/aws/topology.ts';
import { createSnsEventPublisher } from '../../src/adapters/events/sns-event-publisher.ts';
import { createSqsEventSource } from '../../src/adapters/events/sqs-event-source.ts';
import type { OrderEvent } from '../../src/domain/events/event.ts';
import { PROJECT } from './check.ts';

/** What the container `events` is started with, and what our processes are told about it. */
const INIT = join(PROJECT, 'deploy/compose/events/init.json');
const settings = parseEnv(readFileSync(join(PROJECT, 'deploy/compose/production.env.example'), 'utf8'));
const setting = (name: string): string => {
  const value = settings[name];
  if (!value) throw new Error(`${name} has no value in the example`);
  return value;
};
const region = setting('EVENTS_AWS_REGION');
const topicArn = setting('EVENTS_TOPIC_ARN');
const queueUrl = setting('EVENTS_QUEUE_URL');
const credentials = {
  AWS_ACCESS_KEY_ID: setting('EVENTS_AWS_ACCESS_KEY_ID'),
  AWS_SECRET_ACCESS_KEY: setting('EVENTS_AWS_SECRET_ACCESS_KEY'),
};

describe('the container events of docker-compose.yml', () => {
  const directory = mkdtempSync(join(tmpdir(), 'order-saga-compose-events-'));
  let emulator: ChildProcess;
  let endpointUrl: string;

  beforeAll(async () => {
    Object.assign(process.env, credentials);
    const port = await freePort();
    endpointUrl = `http://127.0.0.1:${port}`;
    // The same program as in the container, bound to this machine only.
    emulator = fork(join(PROJECT, 'embedded/aws/fauxqs.main.ts'), {
      execArgv: [],
      env: {
        FAUXQS_INIT: INIT,
        FAUXQS_HOST: 'events',
        PORT: String(port),
        DATA_DIRECTORY: directory,
        AWS_REGION: region,
      },
    });
    await once(emulator, 'message');
  });

  afterAll(async () => {
    const ended = once(emulator, 'exit');
    emulator.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true });
  });

  test('has the same topic and queues as the embedded stack makes', async () => {
    const attributes = async (): Promise<Record<string, string> | undefined> => {
      const client = new SQSClient({ region, endpoint: endpointUrl });
      const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
      const answer = await client.send(command).finally(() => client.destroy());
      return answer.Attributes;
    };
    const before = await attributes();
    // It makes what is missing and refuses queues that are there with other attributes.
    const topology = await ensureTopology({
      AWS_REGION: region,
      AWS_ENDPOINT_URL: endpointUrl,
      ...credentials,
    });
    expect(topology.EVENTS_TOPIC_ARN).toBe(topicArn);
    expect(new URL(topology.EVENTS_QUEUE_URL).pathname).toBe(new URL(queueUrl).pathname);
    expect(await attributes()).toEqual(before);
    expect(before).toMatchObject({ FifoQueue: 'true', VisibilityTimeout: '30' });
    expect(JSON.parse(before?.['RedrivePolicy'] ?? '{}')).toMatchObject({ maxReceiveCount: 5 });
  });

  test('takes an event of the relay to the projections', async () => {
    const event: OrderEvent<'commerce.order.completed.v1'> = {
      specversion: '1.0',
      id: 'ord_1-1',
      source: '/order-saga/orders',
      type: 'commerce.order.completed.v1',
      subject: 'ord_1',
      time: '2026-01-02T10:00:00.000Z',
      datacontenttype: 'application/json',
      sequence: 1,
      correlationid: 'req_1',
      causationid: 'req_1',
      data: {},
    };
    const publisher = createSnsEventPublisher({ topicArn, region, endpointUrl });
    const source = createSqsEventSource({ queueUrl, region, endpointUrl });
    try {
      expect((await publisher.publish([event])).failures).toEqual([]);
      const [received] = await source.receive(AbortSignal.timeout(20_000));
      expect(JSON.parse(received?.body ?? '{}')).toEqual(event);
      expect(received?.groupId).toBe('ord_1');
    } finally {
      publisher.close();
      source.close();
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
