import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { bridgeLogger } from './temporal-logger.ts';

/** Everything that is logged at `level` and above, as it stands in the log. */
function logging(level: string) {
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { level, base: null, timestamp: false },
    { write: (line) => lines.push(JSON.parse(line)) },
  );
  return { lines, bridge: bridgeLogger(logger) };
}

describe('a line of the Temporal SDK', () => {
  test('names the order beside its workflow', () => {
    const { lines, bridge } = logging('info');
    bridge.info('Workflow started', { workflowId: 'ord_1', attempt: 1 });
    expect(lines).toEqual([
      { level: 30, workflowId: 'ord_1', orderId: 'ord_1', attempt: 1, msg: 'Workflow started' },
    ]);
  });

  test('keeps of an error its kind, message and stack, and nothing that hangs on it', () => {
    const { lines, bridge } = logging('info');
    const cause = new Error('jane@example.com is unknown');
    const error = Object.assign(new Error('refused', { cause }), {
      type: 'PAYMENT_DECLINED',
      details: [{ email: 'jane@example.com' }],
    });
    bridge.warn('Activity failed', { error });
    expect(lines[0]).toMatchObject({
      level: 40,
      failure: { type: 'PAYMENT_DECLINED', message: 'refused', stack: expect.stringContaining('refused') },
    });
    expect(JSON.stringify(lines)).not.toContain('jane');
  });

  test('is left out below the level of the log, and written also with numbers that JSON does not know', () => {
    const { lines, bridge } = logging('warn');
    bridge.debug('quiet');
    bridge.log('INFO', 'quiet too');
    bridge.log('ERROR', 'loud', { size: 2n ** 60n, error: 'text' });
    expect(lines).toEqual([
      { level: 50, size: '1152921504606846976', failure: { message: 'text' }, msg: 'loud' },
    ]);
  });
});
