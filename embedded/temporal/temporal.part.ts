/** A Temporal server with its Web UI, keeping everything in one file. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ManagedProcess, type ProcessHost } from '../managed-process.ts';
import type { Part } from '../part.ts';
import { findTemporal } from './binary.ts';
import { DYNAMIC_CONFIGURATION } from './dynamic-configuration.ts';
import { ORDER_SEARCH_ATTRIBUTES } from '../../src/domain/operations/search-attributes.ts';
import { answersFor, keepClosedWorkflows, registerSearchAttributes } from './namespace.ts';

export interface TemporalPartOptions {
  readonly port: number;
  readonly uiPort: number;
  readonly databaseFile: string;
  /** Where the Web UI lets payloads be decoded. */
  readonly codecEndpoint: string;
  /** Settings that differ from the usual. */
  readonly dynamicConfiguration: Readonly<Record<string, boolean | number | string>>;
  readonly host: ProcessHost;
}

const NAMESPACE = 'default';
const RETENTION_DAYS = 30;

/** Adds TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_UI_URL and TEMPORAL_SEARCH_ATTRIBUTES. */
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
          ready: () => answersFor(address, NAMESPACE),
          readyTimeoutMs: 90_000,
          stopTimeoutMs: 20_000,
        },
        options.host,
        signal,
      );
      try {
        await keepClosedWorkflows(address, NAMESPACE, RETENTION_DAYS);
        // A file of an earlier version of ours has a namespace without them.
        await registerSearchAttributes(address, NAMESPACE, signal);
      } catch (error) {
        await server.stop();
        throw error;
      }
      return {
        addresses: { 'Temporal Web UI': uiUrl, Temporal: address },
        env: {
          TEMPORAL_ADDRESS: address,
          TEMPORAL_NAMESPACE: NAMESPACE,
          TEMPORAL_UI_URL: uiUrl,
          TEMPORAL_SEARCH_ATTRIBUTES: 'on',
        },
        stop: () => server.stop(),
      };
    },
  };
}

/** As the command line calls them. */
const TYPES = { KEYWORD: 'Keyword', DATETIME: 'Datetime', INT: 'Int' } as const;

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
    // With a new file they are there from the beginning, and nobody has to wait for them.
    ...Object.entries(ORDER_SEARCH_ATTRIBUTES).map(
      ([name, type]) => `--search-attribute=${name}=${TYPES[type]}`,
    ),
    // Each value is JSON.
    ...Object.entries({ ...DYNAMIC_CONFIGURATION, ...options.dynamicConfiguration }).map(
      ([key, value]) => `--dynamic-config-value=${key}=${JSON.stringify(value)}`,
    ),
    '--log-level=warn',
  ];
}
