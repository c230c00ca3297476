import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { findFreePorts } from '../../../embedded/ports.ts';
import { findTemporal } from '../../../embedded/temporal/binary.ts';
import { waitFor } from '../../support/stack.ts';
import { OrderLab } from './order-lab.ts';

jest.setTimeout(120_000);

/** A Temporal server of this test's own, which it may kill. */
class OwnTemporal {
  readonly #directory = mkdtempSync(join(tmpdir(), 'order-saga-temporal-'));
  #port = 0;
  #server: ChildProcess | undefined;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    if (this.#port === 0) [this.#port = 0] = await findFreePorts(1);
    const command = await findTemporal(() => undefined, AbortSignal.timeout(60_000));
    this.#server = spawn(
      command,
      [
        'server',
        'start-dev',
        '--headless',
        `--port=${this.#port}`,
        `--db-filename=${join(this.#directory, 'temporal.db')}`,
        '--sqlite-pragma=journal_mode=WAL',
        '--sqlite-pragma=synchronous=NORMAL',
        '--log-level=never',
      ],
      { stdio: 'ignore' },
    );
    await waitFor(() => this.#answers(), { timeoutMs: 60_000, what: 'Temporal to answer' });
  }

  async kill(): Promise<void> {
    if (this.#server === undefined || this.#server.exitCode !== null) return;
    const exited = once(this.#server, 'exit');
    this.#server.kill('SIGKILL');
    await exited;
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    const connection = Connection.lazy({ address: this.address });
    try {
      await connection.withDeadline(Date.now() + 1_000, () =>
        connection.workflowService.describeNamespace({ namespace: 'default' }),
      );
      return true;
    } finally {
      await connection.close();
    }
  }
}

let temporal: OwnTemporal;
let lab: OrderLab;
beforeAll(async () => {
  temporal = new OwnTemporal();
  await temporal.start();
  lab = await OrderLab.start({ TEMPORAL_ADDRESS: temporal.address });
});
afterAll(async () => {
  await lab?.stop();
  await temporal?.dispose();
});

describe('Temporal killed and started again', () => {
  test('loses no order, and the worker goes on by itself', async () => {
    const sku = await lab.stock(50);
    const placed = await Promise.all(
      Array.from({ length: 5 }, () => lab.place({ lines: [{ sku, quantity: 2 }], parcelsStay: true })),
    );
    await Promise.all(placed.map(({ outcome }) => outcome));
    await temporal.kill();
    expect(await lab.worker.isReady()).toBe(false);
    await temporal.start();
    await waitFor(() => lab.worker.isReady(), { timeoutMs: 30_000, what: 'the worker to be ready again' });
    for (const { orderId } of placed) {
      const { shipments } = await lab.until(
        orderId,
        'charged',
        (order) => order.paymentStatus === 'captured',
        60_000,
      );
      for (const { id } of shipments) await lab.signalMoved(orderId, id, 'delivered', `evt_${id}`);
    }
    await Promise.all(placed.map(({ orderId }) => lab.untilStatus(orderId, 'completed', 60_000)));
    const { outcome } = await lab.place({ lines: [{ sku, quantity: 2 }] });
    expect(await outcome).toMatchObject({ outcome: 'confirmed' });
    expect(await lab.violations()).toEqual([]);
  });
});
