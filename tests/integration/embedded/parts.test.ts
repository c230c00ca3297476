/** PostgreSQL and SNS/SQS on their own: what they do with what an earlier run has left. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import postgres from 'postgres';
import { awsPart } from '../../../embedded/aws/aws.part.ts';
import type { ProcessHost } from '../../../embedded/managed-process.ts';
import { PROJECT_DIRECTORY } from '../../../embedded/node-program.ts';
import { startParts, type Part, type StartedParts } from '../../../embedded/part.ts';
import { findFreePorts } from '../../../embedded/ports.ts';
import { postgresPart } from '../../../embedded/postgres/postgres.part.ts';
import { commandLineOf } from '../../../embedded/process-table.ts';

const PASSWORD = 'only-for-this-test';

let directory: string;
let host: ProcessHost;
let running: StartedParts[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'order-saga-parts-'));
  // Another user runs PostgreSQL when the tests run as root.
  chmodSync(directory, 0o711);
  running = [];
  host = {
    logDirectory: join(directory, 'logs'),
    runDirectory: join(directory, 'run'),
    onIncident: () => undefined,
    hurry: new AbortController().signal,
  };
});
afterEach(async () => {
  for (const parts of running) await parts.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(part: Part): Promise<StartedParts> {
  const started = await startParts([part], () => undefined);
  running.push(started);
  return started;
}

describe('PostgreSQL', () => {
  const data = (): string => join(directory, 'postgres');
  const part = (port: number): Part =>
    postgresPart({ port, dataDirectory: data(), password: PASSWORD, durable: true, host });
  const databaseUrl = (port: number): string =>
    `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/order_saga`;
  const pidFile = (): string => join(data(), 'postmaster.pid');
  const serverPid = (): number => Number(readFileSync(pidFile(), 'utf8').split('\n')[0]);
  const query = async (env: Readonly<Record<string, string>>, text: string): Promise<unknown> => {
    const sql = postgres(env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => undefined });
    try {
      return [...(await sql.unsafe(text))];
    } finally {
      await sql.end();
    }
  };

  /** Starts a server from a process that is killed right after. */
  const leaveServerBehind = (port: number): void => {
    const module = JSON.stringify(join(PROJECT_DIRECTORY, 'embedded/postgres/postgres.part.ts'));
    const options = { port, dataDirectory: data(), password: PASSWORD, durable: true };
    const script = `
      const { postgresPart } = await import(${module});
      const hurry = new AbortController().signal;
      const host = { ...${JSON.stringify(host)}, onIncident: () => undefined, hurry };
      const part = postgresPart({ ...${JSON.stringify(options)}, host });
      await part.start({ env: {}, report: () => undefined, signal: hurry });
      process.kill(process.pid, 'SIGKILL');`;
    const env = { PATH: process.env['PATH'] };
    const killed = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      env,
      encoding: 'utf8',
    });
    expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', '']);
  };

  test('stops a server that a killed start has left on its data, and goes on with that', async () => {
    const [first = 0, second = 0] = await findFreePorts(2);
    leaveServerBehind(first);
    const leftPid = serverPid();
    await query({ DATABASE_URL: databaseUrl(first) }, 'CREATE TABLE notes AS SELECT 1 AS note');
    const later = await start(part(second));
    expect(commandLineOf(leftPid)).toBeNull();
    expect(await query(later.env, 'SELECT note FROM notes')).toEqual([{ note: 1 }]);
  });

  test('starts although its note of an earlier server has the number of another program', async () => {
    const [port = 0] = await findFreePorts(1);
    const earlier = await start(part(port));
    const lines = readFileSync(pidFile(), 'utf8').split('\n');
    await earlier.stop();
    writeFileSync(pidFile(), [process.pid, ...lines.slice(1)].join('\n'));
    const later = await start(part(port));
    expect(await query(later.env, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(serverPid()).not.toBe(process.pid);
  });

  test('asks for the password and listens on this machine only', async () => {
    const [port = 0] = await findFreePorts(1);
    const { env } = await start(part(port));
    const wrong = databaseUrl(port).replace(PASSWORD, 'guess');
    await expect(query({ DATABASE_URL: wrong }, 'SELECT 1')).rejects.toThrow(
      /password authentication failed/,
    );
    expect(await query(env, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(env, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  });
});

describe('SNS and SQS', () => {
  test('keep an event over a stop, under the same names, also on another port', async () => {
    const [first = 0, second = 0] = await findFreePorts(2);
    const part = (port: number): Part =>
      awsPart({ port, region: 'eu-west-1', dataDirectory: join(directory, 'aws'), host });
    const connection = (env: Readonly<Record<string, string>>) => ({
      region: env['AWS_REGION'] ?? '',
      endpoint: env['AWS_ENDPOINT_URL'] ?? '',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });

    const earlier = await start(part(first));
    const sns = new SNSClient(connection(earlier.env));
    const message = {
      Message: '{"specversion":"1.0"}',
      MessageGroupId: 'ord_1',
      MessageDeduplicationId: 'evt_1',
    };
    await sns.send(new PublishCommand({ TopicArn: earlier.env['EVENTS_TOPIC_ARN'], ...message }));
    sns.destroy();
    await earlier.stop();

    const later = await start(part(second));
    expect(later.env['EVENTS_TOPIC_ARN']).toBe(earlier.env['EVENTS_TOPIC_ARN']);
    expect(later.env['EVENTS_QUEUE_URL']).toContain(`:${second}/`);
    const sqs = new SQSClient(connection(later.env));
    const queue = { QueueUrl: later.env['EVENTS_QUEUE_URL'] };
    const received = await sqs.send(new ReceiveMessageCommand({ ...queue, WaitTimeSeconds: 5 }));
    expect(received.Messages?.map(({ Body }) => Body)).toEqual([message.Message]);
    await sqs.send(
      new DeleteMessageCommand({ ...queue, ReceiptHandle: received.Messages?.[0]?.ReceiptHandle }),
    );
    sqs.destroy();
  });
});
