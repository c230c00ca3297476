/** Placing an order while something that it needs is away. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findFreePorts } from '../../../embedded/ports.ts';
import { createTemporalClient } from '../../../src/config/temporal.ts';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses } from './order-processes.ts';
import { payWith, startPlaceOrderLab, type PlaceOrderLab } from './place-order-lab.ts';
import { expectStatus, newKey, orderBody, startTestApi } from './test-api.ts';

jest.setTimeout(60_000);

let lab: PlaceOrderLab;
beforeAll(async () => {
  lab = await startPlaceOrderLab();
});
afterAll(() => lab.stop());

describe('when something is away', () => {
  it('Temporal: 503 with Retry-After, nothing placed, and reads go on', async () => {
    const [nobody] = await findFreePorts(1);
    const broken = await startTestApi({
      databaseUrl: lab.api.databaseUrl,
      variables: { TEMPORAL_ADDRESS: `127.0.0.1:${nobody}`, CONFIRMATION_DEADLINE_MS: '500' },
    });
    try {
      const idempotencyKey = newKey();
      const sent = await broken.send('POST', '/v1/orders', {
        as: 'customer',
        idempotencyKey,
        body: orderBody(),
      });
      expect(sent.status).toBe(503);
      expect(sent.json.code).toBe('UNAVAILABLE');
      expect(Number(sent.headers.get('retry-after'))).toBeGreaterThan(0);
      await expectStatus(200, broken.send('GET', '/v1/orders?limit=1', { as: 'viewer' }));
      await expectStatus(200, broken.send('GET', '/livez'));
      const ready = await expectStatus(503, broken.send('GET', '/readyz'));
      expect(ready.json).toMatchObject({ database: 'up', temporal: 'down' });
      const placed = await expectStatus(201, lab.place(orderBody(), { idempotencyKey }));
      for (const path of ['cancel', 'refunds']) {
        const answer = await broken.send('POST', `/v1/orders/${placed.json.id}/${path}`, {
          as: 'operator',
          idempotencyKey: newKey(),
          body: path === 'cancel' ? { reason: 'x' } : { amountMinor: 1, reason: 'x' },
        });
        expect(answer.status).toBe(503);
      }
    } finally {
      await broken.close();
    }
  });

  it('the worker: 503, and the same request finds its order when it is back', async () => {
    const alone = await startTestApi({
      databaseUrl: lab.api.databaseUrl,
      variables: { CONFIRMATION_DEADLINE_MS: '500' },
    });
    const idempotencyKey = newKey();
    try {
      const sent = await alone.send('POST', '/v1/orders', {
        as: 'customer',
        idempotencyKey,
        body: orderBody(),
      });
      expect(sent.status).toBe(503);
      const other = await alone.send('POST', '/v1/orders', {
        as: 'customer',
        idempotencyKey,
        body: orderBody({ lines: [{ sku: 'LAMP', quantity: 9 }] }),
      });
      expect(other.status).toBe(422);
      const worker = await startOrderProcesses(alone.databaseUrl, alone.environment.TEMPORAL_TASK_QUEUE);
      try {
        const later = await waitFor(
          async () => {
            const answer = await alone.send('POST', '/v1/orders', {
              as: 'customer',
              idempotencyKey,
              body: orderBody(),
            });
            return answer.status >= 500 ? null : answer;
          },
          { timeoutMs: 20_000, what: 'the order of the first request' },
        );
        expect([201, 202]).toContain(later.status);
        const refused = await alone.send('POST', '/v1/orders', {
          as: 'customer',
          idempotencyKey,
          body: orderBody({ lines: [{ sku: 'LAMP', quantity: 9 }] }),
        });
        expect(refused.status).toBe(422);
      } finally {
        await worker.stop();
      }
    } finally {
      await alone.close();
    }
  });

  it('the run that was to decide: what was recorded decides', async () => {
    const idempotencyKey = newKey();
    const body = payWith('tok_slow');
    const { json } = await expectStatus(202, lab.place(body, { idempotencyKey }));
    const temporal = createTemporalClient(lab.api.environment);
    try {
      await temporal.client.workflow.getHandle(json.id).terminate('a person ended it');
      const sent = await lab.place(body, { idempotencyKey });
      expect(sent.status).toBe(202);
      expect(sent.json.id).toBe(json.id);
    } finally {
      await temporal.close();
    }
  });
});
