/** What Temporal's SDK, our workflows and our activities log, as lines of our own log. */
import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from '../config/logger.ts';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/**
 * Passes lines on with their attributes. An order's workflow id is its order id, so every line that names the one names
 * the other. Of an error only kind, message and stack are kept: a failure can carry what a customer sent. They stand under
 * `failure`, because pino makes something of its own of `err`.
 */
export function bridgeLogger(logger: Logger): TemporalLogger {
  const write = (level: Level, message: string, meta: LogMetadata = {}): void => {
    if (!logger.isLevelEnabled(level)) return;
    const { error, workflowId, ...rest } = meta;
    logger[level](
      {
        ...withoutBigInts(rest),
        ...(typeof workflowId === 'string' ? { workflowId, orderId: workflowId } : {}),
        ...(error === undefined ? {} : { failure: describeError(error) }),
      },
      message,
    );
  };
  return {
    log: (level: LogLevel, message, meta) => write(level.toLowerCase() as Level, message, meta),
    trace: (message, meta) => write('trace', message, meta),
    debug: (message, meta) => write('debug', message, meta),
    info: (message, meta) => write('info', message, meta),
    warn: (message, meta) => write('warn', message, meta),
    error: (message, meta) => write('error', message, meta),
  };
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  return { type: 'type' in error && typeof error.type === 'string' ? error.type : name, message, stack };
}

/** JSON has no integers of that size, and a line must not fail for one. */
function withoutBigInts(meta: LogMetadata): LogMetadata {
  return Object.fromEntries(
    Object.entries(meta).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );
}
