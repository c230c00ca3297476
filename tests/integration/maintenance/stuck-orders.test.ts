import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createOrderWorkflows } from '../../../src/workers/order-workflows.ts';
import { waitFor } from '../../support/stack.ts';
import type { OrderLab } from '../workflow/order-lab.ts';
import { startMaintenanceLab, type MaintenanceLab } from './maintenance-lab.ts';

jest.setTimeout(300_000);

const TIMEOUT_MS = 120_000;
const OPS = 'operations@example.com';

let maintenance: MaintenanceLab;
let lab: OrderLab;
beforeAll(async () => {
  maintenance = await startMaintenanceLab({
    FIND_STUCK_INTERVAL_MS: '1000',
    STUCK_GRACE_MS: '1000',
    STUCK_AFTER_ATTEMPTS: '3',
    OPS_MAIL_TO: OPS,
  });
  lab = maintenance.orders;
});
afterEach(async () => {
  expect(await lab.violations()).toEqual([]);
});
afterAll(() => maintenance?.stop());

/** Orders wait a quarter of an hour and longer, which is more than a test has. */
const setDeadline = (orderId: string, fromNow: string) =>
  lab.database.query(
    'test.deadline',
    sql`UPDATE orders SET waiting_until = now() + ${fromNow}::interval WHERE id = ${orderId}`,
  );

const untilCodes = (orderId: string, codes: readonly string[]) =>
  lab.until(
    orderId,
    codes.length === 0 ? 'calm' : codes.join(),
    ({ attentions }) => attentions.map(({ code }) => code).join() === codes.join(),
    TIMEOUT_MS,
  );

async function placeWaiting(shipWithinMs: number): Promise<string> {
  const { orderId } = await lab.place({ parcelsStay: true, deadlines: { shipWithinMs } });
  await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured', TIMEOUT_MS);
  return orderId;
}

interface Mail {
  readonly subject: string;
  readonly text: string;
}
async function mailsAbout(orderId: string): Promise<readonly Mail[]> {
  const { json } = await lab.mail.send('GET', `/api/messages?to=${OPS}`);
  return (json as { items: Mail[] }).items.filter(({ text }) => text.includes(orderId));
}

describe('an order past its time', () => {
  test('that something is under way for calls a person until it is in time again, and is mailed once', async () => {
    const orderId = await placeWaiting(3_600_000);
    await setDeadline(orderId, '-1 hour');
    const { attention } = await untilCodes(orderId, ['STEP_OVERDUE']);
    expect(attention?.message).toMatch(/It waits for hand_over since .+Z, and was due .+Z\.$/);
    await waitFor(async () => (await mailsAbout(orderId)).length > 0, {
      timeoutMs: TIMEOUT_MS,
      what: 'the mail to operations staff',
    });
    expect(
      await maintenance.worker.metric('order_saga_attention{code="STEP_OVERDUE",severity="high"}'),
    ).toBeGreaterThanOrEqual(1);
    await setDeadline(orderId, '1 hour');
    await untilCodes(orderId, []);
    const mails = await mailsAbout(orderId);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain('/docs/runbooks#STEP_OVERDUE');
    expect((await lab.events(orderId)).slice(-2)).toEqual([
      'order.attention_raised',
      'order.attention_cleared',
    ]);
  });

  test('that nothing is under way for is not explained', async () => {
    const orderId = await placeWaiting(1_000);
    await untilCodes(orderId, ['SHIPMENT_LATE']);
    // Without the word of its own run there is nothing that tells why it stands still.
    await lab.repositories.orders.clearAttention({
      orderId,
      code: 'SHIPMENT_LATE',
      cause: { correlationId: 'test', causationId: 'test' },
    });
    await untilCodes(orderId, ['UNEXPLAINED']);
    await lab.speed(orderId, 0, 0);
    await lab.untilStatus(orderId, 'completed', TIMEOUT_MS);
    await untilCodes(orderId, []);
  });

  test('whose own cause explains it is left to that', async () => {
    const late = await placeWaiting(1_000);
    await untilCodes(late, ['SHIPMENT_LATE']);
    const silent = await placeWaiting(3_600_000);
    await setDeadline(silent, '-1 hour');
    // It was looked at together with the other one, or before.
    await untilCodes(silent, ['STEP_OVERDUE']);
    expect((await lab.order(late)).attentions.map(({ code }) => code)).toEqual(['SHIPMENT_LATE']);
  });
});

test('a step that has failed many times calls a person until it goes well', async () => {
  const { orderId, outcome } = await lab.place({
    parcelsStay: true,
    prepare: (id) =>
      lab.faults(lab.payments, [{ operation: 'capture', orderId: id, times: -1, behaviour: 'maintenance' }]),
  });
  await outcome;
  await lab.until(orderId, 'booked', ({ status }) => status === 'fulfilling', TIMEOUT_MS);
  await setDeadline(orderId, '-1 hour');
  const { attention } = await untilCodes(orderId, ['ACTIVITY_RETRYING']);
  expect(attention?.message).toMatch(
    /capturePayment has failed \d+ times since .+ Last failure: PROVIDER_UNAVAILABLE\.$/,
  );
  await lab.liftFaults(lab.payments, orderId);
  await lab.until(orderId, 'charged', ({ paymentStatus }) => paymentStatus === 'captured', TIMEOUT_MS);
  await untilCodes(orderId, []);
});

test('a workflow whose code fails calls a person until it runs', async () => {
  const orderId = await placeWaiting(3_600_000);
  const { client } = lab.temporal;
  // A type that this version of the worker does not have, as after a rollout that took it away.
  await client.workflow.start('processOrderOfLater', {
    workflowId: orderId,
    taskQueue: lab.taskQueue,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
  await setDeadline(orderId, '-1 hour');
  const { attention } = await untilCodes(orderId, ['WORKFLOW_TASK_FAILING']);
  expect(attention?.message).toMatch(/Attempt \d+\. Last failure: \w+\.$/);
  const workflows = createOrderWorkflows(client, client.options.namespace, lab.taskQueue);
  await waitFor(async () => (await workflows.listFailingTasks(10)).includes(orderId), {
    timeoutMs: TIMEOUT_MS,
    what: 'Temporal to list the run whose task fails',
  });
  await client.workflow.getHandle(orderId).terminate('by hand');
  // It is taken up from what is recorded, and goes on.
  await lab.speed(orderId, 0, 0);
  await lab.untilStatus(orderId, 'completed', TIMEOUT_MS);
  await untilCodes(orderId, []);
});
