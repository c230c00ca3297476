/** A customer who places orders, upon the real workflow and providers. */
import { startOrderProcesses, type OrderProcesses } from './order-processes.ts';
import {
  addLocations,
  expectStatus,
  newKey,
  orderBody,
  startTestApi,
  stockItems,
  type SendOptions,
  type Sent,
  type TestApi,
} from './test-api.ts';

export interface PlaceOrderLab {
  readonly api: TestApi;
  readonly processes: OrderProcesses;
  place(body: unknown, options?: SendOptions): Promise<Sent>;
  /** What lies on all shelves of an item. */
  onHandOf(sku: string): Promise<{ readonly onHand: number; readonly reserved: number }>;
  stop(): Promise<void>;
}

/** The body of a good order that is paid for with this token; give what is to differ. */
export const payWith = (token: string, changes: Record<string, unknown> = {}): Record<string, unknown> =>
  orderBody({ payment: { method: 'card', token }, ...changes });

/** @param items what there is besides many lamps */
export async function startPlaceOrderLab(
  items: Parameters<typeof stockItems>[1] = {},
): Promise<PlaceOrderLab> {
  // Less than `tok_slow` takes, and enough for everything else on a busy machine.
  const api = await startTestApi({ variables: { CONFIRMATION_DEADLINE_MS: '4000' } });
  await addLocations(api.databaseUrl);
  await stockItems(api, { LAMP: { amountMinor: 1000, onHand: 100_000 }, ...items });
  const processes = await startOrderProcesses(api.databaseUrl, api.environment.TEMPORAL_TASK_QUEUE);
  return {
    api,
    processes,
    place: (body, options = {}) =>
      api.send('POST', '/v1/orders', { as: 'customer', idempotencyKey: newKey(), body, ...options }),
    onHandOf: async (sku) => {
      const { json } = await expectStatus(200, api.send('GET', `/v1/inventory/${sku}`, { as: 'viewer' }));
      return { onHand: json.onHand, reserved: json.reserved };
    },
    stop: async () => {
      await processes.stop();
      await api.close();
    },
  };
}
