import { describe, expect, test } from '@jest/globals';
import type { PaymentOperation, PaymentPort } from '../../adapters/payments/payment.port.ts';
import { OutcomeUnknownError, ProviderRefusedError } from '../../domain/provider-errors.ts';
import { callOnce } from './call-provider.ts';

const OPERATION: PaymentOperation = {
  id: 'op_1',
  key: 'ord_1:authorize:1',
  kind: 'authorize',
  orderId: 'ord_1',
  amountMinor: 100,
  currency: 'GBP',
  status: 'succeeded',
  at: '2026-01-01T00:00:00.000Z',
};

/** A provider of which only the look-up is used here. */
function provider(found: PaymentOperation | null): PaymentPort & { lookUps: number } {
  const unused = (): Promise<never> => Promise.reject(new Error('not called in this test'));
  return {
    lookUps: 0,
    authorize: unused,
    capture: unused,
    void: unused,
    refund: unused,
    list: unused,
    findByKey() {
      this.lookUps += 1;
      return Promise.resolve(found);
    },
  };
}

describe('an operation at the payment provider', () => {
  test('is called without a look-up when nothing was tried before', async () => {
    const payments = provider(null);
    const result = await callOnce(payments, OPERATION.key, false, () => Promise.resolve(OPERATION));
    expect(result).toEqual({ kind: 'succeeded', operation: OPERATION });
    expect(payments.lookUps).toBe(0);
  });

  test('is not called again when an earlier call has done it', async () => {
    let calls = 0;
    const result = await callOnce(provider(OPERATION), OPERATION.key, true, () => {
      calls += 1;
      return Promise.resolve(OPERATION);
    });
    expect(result.kind).toBe('succeeded');
    expect(calls).toBe(0);
  });

  test('is declined by a refusal of the provider', async () => {
    const refuse = (): Promise<never> => Promise.reject(new ProviderRefusedError('voided_before', 'No'));
    expect(await callOnce(provider(null), OPERATION.key, true, refuse)).toEqual({
      kind: 'declined',
      reason: 'voided_before',
      providerReference: '',
    });
  });

  test('is not declined because its key was used for something else', async () => {
    const refusal = new ProviderRefusedError('idempotency_key_reused', 'No');
    const result = callOnce(provider(null), OPERATION.key, false, () => Promise.reject(refusal));
    await expect(result).rejects.toBe(refusal);
  });

  test('stays unknown when the answer is lost', async () => {
    const lost = new OutcomeUnknownError('cut');
    const result = callOnce(provider(null), OPERATION.key, false, () => Promise.reject(lost));
    await expect(result).rejects.toBe(lost);
  });
});
