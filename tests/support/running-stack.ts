/** The test run's own stack, in the process that runs the set-up and the tear-down. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsPart } from '../../embedded/aws/aws.part.ts';
import type { ProcessHost } from '../../embedded/managed-process.ts';
import { startParts, type StartedParts } from '../../embedded/part.ts';
import { findFreePorts } from '../../embedded/ports.ts';
import { postgresPart } from '../../embedded/postgres/postgres.part.ts';
import { temporalPart } from '../../embedded/temporal/temporal.part.ts';
import { STACK_FILE_VARIABLE, type StackAddresses } from './stack.ts';

let running: { readonly parts: StartedParts; readonly directory: string } | undefined;

export async function startTestStack(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'order-saga-test-'));
  // Another user runs PostgreSQL when the tests run as root.
  chmodSync(directory, 0o711);
  const host: ProcessHost = {
    logDirectory: join(directory, 'logs'),
    runDirectory: join(directory, 'run'),
    onIncident: (name, what) => console.error(`${name} ${what}`),
    hurry: new AbortController().signal,
  };
  try {
    const [postgresPort, temporalPort, uiPort, awsPort] = await findFreePorts(4);
    if (!postgresPort || !temporalPort || !uiPort || !awsPort) throw new Error('four ports were asked for');
    const password = randomBytes(16).toString('hex');
    const parts = await startParts(
      [
        postgresPart({
          port: postgresPort,
          dataDirectory: join(directory, 'postgres'),
          password,
          durable: false,
          host,
        }),
        temporalPart({
          port: temporalPort,
          uiPort,
          databaseFile: join(directory, 'temporal', 'temporal.db'),
          codecEndpoint: 'http://127.0.0.1:1/',
          host,
        }),
        awsPart({ port: awsPort, region: 'eu-west-1', dataDirectory: join(directory, 'aws'), host }),
      ],
      () => undefined,
    );
    running = { parts, directory };
    const { env } = parts;
    const addresses: Partial<StackAddresses> = {
      postgresAdminUrl: env['DATABASE_URL']?.replace(/[^/]+$/, 'postgres') ?? '',
      databaseUrl: env['DATABASE_URL'] ?? '',
      temporalAddress: env['TEMPORAL_ADDRESS'] ?? '',
      temporalUiUrl: env['TEMPORAL_UI_URL'] ?? '',
      awsEndpointUrl: env['AWS_ENDPOINT_URL'] ?? '',
      awsRegion: env['AWS_REGION'] ?? '',
      codecKeys: `test:${randomBytes(32).toString('base64')}`,
      env: { ...env },
    };
    const file = join(directory, 'stack.json');
    writeFileSync(file, JSON.stringify(addresses), { mode: 0o600 });
    process.env[STACK_FILE_VARIABLE] = file;
  } catch (error) {
    await stopTestStack();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

export async function stopTestStack(): Promise<void> {
  const stack = running;
  running = undefined;
  if (!stack) return;
  try {
    await stack.parts.stop();
  } finally {
    rmSync(stack.directory, { recursive: true, force: true });
  }
}
