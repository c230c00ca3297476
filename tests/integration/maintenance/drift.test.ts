import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { refundOperationKey } from '../../../src/domain/ids.ts';
import { isTerminal } from '../../../src/domain/orders/order-status.ts';
import type { OrderView } from '../../../src/domain/orders/order.ts';
import { AMEND_ORDER_WORKFLOW } from '../../../src/workflows/orders/process-order.contract.ts';
import { waitFor } from '../../support/stack.ts';
import type { OrderLab } from '../workflow/order-lab.ts';
import { startMaintenanceLab, type MaintenanceLab } from './maintenance-lab.ts';

const TIMEOUT_MS = 60_000;

let maintenance: MaintenanceLab;
let lab: OrderLab;
beforeAll(async () => {
  maintenance = await startMaintenanceLab();
  lab = maintenance.orders;
});
afterAll(() => maintenance?.stop());

const handle = (orderId: string) => lab.temporal.client.workflow.getHandle(orderId);

test('an order whose workflow timed out comes to its end', async () => {
  const { orderId } = await lab.place({ parcelsStay: true, runTimeoutMs: 10_000 });
  await waitFor(async () => (await handle(orderId).describe()).type === 'recoverOrder', {
    timeoutMs: TIMEOUT_MS,
    what: 'the order to be taken up',
  });
  await lab.speed(orderId, 0, 0);
  // On a machine that is very busy the time was up before the order was confirmed, and then it is rejected.
  await lab.until(orderId, 'at its end', ({ status }) => isTerminal(status), TIMEOUT_MS);
  await lab.untilClosed(orderId);
  expect(await lab.violations()).toEqual([]);
});

test('an order whose workflow is unknown to Temporal is taken up', async () => {
  const { orderId } = await lab.place({ parcelsStay: true });
  await lab.until(orderId, 'captured', (order) => order.paymentStatus === 'captured');
  const { client } = lab.temporal;
  const { runId } = await handle(orderId).describe();
  await client.workflowService.deleteWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: orderId, runId },
  });
  await lab.speed(orderId, 0, 0);
  await lab.untilStatus(orderId, 'completed', TIMEOUT_MS);
  expect(await lab.violations()).toEqual([]);
});

test('a workflow that was reset goes on and is left alone', async () => {
  const { orderId } = await lab.place({ parcelsStay: true });
  await lab.until(orderId, 'captured', (order) => order.paymentStatus === 'captured');
  const { client } = lab.temporal;
  const { runId } = await handle(orderId).describe();
  const { events } = await handle(orderId).fetchHistory();
  const firstTask = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: orderId, runId },
    reason: 'by hand',
    workflowTaskFinishEventId: firstTask?.eventId ?? null,
    requestId: `reset-${orderId}`,
  });
  await lab.speed(orderId, 0, 0);
  await lab.untilStatus(orderId, 'completed', TIMEOUT_MS);
  expect((await handle(orderId).describe()).type).toBe('processOrder');
  expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'capture succeeded 1110']);
});

test('a refund whose run was lost after the order had ended is carried out', async () => {
  const { orderId } = await lab.place();
  await lab.untilStatus(orderId, 'completed');
  await lab.untilClosed(orderId);
  const refundId = `ref_${orderId.slice(4)}`;
  await lab.faults(lab.payments, [{ operation: 'refund', orderId, times: -1, behaviour: 'maintenance' }]);
  lab.refund(orderId, { refundId }).catch(() => undefined);
  await lab.until(orderId, 'refunding', (order) => order.refunds.some(({ id }) => id === refundId));
  await handle(orderId).terminate('by hand');
  await lab.liftFaults(lab.payments, orderId);
  await lab.until(
    orderId,
    'refunded',
    (order) => order.refunds.some(({ id, status }) => id === refundId && status === 'succeeded'),
    TIMEOUT_MS,
  );
  const refunds = await lab.operations(lab.payments, orderId);
  expect(refunds.filter(({ key }) => key === refundOperationKey(refundId))).toHaveLength(1);
});

test('a workflow that is open for an order at its end calls a person until it is closed', async () => {
  const { orderId } = await lab.place();
  await lab.untilStatus(orderId, 'completed');
  await lab.untilClosed(orderId);
  await lab.database.query(
    'test.longAgo',
    sql`UPDATE orders SET updated_at = updated_at - interval '1 hour' WHERE id = ${orderId}`,
  );
  const astray = await lab.temporal.client.workflow.start(AMEND_ORDER_WORKFLOW, {
    workflowId: orderId,
    taskQueue: lab.taskQueue,
    args: [],
    startDelay: '1 hour',
  });
  const isTold = (order: OrderView): boolean =>
    order.attentions.some(({ code }) => code === 'WORKFLOW_ASTRAY');
  await lab.until(orderId, 'calling a person', isTold, TIMEOUT_MS);
  await astray.terminate('by hand');
  await lab.until(orderId, 'calling nobody', (order) => !isTold(order), TIMEOUT_MS);
});

describe('the read model', () => {
  /** Takes the events of all orders in, as the consumer does, but for those of one order. */
  async function projectAllBut(left: string): Promise<void> {
    const orders = await lab.database.query<{ id: string }>('test.orders', sql`SELECT id FROM orders`);
    for (const { id } of orders.filter((order) => order.id !== left)) {
      for (const event of await lab.repositories.orderReads.events(id, 0, 1000))
        await lab.repositories.projections.apply([event]);
    }
  }

  test('gets the events again that it has missed, and no others', async () => {
    const { orderId } = await lab.place();
    await lab.untilStatus(orderId, 'completed');
    await lab.untilClosed(orderId);
    const { version } = await lab.order(orderId);
    await lab.database.query('test.published', sql`DELETE FROM outbox`);
    const queued = () =>
      lab.database.query<{ sequence: number }>(
        'test.queued',
        sql`SELECT sequence FROM outbox WHERE order_id = ${orderId} ORDER BY sequence`,
      );
    // Later events of another order are taken in, so the model is not merely slow.
    const later = await lab.place();
    await lab.untilStatus(later.orderId, 'completed');
    await lab.untilClosed(later.orderId);
    await lab.database.query(
      'test.later',
      sql`UPDATE orders SET updated_at = updated_at - interval '1 minute' WHERE id = ${orderId}`,
    );
    await lab.database.query('test.published', sql`DELETE FROM outbox`);
    await projectAllBut(orderId);
    await waitFor(async () => (await queued()).length === version, {
      timeoutMs: TIMEOUT_MS,
      what: 'the events to be queued again',
    });
    for (const event of await lab.repositories.orderReads.events(orderId, 0, 1000))
      expect((await lab.repositories.projections.apply([event])).get(event.id)).toBe('applied');
  });
});
