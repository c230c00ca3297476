/**
 * How every process of ours reaches Temporal: address, namespace, and the encryption of all that is stored there.
 */
import { fileURLToPath } from 'node:url';
import { Client, Connection, type ClientInterceptors } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec, type CodecKey } from './payload-codec.ts';

/** Also given to the workflow bundler, which takes it into the sandbox. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** The part of each process's environment that is about Temporal. */
export interface TemporalEnvironment {
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
  readonly TEMPORAL_CODEC_KEYS: readonly CodecKey[];
}

/** A client and the end of its connection. */
export interface TemporalClient {
  readonly client: Client;
  /** Whether the server answers for our namespace within the time given; never throws. */
  readonly isReachable: (timeoutMs: number) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** The one data converter of clients and workers: payloads and failure messages are encrypted. */
export function createDataConverter(keys: readonly CodecKey[]): DataConverter {
  return { payloadCodecs: [createPayloadCodec(keys)], failureConverterPath: FAILURE_CONVERTER_PATH };
}

/**
 * Makes a client that connects with its first call and comes back by itself after the server was away, so a process can
 * start before Temporal does. Calls wait without limit unless the caller wraps them in `client.withDeadline(…)`.
 */
export function createTemporalClient(
  environment: TemporalEnvironment,
  options: { readonly interceptors?: ClientInterceptors | undefined } = {},
): TemporalClient {
  const connection = Connection.lazy({
    address: environment.TEMPORAL_ADDRESS,
    connectTimeout: 5_000,
    channelArgs: {
      // Backs off for at most a second between attempts to reconnect, instead of two minutes.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // A connection that has gone silent is given up after 20 s; the server allows a question every 10 s.
      'grpc.keepalive_time_ms': 15_000,
      'grpc.keepalive_timeout_ms': 5_000,
    },
  });
  const client = new Client({
    connection,
    namespace: environment.TEMPORAL_NAMESPACE,
    dataConverter: createDataConverter(environment.TEMPORAL_CODEC_KEYS),
    ...(options.interceptors ? { interceptors: options.interceptors } : {}),
  });
  return {
    client,
    isReachable: (timeoutMs) =>
      connection
        .withDeadline(Date.now() + timeoutMs, () =>
          connection.workflowService.describeNamespace({ namespace: environment.TEMPORAL_NAMESPACE }),
        )
        .then(
          () => true,
          () => false,
        ),
    close: () => connection.close(),
  };
}
