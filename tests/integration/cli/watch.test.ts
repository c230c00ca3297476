/** `--watch` as a person uses it who looks at an order from a terminal, into a pipe here, against the running stack. */
import { randomUUID } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
import { call, holdParcelsOf, placeDecided, stockedItem, waitForStatus } from '../../e2e/shop.ts';
import { startTool, type RunningTool } from './run-tool.ts';

jest.setTimeout(240_000);

/** @param after how much it had written before */
function shown(tool: RunningTool, what: string, after = 0): Promise<true> {
  return waitFor(() => (tool.stdout().slice(after).includes(what) ? true : null), {
    timeoutMs: 60_000,
    what: `the tool to show ${what}`,
  });
}

describe('--watch', () => {
  test('shows a list again when it has changed, and ends well with Ctrl+C', async () => {
    const customerId = `cus_${randomUUID().slice(0, 8)}`;
    const sku = await stockedItem({ main: 10 });
    const tool = startTool(['orders', 'list', '--customer', customerId, '--watch', '1']);
    await shown(tool, 'Z\nNo orders');
    const { body } = await placeDecided(sku, { customerId });
    await shown(tool, body.id);
    tool.process.kill('SIGINT');
    const { exitCode, stdout } = await tool.ended;
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('\u001B');
    // Nothing is written twice that has not changed.
    const blocks = stdout.split(/^[\dTZ:.-]{24}\n/m).slice(1);
    expect(blocks.filter((block, index) => block === blocks[index - 1])).toEqual([]);
  });

  test('shows how an order goes on', async () => {
    const idempotencyKey = randomUUID();
    const id = await holdParcelsOf(idempotencyKey);
    await placeDecided(await stockedItem({ main: 10 }), { idempotencyKey });
    await waitForStatus(id, 'fulfilling');
    const tool = startTool(['orders', 'explain', id, '--watch', '1']);
    await shown(tool, 'Temporal: http');
    const before = tool.stdout();
    const cancelled = { body: { reason: 'customer_request' }, idempotencyKey: randomUUID() };
    expect((await call('POST', `/v1/orders/${id}/cancel`, cancelled)).status).toBe(200);
    await shown(tool, 'Temporal: http', before.length);
    tool.process.kill('SIGINT');
    expect((await tool.ended).exitCode).toBe(0);
  });

  test('ends with the answer of the service when there is no such order', async () => {
    const { exitCode, stderr } = await startTool([
      'orders',
      'explain',
      'ord_00000000000000000000000000',
      '--watch',
    ]).ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('NOT_FOUND');
  });
});
