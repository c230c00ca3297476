import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured logs on stdout, one JSON object a line. No personal data: callers log ids only, and these paths are removed
 * should one slip through.
 */
export function createLogger(processName: string, level: string): Logger {
  return pino({
    level,
    base: { process: processName, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'shipTo',
        'contact',
        'email',
        'phone',
        '*.shipTo',
        '*.contact',
        '*.email',
        '*.phone',
        '*.token',
        'req.headers.authorization',
        '*.headers.authorization',
      ],
      remove: true,
    },
  });
}
