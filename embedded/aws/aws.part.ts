/** SNS and SQS: the emulator and the topology of our events in it. */
import { mkdirSync } from 'node:fs';
import { nodeProgram } from '../node-program.ts';
import { ManagedProcess, type ProcessHost } from '../managed-process.ts';
import type { Part } from '../part.ts';
import { ensureTopology } from './topology.ts';

export interface AwsPartOptions {
  readonly port: number;
  readonly region: string;
  readonly dataDirectory: string;
  readonly host: ProcessHost;
}

/** The emulator asks for none, but the AWS SDK wants some. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'embedded', AWS_SECRET_ACCESS_KEY: 'embedded' };

/** Adds AWS_ENDPOINT_URL, AWS_REGION, credentials, EVENTS_TOPIC_ARN, EVENTS_QUEUE_URL and EVENTS_DEAD_LETTER_QUEUE_URL. */
export function awsPart(options: AwsPartOptions): Part {
  const endpoint = `http://127.0.0.1:${options.port}`;
  const connection = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: options.region };
  return {
    name: 'SNS and SQS',
    async start({ signal }) {
      mkdirSync(options.dataDirectory, { recursive: true });
      const emulator = await ManagedProcess.start(
        nodeProgram(
          'aws',
          'embedded/aws/fauxqs.main.ts',
          { PORT: String(options.port), DATA_DIRECTORY: options.dataDirectory, AWS_REGION: options.region },
          options.host,
        ),
        options.host,
        signal,
      );
      try {
        const topology = await ensureTopology({ ...connection, ...CREDENTIALS });
        return {
          addresses: { 'SNS and SQS': endpoint },
          env: { ...connection, ...CREDENTIALS, ...topology },
          stop: () => emulator.stop(),
        };
      } catch (error) {
        await emulator.stop();
        throw error;
      }
    },
  };
}
