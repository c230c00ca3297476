/** One order, one trace: from the request at the API through workflow and activities to SQL and the providers. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findFreePorts } from '../../embedded/ports.ts';
import { receiveSpans } from '../support/span-receiver.ts';
import { startProcess, waitFor, type TestProcess } from '../support/stack.ts';
import { addresses, orderBody, stockedItem } from './shop.ts';

let receiver: Awaited<ReturnType<typeof receiveSpans>>;
const processes: TestProcess[] = [];
let apiUrl: string;

beforeAll(async () => {
  receiver = await receiveSpans();
  const [port] = await findFreePorts(1);
  apiUrl = `http://127.0.0.1:${port}`;
  const env = {
    API_PORT: String(port),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    // Its own queue, so that the order is carried out by the worker that is traced.
    TEMPORAL_TASK_QUEUE: `traced-${randomUUID()}`,
  };
  processes.push(await startProcess('src/workers/order-worker.main.ts', env));
  processes.push(await startProcess('src/api/main.ts', env));
});
afterAll(async () => {
  for (const process of processes.toReversed()) await process.stop();
  receiver?.server.close();
});

test('an order placed over HTTP is one trace, whose root is the request', async () => {
  const sku = await stockedItem({ main: 5 });
  const response = await fetch(`${apiUrl}/v1/orders`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${addresses.keys.operator}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(orderBody(sku)),
  });
  expect([201, 202]).toContain(response.status);

  const ROOT = 'POST /v1/orders';
  const root = await waitFor(() => receiver.spans.find(({ name }) => name === ROOT), {
    timeoutMs: 30_000,
    what: 'the span of the request',
  });
  const trace = () => receiver.spans.filter(({ traceId }) => traceId === root.traceId);
  for (const name of [
    'sql inventory.readOffers',
    'RunWorkflow:processOrder',
    'RunActivity:reserveStock',
    'sql orders.placeAndReserve',
    'RunActivity:authorizePayment',
    'sql orders.recordAuthorized',
    'RunActivity:bookShipments',
    'RunActivity:capturePayment',
    'POST',
  ]) {
    await waitFor(() => trace().some((span) => span.name === name), {
      timeoutMs: 30_000,
      what: `a span "${name}"`,
    });
  }
  expect(root.parentSpanId ?? '').toBe('');
});
