/** Bulk actions over HTTP upon orders that are paid for, with a maintenance worker that carries them out and does nothing else. */
import { waitFor } from '../../support/stack.ts';
import { startProgram } from '../events/program.ts';
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { PATIENCE_MS, startCheckoutLab, type CheckoutLab } from './checkout-lab.ts';
import { expectStatus, newKey, type KeyName, type Sent } from './test-api.ts';

const NEVER_MS = '86400000';
const LIMIT_MINOR = 10_000;

export interface BulkSendOptions {
  readonly as?: KeyName;
  readonly idempotencyKey?: string;
}

export interface BulkLab extends CheckoutLab {
  /**
   * Orders that are paid for, and whose parcels stay where they are. @returns their ids
   * @param units how many of which item each is for, one LAMP unless it says otherwise
   */
  paidOrders(count: number, units?: Readonly<Record<string, number>>): Promise<readonly string[]>;
  start(body: Readonly<Record<string, unknown>>, options?: BulkSendOptions): Promise<Sent>;
  preview(body: Readonly<Record<string, unknown>>): Promise<Sent>;
  show(bulkId: string, query?: string): Promise<Sent['json']>;
  steer(bulkId: string, command: string, options?: BulkSendOptions): Promise<Sent>;
  decide(bulkId: string, decision: 'approve' | 'decline', as?: KeyName): Promise<Sent>;
  untilState(bulkId: string, state: string): Promise<Sent['json']>;
}

export async function startBulkLab(): Promise<BulkLab> {
  const maintenanceQueue = `maintenance-api-bulk-${newKey().slice(0, 8)}`;
  const lab = await startCheckoutLab({
    api: {
      APPROVAL_LIMIT_MINOR: String(LIMIT_MINOR),
      MAINTENANCE_TASK_QUEUE: maintenanceQueue,
      BULK_MOST_ORDERS: '6',
      BULK_MOST_PER_SECOND: '20',
    },
    items: {
      CORD: { amountMinor: 500, onHand: 10_000 },
      MIRROR: { amountMinor: 6000, onHand: 10_000 },
    },
  });
  const { api, processes } = lab;
  const maintenance = await startProgram('src/workers/maintenance-worker.main.ts', {
    ...processes.environment,
    MAINTENANCE_TASK_QUEUE: maintenanceQueue,
    REPAIR_DRIFT_INTERVAL_MS: NEVER_MS,
    FIND_STUCK_INTERVAL_MS: NEVER_MS,
    RECONCILE_INTERVAL_MS: NEVER_MS,
    REAP_INTERVAL_MS: NEVER_MS,
    AUDIT_INTERVAL_MS: NEVER_MS,
  });

  const show: BulkLab['show'] = async (id, query = '') =>
    (await expectStatus(200, api.send('GET', `/v1/ops/bulk/${id}${query}`, { as: 'viewer' }))).json;
  return {
    ...lab,
    show,
    paidOrders: (count, units = { LAMP: 1 }) =>
      Promise.all(Array.from({ length: count }, () => lab.paid({ units }))),
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
    stop: async () => {
      await maintenance.stop();
      const temporal = createTemporalClient(api.environment);
      // The schedules would go on in the server that all tests share.
      for await (const { scheduleId } of temporal.client.schedule.list())
        if (scheduleId.startsWith(maintenanceQueue))
          await temporal.client.schedule.getHandle(scheduleId).delete();
      await temporal.close();
      await lab.stop();
    },
  };
}
