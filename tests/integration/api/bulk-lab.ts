/** Bulk actions over HTTP upon orders that are paid for, with a maintenance worker that carries them out and does nothing else. */
import { waitFor } from '../../support/stack.ts';
import { startProgram } from '../events/program.ts';
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type KeyName,
  type Sent,
  type TestApi,
} from './test-api.ts';

const PATIENCE_MS = 120_000;
const NEVER_MS = '86400000';
const LIMIT_MINOR = 10_000;

export interface BulkSendOptions {
  readonly as?: KeyName;
  readonly idempotencyKey?: string;
}

export interface BulkLab {
  readonly api: TestApi;
  readonly processes: OrderProcesses;
  read(orderId: string): Promise<Sent['json']>;
  /**
   * Orders that are paid for, and whose parcels stay where they are. @returns their ids
   * @param what one LAMP at 10.00 GBP each, unless it says otherwise
   */
  paid(
    count: number,
    what?: { readonly sku?: string; readonly quantity?: number },
  ): Promise<readonly string[]>;
  start(body: Readonly<Record<string, unknown>>, options?: BulkSendOptions): Promise<Sent>;
  preview(body: Readonly<Record<string, unknown>>): Promise<Sent>;
  show(bulkId: string, query?: string): Promise<Sent['json']>;
  steer(bulkId: string, command: string, options?: BulkSendOptions): Promise<Sent>;
  decide(bulkId: string, decision: 'approve' | 'decline', as?: KeyName): Promise<Sent>;
  untilState(bulkId: string, state: string): Promise<Sent['json']>;
  /** What the payment provider really did, as `refund succeeded`. */
  moneyOf(orderId: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export async function startBulkLab(): Promise<BulkLab> {
  const maintenanceQueue = `maintenance-api-bulk-${newKey().slice(0, 8)}`;
  const api = await startTestApi({
    variables: {
      CONFIRMATION_DEADLINE_MS: '4000',
      APPROVAL_LIMIT_MINOR: String(LIMIT_MINOR),
      MAINTENANCE_TASK_QUEUE: maintenanceQueue,
      BULK_MOST_ORDERS: '6',
      BULK_MOST_PER_SECOND: '20',
    },
  });
  await addLocations(api.databaseUrl);
  await stockItems(api, {
    LAMP: { amountMinor: 1000, onHand: 10_000 },
    CORD: { amountMinor: 500, onHand: 10_000 },
    MIRROR: { amountMinor: 6000, onHand: 10_000 },
  });
  const processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);
  const maintenance = await startProgram('src/workers/maintenance-worker.main.ts', {
    ...processes.environment,
    MAINTENANCE_TASK_QUEUE: maintenanceQueue,
    REPAIR_DRIFT_INTERVAL_MS: NEVER_MS,
    FIND_STUCK_INTERVAL_MS: NEVER_MS,
    RECONCILE_INTERVAL_MS: NEVER_MS,
    REAP_INTERVAL_MS: NEVER_MS,
    AUDIT_INTERVAL_MS: NEVER_MS,
  });

  const read: BulkLab['read'] = async (id) =>
    (await expectStatus(200, api.send('GET', `/v1/orders/${id}`, { as: 'viewer' }))).json;
  const show: BulkLab['show'] = async (id, query = '') =>
    (await expectStatus(200, api.send('GET', `/v1/ops/bulk/${id}${query}`, { as: 'viewer' }))).json;
  return {
    api,
    processes,
    read,
    show,
    paid: async (count, { sku = 'LAMP', quantity = 1 } = {}) => {
      const place = (): Promise<Sent> => {
        const body = orderBody({ lines: [{ sku, quantity }] });
        const request = { as: 'customer', idempotencyKey: newKey(), body } as const;
        return expectStatus(201, api.send('POST', '/v1/orders', request));
      };
      const placed = await Promise.all(Array.from({ length: count }, place));
      const ids = placed.map(({ json }) => json.id as string);
      for (const id of ids)
        await waitFor(async () => (await read(id)).paymentStatus === 'captured', {
          timeoutMs: PATIENCE_MS,
          what: `the capture of ${id}`,
        });
      return ids;
    },
    start: (body, { as = 'operator', idempotencyKey = newKey() } = {}) =>
      api.send('POST', '/v1/ops/bulk', { as, idempotencyKey, body: { reason: 'item recalled', ...body } }),
    preview: (body) =>
      api.send('POST', '/v1/ops/bulk?dryRun=true', {
        as: 'operator',
        body: { reason: 'item recalled', ...body },
      }),
    steer: (id, command, { as = 'operator', idempotencyKey = newKey() } = {}) =>
      api.send('POST', `/v1/ops/bulk/${id}/${command}`, {
        as,
        idempotencyKey,
        body: { reason: 'looked at' },
      }),
    decide: (id, decision, as = 'approver') =>
      api.send('POST', `/v1/ops/bulk/${id}/decisions`, {
        as,
        idempotencyKey: newKey(),
        body: { decision, reason: 'seen' },
      }),
    untilState: (id, state) =>
      waitFor(
        async () => {
          const bulk = await show(id);
          return bulk.state === state ? bulk : null;
        },
        { timeoutMs: PATIENCE_MS, what: `${id} to be ${state}` },
      ),
    moneyOf: async (id) =>
      (await processes.paymentOperations(id)).map(({ operation, status }) => `${operation} ${status}`),
    stop: async () => {
      await maintenance.stop();
      const temporal = createTemporalClient(api.environment);
      // The schedules would go on in the server that all tests share.
      for await (const { scheduleId } of temporal.client.schedule.list())
        if (scheduleId.startsWith(maintenanceQueue))
          await temporal.client.schedule.getHandle(scheduleId).delete();
      await temporal.close();
      await processes.stop();
      await api.close();
    },
  };
}
