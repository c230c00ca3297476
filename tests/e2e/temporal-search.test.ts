/** What operations staff find of orders in Temporal's own pages, and what a run says of itself there. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { customerPseudonym } from '../../src/api/orders/search-attributes.ts';
import { readEnvironment } from '../../src/config/env.ts';
import { createTemporalClient, type TemporalClient } from '../../src/config/temporal.ts';
import { ORDER_SEARCH_ATTRIBUTES } from '../../src/domain/operations/search-attributes.ts';
import { launchBrowser } from '../support/browser.ts';
import { waitFor } from '../support/stack.ts';
import {
  addresses,
  call,
  holdParcelsOf,
  orderBody,
  placeDecided,
  stockedItem,
  waitForStatus,
} from './shop.ts';

jest.setTimeout(300_000);
const TIMEOUT_MS = 120_000;
const CUSTOMER = 'cus_searched';

let temporal: TemporalClient;
let browser: Browser;
beforeAll(async () => {
  temporal = createTemporalClient(readEnvironment('orderWorker', { ...addresses.env }));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await temporal?.close();
});

/** Waits until a query finds the order, and no other of this customer. */
function untilFound(orderId: string, query: string): Promise<true> {
  const whole = `CustomerPseudonym = '${customerPseudonym(CUSTOMER)}' AND ${query}`;
  return waitFor(
    async () => {
      const found: string[] = [];
      for await (const { workflowId } of temporal.client.workflow.list({ query: whole }))
        found.push(workflowId);
      return found.join() === orderId;
    },
    { timeoutMs: TIMEOUT_MS, what: `${query} to find ${orderId} alone` },
  );
}

describe('an order in Temporal', () => {
  let waiting: string;
  let completed: string;
  beforeAll(async () => {
    const sku = await stockedItem({ main: 10 }, 2495);
    const idempotencyKey = `search-${Date.now()}`;
    waiting = await holdParcelsOf(idempotencyKey);
    const held = await placeDecided(sku, { customerId: CUSTOMER, idempotencyKey });
    expect(held.body.id).toBe(waiting);
    const answer = await placeDecided(sku, { customerId: CUSTOMER, quantity: 1 });
    completed = answer.body.id;
    await waitForStatus(completed, 'completed');
  });

  test('is found by customer, amount, currency and country, as it was placed', async () => {
    await untilFound(waiting, `AmountMinor = 4990 AND Currency = 'GBP' AND Country = 'GB'`);
    await untilFound(completed, `AmountMinor = 2495 AND Currency = 'GBP' AND Country = 'GB'`);
  });

  test('is found by where it waits for long, and by how it ended', async () => {
    await untilFound(
      waiting,
      `OrderStatus = 'fulfilling' AND PaymentStatus = 'captured' AND AttentionCode IS NULL`,
    );
    await untilFound(
      waiting,
      `CurrentStep = 'Waiting for the carrier to take the parcels' AND StepSince < '2100-01-01T00:00:00Z'`,
    );
    await untilFound(completed, `OrderStatus = 'completed' AND ExecutionStatus = 'Completed'`);
  });

  test('is found by what calls a person to it, for as long as it does', async () => {
    const sku = await stockedItem({ main: 5 }, 1000);
    const order = orderBody(sku, { customerId: CUSTOMER, quantity: 1 });
    // The carrier serves no such address.
    const shipTo = {
      name: 'Ada Byron',
      line1: '1 Test Row',
      city: 'Leeds',
      postalCode: '00000',
      country: 'GB',
    };
    const request = { body: { ...order, shipTo }, idempotencyKey: `refused-${Date.now()}` };
    const { body } = await waitFor(
      async () => {
        const answer = await call('POST', '/v1/orders', request);
        return answer.status === 201 ? answer : null;
      },
      { timeoutMs: TIMEOUT_MS, what: 'the order to be confirmed' },
    );
    await untilFound(body.id, `AttentionCode = 'SHIPMENT_REFUSED'`);
    const cancel = { body: { reason: 'customer_request' }, idempotencyKey: `cancel-${body.id}` };
    await waitFor(async () => (await call('POST', `/v1/orders/${body.id}/cancel`, cancel)).status === 200, {
      timeoutMs: TIMEOUT_MS,
      what: 'the order to be cancelled',
    });
    await untilFound(
      body.id,
      `AttentionCode IS NULL AND OrderStatus = 'cancelled' AND PaymentStatus = 'voided'`,
    );
  });

  test('carries nothing personal in what it is searched by', async () => {
    const { raw, staticSummary } = await temporal.client.workflow.getHandle(waiting).describe();
    const fields = raw.workflowExecutionInfo?.searchAttributes?.indexedFields ?? {};
    const ours = Object.keys(fields).filter((name) => name in ORDER_SEARCH_ATTRIBUTES);
    expect(ours.toSorted()).toEqual(Object.keys(ORDER_SEARCH_ATTRIBUTES).toSorted());
    const text = Object.values(fields)
      .map(({ data }) => Buffer.from(data ?? []).toString('utf8'))
      .join('\n');
    for (const secret of [CUSTOMER, 'Ada', 'LS1', 'example.com']) expect(text).not.toContain(secret);
    expect(await staticSummary()).toBe('49.90 GBP, 1 line, to GB');
  });

  test('is listed by a saved query, and its page tells what it is about', async () => {
    const page = await browser.newPage();
    const query = `CustomerPseudonym="${customerPseudonym(CUSTOMER)}" AND OrderStatus="fulfilling"`;
    const base = `${addresses.temporalUiUrl}/namespaces/default/workflows`;
    await page.goto(`${base}?query=${encodeURIComponent(query)}`);
    await page.getByText(waiting).first().waitFor({ timeout: TIMEOUT_MS });
    expect(await page.locator('body').innerText()).not.toContain(completed);
    await page.close();
    const metadata = await temporal.client.workflow
      .getHandle(waiting)
      .query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toMatch(
      /^\*\*Waiting for the carrier to take the parcels\*\* since .+ UTC, until .+ UTC\. The order is `fulfilling`\./,
    );
    expect(metadata.currentDetails).toContain('Charging the customer');
  });
});
