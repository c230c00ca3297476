/** Bulks as an operator asks for them from a terminal, against the running stack. */
import { randomUUID } from 'node:crypto';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { deriveId } from '../../../src/api/http/derived-id.ts';
import { stack } from '../../support/stack.ts';
import { runJson, runTool } from './run-tool.ts';

jest.setTimeout(240_000);

const HOUR_MS = 3_600_000;
const SKU = `BULK-${randomUUID().slice(0, 8)}`;
let directory: string;
let orders: readonly string[];

async function call(
  method: string,
  url: string,
  body: unknown,
  idempotencyKey = randomUUID(),
): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${stack().keys.operator}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`);
}

/** An order whose parcel stays in the house, so that its status does. @returns its id */
async function place(): Promise<string> {
  const { apiUrl, carrierUrl } = stack();
  const key = randomUUID();
  const orderId = deriveId('ord', 'key:demo-operator', key);
  await call('PUT', `${carrierUrl}/control/speed`, {
    shippedAfterMs: HOUR_MS,
    deliveredAfterMs: HOUR_MS,
    orderId,
  });
  const order = {
    customerId: 'cus_bulk',
    currency: 'GBP',
    lines: [{ sku: SKU, quantity: 1 }],
    payment: { method: 'card', token: 'tok_visa' },
    shipTo: { name: 'A', line1: '1 Example Street', city: 'Leeds', postalCode: 'LS1 1UR', country: 'GB' },
    contact: { email: 'bulk@example.com' },
  };
  await call('POST', `${apiUrl}/v1/orders`, order, key);
  return orderId;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saga-bulk-'));
  const { apiUrl } = stack();
  await call('PUT', `${apiUrl}/v1/items/${SKU}`, {
    name: 'Lantern',
    prices: [{ amountMinor: 255, currency: 'GBP' }],
    active: true,
  });
  const received = { locationId: 'main', quantity: 50, reason: 'received' };
  await call('POST', `${apiUrl}/v1/inventory/${SKU}/adjustments`, received);
  orders = await Promise.all([place(), place(), place()]);
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

interface BulkReply {
  readonly id: string;
  readonly state: string;
  readonly orders: number;
  readonly progress: { readonly done: number; readonly refused: number };
  readonly notDone?: { readonly items: readonly unknown[] };
}

describe('a bulk from a terminal', () => {
  test('is previewed, begun, watched to its end and listed', async () => {
    const preview = await runTool('bulk', 'preview', '--action', 'release', '--sku', SKU);
    expect(preview).toMatchObject({ exitCode: 0 });
    expect(preview.stdout).toMatch(
      /Nothing was done\. release of 3 orders would mean:[\s\S]*not for 3 orders: Nobody holds/,
    );
    const set = /--expect (set_\w{26})/.exec(preview.stdout)?.[1] ?? '';

    const words = [
      'bulk',
      'start',
      '--action',
      'release',
      '--sku',
      SKU,
      '--reason',
      'tried',
      '--expect',
      set,
    ];
    const key = randomUUID();
    const begun = await runJson(...words, '--idempotency-key', key);
    expect(begun).toMatchObject({ exitCode: 0, json: { action: 'release', orders: 3 } });
    const { id } = begun.json as BulkReply;

    const watched = await runTool('bulk', 'show', id, '--watch');
    expect(watched).toMatchObject({ exitCode: 0 });
    // No terminal: a line for each change, and the whole at the end.
    expect(watched.stderr).toMatch(/finished: 3 of 3 \(0 done, 3 refused, 0 failed\)\n$/);
    expect(watched.stdout).toMatch(/State +finished[\s\S]*not_held +3: Nobody holds the order\./);
    for (const order of orders) expect(watched.stdout).toContain(order);

    const again = await runJson(...words, '--idempotency-key', key);
    expect(again).toMatchObject({ exitCode: 0, json: { id, state: 'finished' } });
    const { stdout } = await runTool('bulk', 'list');
    expect(stdout).toMatch(new RegExp(`${id}.*release.*finished`));
    expect((await runJson('bulk', 'list', '--state', 'finished')).json).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id })]),
    });
  });

  test('takes orders from a file, and is paused and stopped', async () => {
    const file = join(directory, 'orders.txt');
    await writeFile(file, `${orders.join('\n')}\n\n`);
    const words = ['--action', 'retry_now', '--orders-file', file, '--per-second', '1'];
    const begun = await runJson('bulk', 'start', ...words, '--reason', 'tried');
    const { id } = begun.json as BulkReply;
    // It may have come to its end by then, which is refused.
    const paused = await runJson('bulk', 'pause', id, '--reason', 'tried');
    const stopped = await runJson('bulk', 'stop', id, '--reason', 'tried');
    for (const { exitCode, json } of [paused, stopped])
      expect(exitCode === 0 || JSON.stringify(json).includes('BULK_NOT_POSSIBLE')).toBe(true);
    const shown = await runJson('bulk', 'show', id, '--watch');
    expect(['stopped', 'finished']).toContain((shown.json as BulkReply).state);
  });

  test('that is refused ends with 1 and says why', async () => {
    const { exitCode, stderr } = await runTool(
      'bulk',
      'preview',
      '--action',
      'hold',
      '--sku',
      'NO-SUCH-ITEM',
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/No order is meant by that.*BULK_NOT_POSSIBLE/);
    const missing = await runTool('bulk', 'show', 'blk_00000000000000000000000000');
    expect(missing).toMatchObject({ exitCode: 1 });
    expect(missing.stderr).toContain('There is no bulk with this id.');
  });
});
