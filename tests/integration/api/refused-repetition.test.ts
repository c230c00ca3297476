/** A repetition that is refused, while what an earlier attempt sent may still arrive at Temporal. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { findFreePorts } from '../../../embedded/ports.ts';
import { deriveId, sha256Hex } from '../../../src/api/http/derived-id.ts';
import { createTemporalClient, type TemporalClient } from '../../../src/config/temporal.ts';
import {
  PLACE_ORDER_UPDATE,
  PROCESS_ORDER_WORKFLOW,
  REFUSE_ORDER_WORKFLOW,
  type PlaceOrderRefusal,
  type PlaceOrderResult,
  type ProcessOrderInput,
} from '../../../src/workflows/orders/process-order.contract.ts';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type Sent,
  type TestApi,
} from './test-api.ts';

jest.setTimeout(120_000);

let api: TestApi;
/** The same service, cut off from Temporal: what an attempt there has begun nobody knows. */
let cutOff: TestApi;
let processes: OrderProcesses;
let temporal: TemporalClient;
beforeAll(async () => {
  api = await startTestApi({ variables: { CONFIRMATION_DEADLINE_MS: '4000' } });
  const { databaseUrl, environment } = api;
  const [port] = await findFreePorts(1);
  cutOff = await startTestApi({
    databaseUrl,
    variables: { TEMPORAL_ADDRESS: `127.0.0.1:${port}`, CONFIRMATION_DEADLINE_MS: '500' },
  });
  await addLocations(databaseUrl);
  processes = await startOrderProcesses(databaseUrl, environment.TEMPORAL_TASK_QUEUE);
  temporal = createTemporalClient(environment);
});
afterAll(async () => {
  await temporal?.close();
  await processes?.stop();
  await cutOff?.close();
  await api?.close();
});

const place = (at: TestApi, idempotencyKey: string, body: unknown): Promise<Sent> =>
  at.send('POST', '/v1/orders', { as: 'customer', idempotencyKey, body });
/** A repetition, until it is decided. */
const decide = (idempotencyKey: string, body: unknown): Promise<Sent> =>
  waitFor(
    async () => {
      const sent = await place(api, idempotencyKey, body);
      return sent.status === 202 || sent.status >= 500 ? null : sent;
    },
    { timeoutMs: 40_000, what: 'the answer' },
  );
const orderIdOf = (idempotencyKey: string): string => deriveId('ord', 'key:customer', idempotencyKey);

let items = 0;
async function sell(amountMinor: number): Promise<string> {
  const sku = `ITEM-${(items += 1)}`;
  await stockItems(api, { [sku]: { amountMinor, onHand: 5 } });
  return sku;
}
const changePrice = (sku: string, amountMinor: number): Promise<void> =>
  stockItems(api, { [sku]: { amountMinor, onHand: 0 } });

/** A request at a price, whose first attempt was answered 503. */
interface Attempted {
  readonly sku: string;
  readonly amountMinor: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly orderId: string;
}

async function attempted(amountMinor: number): Promise<Attempted> {
  const sku = await sell(amountMinor);
  const body = orderBody({ lines: [{ sku, quantity: 1 }], expectedTotalMinor: amountMinor });
  const idempotencyKey = newKey();
  await expectStatus(503, place(cutOff, idempotencyKey, body));
  const state = await api.repositories.access.readKey('key:customer', sha256Hex(idempotencyKey));
  if (state === null) throw new Error('nobody has attempted it');
  const { fingerprint } = state;
  return { sku, amountMinor, body, idempotencyKey, fingerprint, orderId: orderIdOf(idempotencyKey) };
}

/** What the first attempt has sent, arriving now. */
function arrive({ orderId, fingerprint, sku, amountMinor }: Attempted): Promise<PlaceOrderResult> {
  const input: ProcessOrderInput = {
    orderId,
    principalId: 'key:customer',
    fingerprint,
    customerId: 'cus_1',
    currency: 'GBP',
    totalMinor: amountMinor,
    lines: [{ lineId: '1', sku, quantity: 1, unitPriceMinor: amountMinor }],
    payment: { method: 'card', token: 'tok_visa' },
    shipTo: { name: 'Ada', line1: 'x', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' },
    contact: { email: 'ada@example.com' },
    correlationId: 'late',
    deadlines: {
      shipWithinMs: 60_000,
      deliverWithinMs: 60_000,
      returnWindowMs: 60_000,
      renewHoldBeforeMs: 60_000,
      reviewWithinMs: 60_000,
    },
  };
  return temporal.client.workflow.executeUpdateWithStart<
    (input: ProcessOrderInput) => Promise<unknown>,
    PlaceOrderResult,
    []
  >(PLACE_ORDER_UPDATE, {
    updateId: orderId,
    startWorkflowOperation: new WithStartWorkflowOperation(PROCESS_ORDER_WORKFLOW, {
      workflowId: orderId,
      taskQueue: api.environment.TEMPORAL_TASK_QUEUE,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    }),
  });
}

async function expectNoOrder({ orderId, sku }: Attempted): Promise<void> {
  expect((await api.send('GET', `/v1/orders/${orderId}`, { as: 'viewer' })).status).toBe(404);
  expect(await processes.paymentOperations(orderId)).toEqual([]);
  const { json } = await api.send('GET', `/v1/inventory/${sku}`, { as: 'viewer' });
  expect(json).toMatchObject({ onHand: 5, reserved: 0 });
}

describe('a repetition that costs something else than the customer saw', () => {
  it('is refused for good: what the first attempt sent cannot make an order any more', async () => {
    const first = await attempted(1000);
    const { sku, body, idempotencyKey } = first;
    await changePrice(sku, 1200);
    const refused = await decide(idempotencyKey, body);
    expect([refused.status, refused.json.code]).toEqual([409, 'TOTAL_CHANGED']);
    expect(refused.json.actualTotal).toEqual({ amountMinor: 1200, currency: 'GBP' });
    expect(refused.json.detail).toContain('place the order with a new one');
    expect(await arrive(first)).toMatchObject({ outcome: 'refused' });
    await expectNoOrder(first);
    expect((await place(api, idempotencyKey, body)).text).toBe(refused.text);
    await changePrice(sku, 1000);
    expect((await place(api, idempotencyKey, body)).text).toBe(refused.text);
    await expectStatus(201, place(api, newKey(), body));
  });

  it('is told of the order when what the first attempt sent was faster', async () => {
    const first = await attempted(1000);
    expect(await arrive(first)).toMatchObject({ outcome: 'confirmed' });
    await changePrice(first.sku, 1200);
    const { status, json } = await decide(first.idempotencyKey, first.body);
    expect([status, json.id, json.totals.total.amountMinor]).toEqual([201, first.orderId, 1000]);
  });

  it('is told of the order also when Temporal has forgotten how it came about', async () => {
    const first = await attempted(1000);
    const { orderId } = first;
    await arrive(first);
    const { client } = temporal;
    const { runId } = await client.workflow.getHandle(orderId).describe();
    await client.workflowService.deleteWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: orderId, runId },
    });
    await waitFor(
      () =>
        client.workflow
          .getHandle(orderId)
          .describe()
          .then(
            () => null,
            (error: Error) => error.name === 'WorkflowNotFoundError',
          ),
      { timeoutMs: 30_000, what: 'Temporal to forget it' },
    );
    await changePrice(first.sku, 1200);
    const { status, json } = await decide(first.idempotencyKey, first.body);
    expect([status, json.id]).toEqual([201, orderId]);
  });

  it('stays refused when the service died before it could tell, whatever the price is now', async () => {
    const first = await attempted(1000);
    const { orderId, fingerprint } = first;
    const refusal: PlaceOrderRefusal = {
      fingerprint,
      outcome: 'refused',
      code: 'TOTAL_CHANGED',
      message: 'The total is 1200 now.',
      fieldErrors: [],
      extensions: { actualTotal: { amountMinor: 1200, currency: 'GBP' } },
    };
    await temporal.client.workflow.executeUpdateWithStart(PLACE_ORDER_UPDATE, {
      updateId: orderId,
      startWorkflowOperation: new WithStartWorkflowOperation(REFUSE_ORDER_WORKFLOW, {
        workflowId: orderId,
        taskQueue: api.environment.TEMPORAL_TASK_QUEUE,
        args: [refusal],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      }),
    });
    await temporal.client.workflow.getHandle(orderId).result();
    const { status, json } = await decide(first.idempotencyKey, first.body);
    expect([status, json.code, json.detail]).toEqual([409, 'TOTAL_CHANGED', 'The total is 1200 now.']);
    await expectNoOrder(first);
  });
});

describe('a repetition for an item that is not sold any more, or only through a waiting room', () => {
  it('is refused for good, each with its own status', async () => {
    const gone = await attempted(1000);
    await expectStatus(
      200,
      api.send('PUT', `/v1/items/${gone.sku}`, {
        as: 'admin',
        body: { name: 'Gone', prices: [{ amountMinor: 1000, currency: 'GBP' }], active: false },
      }),
    );
    const guarded = await attempted(1000);
    const room = { name: 'A sale', skus: [guarded.sku], admissionsPerSecond: 0 };
    await expectStatus(200, api.send('PUT', '/v1/waiting-rooms/sale', { as: 'admin', body: room }));
    for (const [first, status, code] of [
      [gone, 400, 'INVALID_ORDER'],
      [guarded, 403, 'WAITING_ROOM_TOKEN_REQUIRED'],
    ] as const) {
      const refused = await decide(first.idempotencyKey, first.body);
      expect([refused.status, refused.json.code]).toEqual([status, code]);
      expect(await arrive(first)).toMatchObject({ outcome: 'refused' });
      await expectNoOrder(first);
      expect((await place(api, first.idempotencyKey, first.body)).text).toBe(refused.text);
    }
  });
});
