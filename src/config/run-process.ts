/**
 * What every long-running process of ours shares: one way to start, to say that it is ready, and to stop.
 */
import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, register } from 'prom-client';
import type { Logger } from './logger.ts';

/** A started process: what to ask it, and how to end it. */
export interface RunningProcess {
  /** Rejects or answers false when it cannot do its work now (a dependency is away). */
  readonly isReady: () => Promise<boolean>;
  /** Stops taking work, finishes what is under way, closes connections; called once. */
  readonly stop: () => Promise<void>;
}

export interface RunProcessOptions {
  readonly name: string;
  readonly logger: Logger;
  /** Where /livez, /readyz and /metrics are answered; none when absent. */
  readonly health?: { readonly host: string; readonly port: number } | undefined;
  /** A stop that takes longer ends the process with exit code 1. @default 30 000 */
  readonly stopTimeoutMs?: number;
  readonly start: () => Promise<RunningProcess>;
}

/**
 * Runs until SIGTERM, SIGINT, or until the parent that forked it is gone (so that a killed stack leaves nothing behind).
 * When forked it tells its parent `ready`. An uncaught error is logged and ends the process with exit code 1: state is
 * durable, a supervisor starts it anew, and going on in an unknown state would be worse.
 */
export async function runProcess(options: RunProcessOptions): Promise<void> {
  const { logger, name } = options;
  const fail = (error: unknown, what: string): void => {
    logger.fatal({ err: error }, what);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => fail(error, 'uncaught error'));
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));

  let running: RunningProcess | undefined;
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ why }, `${name} is stopping`);
    setTimeout(
      () => fail(new Error(`stop took longer than ${options.stopTimeoutMs ?? 30_000} ms`), 'stop timed out'),
      options.stopTimeoutMs ?? 30_000,
    ).unref();
    Promise.resolve(running?.stop())
      .then(() => {
        healthServer?.close();
        logger.info(`${name} has stopped`);
        process.exit(0);
      })
      .catch((error: unknown) => fail(error, 'stop failed'));
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  if (process.channel) process.once('disconnect', () => stop('the parent process is gone'));

  let healthServer: Server | undefined;
  try {
    running = await options.start();
    collectDefaultMetrics();
    if (options.health)
      healthServer = await listenForHealth(
        options.health,
        () => running,
        () => stopping,
      );
  } catch (error) {
    fail(error, `${name} could not start`);
    return;
  }
  logger.info(`${name} is ready`);
  process.send?.('ready');
}

function listenForHealth(
  address: { host: string; port: number },
  running: () => RunningProcess | undefined,
  isStopping: () => boolean,
): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain'): void => {
      response.writeHead(status, { 'content-type': type });
      response.end(body);
    };
    if (request.url === '/livez') return answer(200, 'ok');
    if (request.url === '/metrics') {
      register
        .metrics()
        .then((text) => answer(200, text, register.contentType))
        .catch((error: unknown) => answer(500, String(error)));
      return;
    }
    if (request.url === '/readyz') {
      Promise.resolve(!isStopping() && running()?.isReady())
        .then((ready) => answer(ready === true ? 200 : 503, ready === true ? 'ready' : 'not ready'))
        .catch(() => answer(503, 'not ready'));
      return;
    }
    answer(404, 'not found');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => resolve(server));
  });
}
