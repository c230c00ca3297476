import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { shipmentId } from '../../../src/domain/ids.ts';
import { PROCESS_ORDER_WORKFLOW } from '../../../src/workflows/orders/process-order.contract.ts';
import { waitFor } from '../../support/stack.ts';
import { OrderLab } from './order-lab.ts';

let lab: OrderLab;
beforeAll(async () => {
  lab = await OrderLab.start();
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => lab?.stop());

const STORY = [
  'order.placed',
  'inventory.reserved',
  'payment.authorized',
  'order.confirmed',
  'fulfilment.started',
  'shipment.label_created',
  'payment.captured',
  'order.shipped',
  'delivery.confirmed',
  'order.completed',
];

describe('an order that nothing stands in the way of', () => {
  test('is confirmed at once and completed in the end, with every event, mail, unit and penny', async () => {
    const sku = await lab.stock(10);
    const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 3 }] });
    expect(await outcome).toEqual({
      fingerprint: `fingerprint-${orderId}`,
      outcome: 'confirmed',
      rejection: null,
    });
    await lab.untilClosed(orderId);
    expect(await lab.order(orderId)).toMatchObject({
      status: 'completed',
      paymentStatus: 'captured',
      attention: null,
      totals: { captured: { amountMinor: 1110, currency: 'GBP' }, refunded: { amountMinor: 0 } },
      shipments: [{ status: 'delivered' }],
    });
    expect(await lab.events(orderId)).toEqual(STORY);
    expect(await lab.moneyMoves(orderId)).toEqual(['authorize succeeded 1110', 'capture succeeded 1110']);
    expect(await lab.shelf(sku)).toBe('7/0');
    expect(await lab.mails(orderId)).toEqual(['Your order is confirmed', 'Your order is on its way']);
  });

  test('is carried out by a worker that notes no call stacks', async () => {
    const { orderId, outcome } = await lab.place();
    await outcome;
    const stack = lab.temporal.client.workflow.getHandle(orderId).query('__stack_trace');
    // The reason is encrypted as every failure is; a worker that notes them answers.
    await expect(stack).rejects.toThrow('Encoded failure');
  });

  test('costs no more history than it needs', async () => {
    // Payment webhooks are held back: about operations that are recorded they never reach a workflow in a whole stack.
    await lab.payments.send('PUT', '/control/webhooks', { body: { mode: 'hold' } });
    const { orderId, outcome } = await lab.place();
    await outcome;
    await lab.untilClosed(orderId);
    await lab.payments.send('PUT', '/control/webhooks', { body: { mode: 'normal' } });
    const { events = [] } = await lab.temporal.client.workflow.getHandle(orderId).fetchHistory();
    const workflowTasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes).length;
    const activities = (events ?? []).filter((event) => event.activityTaskCompletedEventAttributes).length;
    console.log(
      `history of an order: ${events?.length} events, ${workflowTasks} workflow tasks, ${activities} activities`,
    );
    // The booking; everything else is local. A timer for the end of the hold costs two events. What the carrier says is a
    // task or two, as it comes while another one is worked on or not.
    expect(activities).toBe(1);
    expect(workflowTasks).toBeLessThanOrEqual(6);
    expect(events?.length).toBeLessThanOrEqual(43);
  });

  test('keeps personal data out of what Temporal stores in clear, and out of the log', async () => {
    const { orderId, outcome } = await lab.place();
    await outcome;
    await lab.untilClosed(orderId);
    const { workflowService } = lab.temporal.client;
    const { history } = await workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId: orderId },
    });
    const stored = JSON.stringify(history, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(stored).toContain(orderId);
    for (const secret of ['Jane Doe', 'High Street', '@example.com', 'tok_visa']) {
      expect(stored).not.toContain(secret);
      expect(lab.worker.log()).not.toContain(secret);
    }
  });
});

describe('stock at two locations', () => {
  test('one that has everything is preferred', async () => {
    const sku = await lab.stock(2, 5);
    const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 3 }] });
    await outcome;
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).shipments.map((shipment) => shipment.locationId)).toEqual(['west']);
  });

  test('an order that no one can serve alone leaves in two parcels and is shipped with the second', async () => {
    const sku = await lab.stock(2, 3);
    const { orderId, outcome } = await lab.place({ lines: [{ sku, quantity: 5 }] });
    await outcome;
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).shipments.map((shipment) => shipment.locationId)).toEqual([
      'main',
      'west',
    ]);
    const events = await lab.events(orderId);
    expect(events.filter((type) => type === 'shipment.label_created')).toHaveLength(2);
    expect(events.slice(-5)).toEqual([
      'order.partially_shipped',
      'order.shipped',
      'delivery.partially_confirmed',
      'delivery.confirmed',
      'order.completed',
    ]);
    expect(await lab.shelf(sku)).toBe('0/0');
  });

  test('the last units are sold once, whoever asks at the same moment', async () => {
    const sku = await lab.stock(2, 1);
    const placed = await Promise.all(
      Array.from({ length: 6 }, () => lab.place({ lines: [{ sku, quantity: 1 }] })),
    );
    const outcomes = await Promise.all(placed.map(async ({ outcome }) => (await outcome).outcome));
    expect(outcomes.toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'confirmed'),
      ...Array.from({ length: 3 }, () => 'rejected'),
    ]);
    await Promise.all(placed.map(({ orderId }) => lab.untilClosed(orderId)));
    expect(await lab.shelf(sku)).toBe('0/0');
  });
});

describe('what the carrier says', () => {
  test('counts once, however often and in whatever order it comes', async () => {
    const { orderId, outcome } = await lab.place({ parcelsStay: true });
    await outcome;
    const parcel = shipmentId(orderId, 1);
    await lab.signalMoved(orderId, shipmentId('ord_somebody', 1), 'delivered', 'evt_0');
    await lab.signalMoved(orderId, shipmentId(orderId, 9), 'shipped', 'evt_1');
    await lab.until(orderId, 'captured', (order) => order.paymentStatus === 'captured');
    expect((await lab.order(orderId)).status).toBe('fulfilling');
    // That it arrived means that it left.
    await lab.signalMoved(orderId, parcel, 'delivered', 'evt_2');
    await lab.signalMoved(orderId, parcel, 'shipped', 'evt_3');
    await lab.signalMoved(orderId, parcel, 'delivered', 'evt_2');
    await lab.untilClosed(orderId);
    expect(await lab.events(orderId)).toEqual(STORY);
    const moved = await lab.repositories.orderReads.events(orderId, 7, 2);
    expect(moved.map((event) => event.causationid)).toEqual(['evt_2', 'evt_2']);
  });

  test('before the customer was charged waits until that is done', async () => {
    const { orderId, outcome } = await lab.place();
    await lab.faults(lab.payments, [
      { operation: 'capture', orderId, times: 2, behaviour: 'maintenance', delayMs: 1000 },
    ]);
    await outcome;
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'shipped', 'evt_early');
    await lab.untilClosed(orderId);
    expect(await lab.events(orderId)).toEqual(STORY);
  });

  test('too late calls a person, and then still counts', async () => {
    const { orderId, outcome } = await lab.place({
      deadlines: { shipWithinMs: 300, deliverWithinMs: 300 },
      parcelsStay: true,
    });
    await outcome;
    await lab.until(orderId, 'late', (order) => order.attention?.code === 'SHIPMENT_LATE');
    expect(await lab.progress(orderId)).toMatchObject({
      status: 'fulfilling',
      attentionCode: 'SHIPMENT_LATE',
      cancelRequested: false,
    });
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'shipped', 'evt_s');
    await lab.until(orderId, 'late again', (order) => order.attention?.code === 'DELIVERY_LATE');
    await lab.signalMoved(orderId, shipmentId(orderId, 1), 'delivered', 'evt_d');
    await lab.untilClosed(orderId);
    expect((await lab.order(orderId)).attention).toBeNull();
    expect((await lab.events(orderId)).filter((type) => type.startsWith('order.attention'))).toEqual([
      'order.attention_raised',
      'order.attention_cleared',
      'order.attention_raised',
      'order.attention_cleared',
    ]);
  });
});

describe('an order id that is taken', () => {
  test('is not touched by another run', async () => {
    const { orderId, outcome } = await lab.place();
    await outcome;
    await lab.untilClosed(orderId);
    const before = await lab.events(orderId);
    const another = await lab.temporal.client.workflow.start(PROCESS_ORDER_WORKFLOW, {
      workflowId: orderId,
      taskQueue: lab.taskQueue,
      args: [await lab.input(orderId, {})],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    await expect(another.result()).rejects.toMatchObject({ cause: { type: 'ORDER_OWNED_BY_ANOTHER_RUN' } });
    expect(await lab.events(orderId)).toEqual(before);
    expect(await lab.moneyMoves(orderId)).toHaveLength(2);
  });
});

describe('mail', () => {
  test('that cannot be sent holds no parcel up, and is sent once when it can be', async () => {
    await lab.mail.kill();
    const { orderId, outcome } = await lab.place();
    await outcome;
    await lab.untilStatus(orderId, 'completed');
    await lab.mail.start();
    await lab.untilClosed(orderId);
    expect((await lab.mails(orderId)).toSorted()).toEqual([
      'Your order is confirmed',
      'Your order is on its way',
    ]);
  });

  test('to an address that does not exist is given up and not tried for ever', async () => {
    const orderId = `ord_unknownuser${Date.now()}`;
    const input = await lab.input(orderId, {});
    const handle = await lab.temporal.client.workflow.start(PROCESS_ORDER_WORKFLOW, {
      workflowId: orderId,
      taskQueue: lab.taskQueue,
      args: [{ ...input, contact: { email: 'unknown-user@example.com' } }],
    });
    await handle.result();
    expect((await lab.order(orderId)).status).toBe('completed');
    await waitFor(async () => (await lab.order(orderId)).attention === null, {
      timeoutMs: 5_000,
      what: 'no attention',
    });
  });
});
