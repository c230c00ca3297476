import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTracing, withSpan, type Tracing } from '../../../src/config/tracing.ts';
import { receiveSpans } from '../../support/span-receiver.ts';
import { waitFor } from '../../support/stack.ts';
import { OrderLab } from './order-lab.ts';

let receiver: Awaited<ReturnType<typeof receiveSpans>>;
let tracing: Tracing;
let lab: OrderLab;
beforeAll(async () => {
  receiver = await receiveSpans();
  tracing = await startTracing('order-saga-lab', receiver.url);
  lab = await OrderLab.start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }, tracing.clientInterceptors);
});
afterAll(async () => {
  await lab?.stop();
  await tracing?.shutdown();
  receiver?.server.close();
});

describe('an order', () => {
  test('is one trace from the request through workflow and activities to SQL and HTTP', async () => {
    const { orderId, traceId } = await withSpan('POST /v1/orders', {}, async (span) => {
      const placed = await lab.place();
      await placed.outcome;
      return { orderId: placed.orderId, traceId: span.spanContext().traceId };
    });
    await lab.untilClosed(orderId);
    const names = (): string[] =>
      receiver.spans.filter((span) => span.traceId === traceId).map(({ name }) => name);
    for (const name of [
      'POST /v1/orders',
      'RunWorkflow:processOrder',
      'RunActivity:reserveStock',
      'sql orders.placeAndReserve',
      'RunActivity:authorizePayment',
      'RunActivity:bookShipments',
      'RunActivity:capturePayment',
      'sql orders.recordCaptured',
      'POST',
    ]) {
      await waitFor(() => names().includes(name), { timeoutMs: 10_000, what: `a span "${name}"` });
    }
    // Every span but the first hangs below one that is there.
    const trace = receiver.spans.filter((span) => span.traceId === traceId);
    const ids = new Set(trace.map(({ spanId }) => spanId));
    const roots = trace.filter(({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId));
    expect(roots.map(({ name }) => name)).toEqual(['POST /v1/orders']);
  });

  test('leaves no personal data in its trace', () => {
    const sent = receiver.bodies.join('\n');
    expect(sent).toContain('RunActivity:authorizePayment');
    for (const secret of ['Jane Doe', 'High Street', '@example.com', 'tok_visa']) {
      expect(sent).not.toContain(secret);
    }
  });
});
