/** What an operator asks for over HTTP, upon a checkout whose orders are really decided. */
import { startCheckoutLab, type CheckoutLab } from './checkout-lab.ts';
import { expectStatus, newKey, type KeyName, type Sent } from './test-api.ts';

export interface OperateOptions {
  readonly as?: KeyName;
  readonly idempotencyKey?: string;
  readonly query?: string;
}

export interface OperatorLab extends CheckoutLab {
  /** An order whose money is not held yet, because the provider is away, and which an operator holds. */
  heldOrder(): Promise<string>;
  operate(
    orderId: string,
    action: string,
    body?: Readonly<Record<string, unknown>>,
    options?: OperateOptions,
  ): Promise<Sent>;
}

export async function startOperatorLab(): Promise<OperatorLab> {
  const lab = await startCheckoutLab();
  const operate: OperatorLab['operate'] = (id, action, body = {}, options = {}) => {
    const { as = 'operator', idempotencyKey = newKey(), query = '' } = options;
    return lab.api.send('POST', `/v1/ops/orders/${id}/actions/${action}${query}`, {
      as,
      idempotencyKey,
      body: { reason: 'asked by the customer', ...body },
    });
  };
  return {
    ...lab,
    operate,
    heldOrder: async () => {
      await lab.processes.misbehave('payments', {
        operation: 'authorize',
        behaviour: 'maintenance',
        times: -1,
      });
      const id = await lab.place({ status: 202 });
      await expectStatus(200, operate(id, 'hold'));
      await lab.processes.calm();
      await lab.until(id, 'the order to show that it is held', ({ waiting }) => waiting?.for === 'held');
      return id;
    },
  };
}
