/** A Temporal server with its Web UI, keeping everything in one file. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { ManagedProcess, type ProcessHost } from '../managed-process.ts';
import type { Part } from '../part.ts';
import { findTemporal } from './binary.ts';

export interface TemporalPartOptions {
  readonly port: number;
  readonly uiPort: number;
  readonly databaseFile: string;
  /** Where the Web UI lets payloads be decoded. */
  readonly codecEndpoint: string;
  readonly host: ProcessHost;
}

const NAMESPACE = 'default';
const RETENTION_DAYS = 30;

/** What the engine needs for one node under load; measured, see the design notes on the life of an order. */
const DYNAMIC_CONFIGURATION = {
  'system.enableActivityEagerExecution': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'frontend.namespaceRPS': 100_000,
  'frontend.rps': 100_000,
  'matching.rps': 100_000,
  'history.rps': 100_000,
  'history.transferProcessorMaxPollRPS': 1000,
} as const;

/** Adds TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_UI_URL. */
export function temporalPart(options: TemporalPartOptions): Part {
  const address = `127.0.0.1:${options.port}`;
  const uiUrl = `http://127.0.0.1:${options.uiPort}`;
  return {
    name: 'Temporal',
    async start({ report, signal }) {
      const command = await findTemporal(report, signal);
      mkdirSync(dirname(options.databaseFile), { recursive: true });
      const server = await ManagedProcess.start(
        {
          name: 'temporal',
          command,
          args: serverArguments(options),
          env: process.env,
          workingDirectory: dirname(options.databaseFile),
          ready: () => answers(address),
          readyTimeoutMs: 90_000,
          stopTimeoutMs: 20_000,
        },
        options.host,
        signal,
      );
      try {
        await keepClosedWorkflows(address);
      } catch (error) {
        await server.stop();
        throw error;
      }
      return {
        addresses: { 'Temporal Web UI': uiUrl, Temporal: address },
        env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE, TEMPORAL_UI_URL: uiUrl },
        stop: () => server.stop(),
      };
    },
  };
}

function serverArguments(options: TemporalPartOptions): string[] {
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${options.port}`,
    '--ui-ip=127.0.0.1',
    `--ui-port=${options.uiPort}`,
    `--ui-codec-endpoint=${options.codecEndpoint}`,
    '--ui-disable-news-fetch',
    `--db-filename=${options.databaseFile}`,
    // Without a log written ahead the server is half as fast; with it every acknowledged start survived a kill.
    '--sqlite-pragma=journal_mode=WAL',
    '--sqlite-pragma=synchronous=NORMAL',
    ...Object.entries(DYNAMIC_CONFIGURATION).map(([key, value]) => `--dynamic-config-value=${key}=${value}`),
    '--log-level=warn',
  ];
}

/** A real call: the port opens before the server can answer, and the namespace is made after that. */
async function answers(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    return true;
  } finally {
    await connection.close();
  }
}

/** The server forgets a closed workflow after a day if it is not told otherwise, and people come back after the weekend. */
async function keepClosedWorkflows(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.updateNamespace({
      namespace: NAMESPACE,
      config: { workflowExecutionRetentionTtl: msToTs(`${RETENTION_DAYS} days`) },
    });
  } finally {
    await connection.close();
  }
}
