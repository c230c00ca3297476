import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createDatabase, type Database } from '../../../db/client.ts';
import { createRepositories, type Repositories } from '../../../db/repositories/index.ts';
import { createTemporalClient, type TemporalClient } from '../../../src/config/temporal.ts';
import { waitFor } from '../../support/stack.ts';
import { startOrderProcesses, type OrderProcesses } from '../api/order-processes.ts';
import {
  addLocations,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type Sent,
  type TestApi,
} from '../api/test-api.ts';

const MONTH = { olderThanDays: 30, limit: 1000 };

let api: TestApi;
let processes: OrderProcesses;
let temporal: TemporalClient;
let database: Database;
let repositories: Repositories;
beforeAll(async () => {
  api = await startTestApi({ variables: { CONFIRMATION_DEADLINE_MS: '30000' } });
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 100 } });
  processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);
  temporal = createTemporalClient(api.environment);
  database = createDatabase({ url: api.databaseUrl, poolSize: 2 });
  repositories = createRepositories(database);
});
afterAll(async () => {
  await temporal?.close();
  await database?.close();
  await processes?.stop();
  await api?.close();
});

const place = (idempotencyKey: string): Promise<Sent> =>
  api.send('POST', '/v1/orders', { as: 'customer', idempotencyKey, body: orderBody() });

async function count(table: string): Promise<number> {
  const [row] = await database.query<{ rows: number }>(
    'test.count',
    sql`SELECT count(*)::integer AS rows FROM ${sql.raw(table)}`,
  );
  return row?.rows ?? 0;
}

test('a key whose answer was removed makes no second order, also when Temporal has forgotten the first', async () => {
  const key = newKey();
  const first = await place(key);
  expect(first.status).toBe(201);
  const orderId = String(first.json.id);
  const workflow = temporal.client.workflow.getHandle(orderId);
  await workflow.terminate('long ago');
  await temporal.client.workflowService.deleteWorkflowExecution({
    namespace: temporal.client.options.namespace,
    workflowExecution: { workflowId: orderId, runId: (await workflow.describe()).runId },
  });
  await waitFor(
    () =>
      workflow.describe().then(
        () => false,
        () => true,
      ),
    {
      timeoutMs: 60_000,
      what: 'Temporal to forget the workflow',
    },
  );
  await database.query(
    'test.age',
    sql`UPDATE idempotency_answers SET created_at = now() - interval '31 days'`,
  );
  expect(await repositories.retention.reapIdempotencyAnswers(MONTH)).toBeGreaterThan(0);
  expect(await count('idempotency_answers')).toBe(0);

  const again = await place(key);
  expect(again.status).toBe(201);
  expect(again.json.id).toBe(orderId);
  expect(await count('orders')).toBe(1);
  const other = await api.send('POST', '/v1/orders', {
    as: 'customer',
    idempotencyKey: newKey(),
    body: orderBody(),
  });
  expect(other.json.id).not.toBe(orderId);
});
