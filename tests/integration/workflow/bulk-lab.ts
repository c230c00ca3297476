/** Bulks upon the orders of a lab: written down as the HTTP service does, and carried out by a maintenance worker of their own. */
import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { RecordedAction } from '../../../db/repositories/operator-actions.repository.ts';
import type { RecordedBulk } from '../../../db/repositories/bulk-actions.repository.ts';
import { deriveId } from '../../../src/api/http/derived-id.ts';
import {
  EMPTY_TALLY,
  stateOfBulk,
  type BulkActionName,
  type BulkState,
} from '../../../src/domain/operations/bulk-action.ts';
import {
  BULK_ACTION_WORKFLOW,
  BULK_PROGRESS_QUERY,
  STEER_BULK_UPDATE,
  type BulkActionInput,
  type BulkActionResult,
  type BulkCommand,
  type BulkWorkflowProgress,
  type SteerBulkInput,
  type SteerBulkResult,
} from '../../../src/workflows/operations/bulk-action.contract.ts';
import { waitFor } from '../../support/stack.ts';
import { startProgram, type RunningProgram } from '../events/program.ts';
import type { OrderLab } from './order-lab.ts';

const WORKER = 'src/workers/maintenance-worker.main.ts';
/** Its jobs are not what is tried. */
const NEVER_MS = '86400000';
const PATIENCE_MS = 120_000;
const BY = { actor: 'key:lab', role: 'operator' } as const;

export interface StartOptions {
  readonly action?: BulkActionName;
  readonly amountMinor?: number | null;
  readonly perSecond?: number;
  readonly ordersPerRun?: number;
}

export class BulkLab {
  readonly orders: OrderLab;
  worker: RunningProgram;
  /** Of each bulk, by its id. */
  readonly firstRunIds = new Map<string, string>();

  private constructor(orders: OrderLab, worker: RunningProgram) {
    this.orders = orders;
    this.worker = worker;
  }

  static async start(orders: OrderLab): Promise<BulkLab> {
    return new BulkLab(orders, await startWorker(orders));
  }

  /** `kill -9`, and a new worker. */
  async crashWorker(): Promise<void> {
    await this.worker.kill();
    this.worker = await startWorker(this.orders);
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    const { schedule } = this.orders.temporal.client;
    // The schedules would go on in the server that all tests share.
    for await (const { scheduleId } of schedule.list())
      if (scheduleId.startsWith(queueOf(this.orders))) await schedule.getHandle(scheduleId).delete();
  }

  /** Places orders that are paid for and whose parcels stay. @returns their ids */
  async paidOrders(count: number): Promise<readonly string[]> {
    const placed = await Promise.all(
      Array.from({ length: count }, () => this.orders.place({ parcelsStay: true })),
    );
    for (const { orderId, outcome } of placed) {
      await outcome;
      await this.orders.until(
        orderId,
        'paid',
        ({ paymentStatus }) => paymentStatus === 'captured',
        PATIENCE_MS,
      );
    }
    return placed.map(({ orderId }) => orderId);
  }

  /** Orders that were rejected when they were placed: no workflow is asked about them. @returns their ids */
  async rejectedOrders(count: number): Promise<readonly string[]> {
    const sku = await this.orders.stock(0);
    const ids: string[] = [];
    for (let placed = 0; placed < count; placed += 1) {
      const orderId = `ord_${randomBytes(13).toString('hex')}`;
      await this.orders.repositories.orders.placeAndReject({
        orderId,
        cause: { correlationId: 'req_1', causationId: 'req_1' },
        workflowRunId: 'run',
        principalId: 'key:lab',
        fingerprint: 'digest',
        customerId: 'cus_lab',
        currency: 'GBP',
        totalMinor: 370,
        lines: [{ lineId: '1', sku, quantity: 1, unitPriceMinor: 370 }],
        paymentMethod: 'card',
        shipTo: { name: 'x', line1: 'x', city: 'x', postalCode: 'x', country: 'GB' },
        contact: { email: 'x@example.com' },
        shortLines: [{ lineId: '1', sku, requested: 1, available: 0 }],
      });
      ids.push(orderId);
    }
    return ids;
  }

  /** Writes a bulk down and starts its workflow. @returns its id */
  async begin(orderIds: readonly string[], options: StartOptions = {}): Promise<string> {
    const { action = 'cancel', amountMinor = null, perSecond = 5, ordersPerRun = 500 } = options;
    const bulkId = `blk_${randomBytes(13).toString('hex')}`;
    const input = action === 'resend_notification' ? { template: 'confirmed' } : {};
    const asked = {
      ...BY,
      id: bulkId,
      action,
      input,
      reason: 'item_recalled',
      requestId: `req-${bulkId}`,
      keyDigest: 'digest',
      selection: null,
      perSecond,
      tally: { ...EMPTY_TALLY, orders: orderIds.length },
      needsSecondPerson: false,
    };
    const fixed = orderIds.map((orderId) => ({
      orderId,
      actionId: deriveId('act', bulkId, orderId),
      amountMinor,
    }));
    await this.orders.repositories.bulkActions.ask(asked, fixed);
    const { workflow } = this.orders.temporal.client;
    const { firstExecutionRunId } = await workflow.start<
      (input: BulkActionInput) => Promise<BulkActionResult>
    >(BULK_ACTION_WORKFLOW, {
      workflowId: bulkId,
      taskQueue: queueOf(this.orders),
      args: [{ ...BY, bulkId, orders: orderIds.length, perSecond, ordersPerRun }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    this.firstRunIds.set(bulkId, firstExecutionRunId);
    return bulkId;
  }

  steer(bulkId: string, command: BulkCommand): Promise<SteerBulkResult> {
    const commandId = `cmd_${randomBytes(13).toString('hex')}`;
    const input: SteerBulkInput = { ...BY, commandId, command, reason: 'looked at' };
    return this.#handle(bulkId).executeUpdate<SteerBulkResult, [SteerBulkInput]>(STEER_BULK_UPDATE, {
      updateId: commandId,
      args: [input],
    });
  }

  progress(bulkId: string): Promise<BulkWorkflowProgress> {
    return this.#handle(bulkId).query<BulkWorkflowProgress>(BULK_PROGRESS_QUERY);
  }

  async bulk(bulkId: string): Promise<RecordedBulk> {
    const bulk = await this.orders.repositories.bulkActions.find(bulkId);
    if (bulk === null) throw new Error(`There is no bulk ${bulkId}`);
    return bulk;
  }

  async state(bulkId: string): Promise<BulkState> {
    return stateOfBulk((await this.bulk(bulkId)).steps.map(({ step }) => step));
  }

  /** Waits until so many of its orders have come to an end. */
  untilEnded(bulkId: string, count: number): Promise<boolean> {
    return waitFor(
      async () => {
        const { done, refused, failed } = (await this.bulk(bulkId)).counts;
        return done + refused + failed >= count;
      },
      { timeoutMs: PATIENCE_MS, what: `${count} orders of ${bulkId} to be at an end` },
    );
  }

  /** Waits until its workflow has closed, over all its runs. */
  result(bulkId: string): Promise<BulkActionResult> {
    return this.#handle(bulkId).result() as Promise<BulkActionResult>;
  }

  /** Its actions, one for each order that was begun with. */
  async actions(bulkId: string): Promise<readonly RecordedAction[]> {
    const { items } = await this.orders.repositories.operatorActions.list({ bulkId, limit: 1_000 });
    return items;
  }

  #handle(bulkId: string): WorkflowHandle {
    return this.orders.temporal.client.workflow.getHandle(bulkId);
  }
}

function queueOf({ taskQueue }: OrderLab): string {
  return `maintenance-${taskQueue}`;
}

function startWorker(orders: OrderLab): Promise<RunningProgram> {
  return startProgram(WORKER, {
    ...orders.environment,
    MAINTENANCE_TASK_QUEUE: queueOf(orders),
    REPAIR_DRIFT_INTERVAL_MS: NEVER_MS,
    FIND_STUCK_INTERVAL_MS: NEVER_MS,
    RECONCILE_INTERVAL_MS: NEVER_MS,
    REAP_INTERVAL_MS: NEVER_MS,
    AUDIT_INTERVAL_MS: NEVER_MS,
  });
}
