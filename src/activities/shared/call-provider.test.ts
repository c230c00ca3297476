import { describe, expect, test } from '@jest/globals';
import type { PaymentOperation, PaymentPort } from '../../adapters/payments/payment.port.ts';
import type { ResolvedOperation } from '../../../db/repositories/operator-changes.repository.ts';
import type { OrderRepository } from '../../../db/repositories/orders.repository.ts';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../domain/provider-errors.ts';
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

/** A provider of which only the look-up is used here, and the orders that hear of lost answers. */
function parts(find: () => Promise<PaymentOperation | null>, resolution: ResolvedOperation | null = null) {
  const unused = (): Promise<never> => Promise.reject(new Error('not called in this test'));
  const told: string[] = [];
  const counts = { lookUps: 0 };
  const payments: PaymentPort = {
    authorize: unused,
    capture: unused,
    void: unused,
    refund: unused,
    list: unused,
    findByKey() {
      counts.lookUps += 1;
      return find();
    },
  };
  const orders: Pick<OrderRepository, 'recordOutcomeUnknown' | 'findResolution'> = {
    findResolution: () => Promise.resolve(resolution),
    recordOutcomeUnknown: ({ operationKey }) => {
      told.push(operationKey);
      return Promise.resolve({ applied: true, status: 'reserved', paymentStatus: 'unknown', version: 1 });
    },
  };
  return { payments, orders, told, counts };
}
const FOUND = () => Promise.resolve(OPERATION);
const NEVER_SEEN = () => Promise.resolve(null);
const first = { orderId: OPERATION.orderId, operationKey: OPERATION.key, mayHaveRun: false };
const again = { ...first, mayHaveRun: true };

describe('an operation at the payment provider', () => {
  test('is called without a look-up when nothing was tried before', async () => {
    const deps = parts(NEVER_SEEN);
    const result = await callOnce(deps, first, () => Promise.resolve(OPERATION));
    expect(result).toEqual({ kind: 'succeeded', operation: OPERATION });
    expect(deps.counts.lookUps).toBe(0);
  });

  test('is not called again when an earlier call has done it', async () => {
    let calls = 0;
    const result = await callOnce(parts(FOUND), again, () => {
      calls += 1;
      return Promise.resolve(OPERATION);
    });
    expect(result.kind).toBe('succeeded');
    expect(calls).toBe(0);
  });

  test('is declined by a refusal of the provider', async () => {
    const refuse = (): Promise<never> => Promise.reject(new ProviderRefusedError('voided_before', 'No'));
    expect(await callOnce(parts(NEVER_SEEN), again, refuse)).toEqual({
      kind: 'declined',
      reason: 'voided_before',
      providerReference: '',
    });
  });

  test('is not declined because its key was used for something else', async () => {
    const refusal = new ProviderRefusedError('idempotency_key_reused', 'No');
    const result = callOnce(parts(NEVER_SEEN), first, () => Promise.reject(refusal));
    await expect(result).rejects.toBe(refusal);
  });

  test('is not declined because its look-up is refused, and is not called then', async () => {
    const refusal = new ProviderRefusedError('invalid_request', 'No');
    const call = () => Promise.reject(new Error('must not be called'));
    const result = callOnce(
      parts(() => Promise.reject(refusal)),
      again,
      call,
    );
    await expect(result).rejects.toBe(refusal);
  });

  test('stays unknown when the answer is lost, and the order says so', async () => {
    const lost = new OutcomeUnknownError('cut');
    const deps = parts(NEVER_SEEN);
    await expect(callOnce(deps, first, () => Promise.reject(lost))).rejects.toBe(lost);
    expect(deps.told).toEqual([OPERATION.key]);
  });

  test('is neither called nor given up while the look-up does not say what became of it', async () => {
    const lost = new OutcomeUnknownError('cut');
    const deps = parts(() => Promise.reject(lost));
    const call = () => Promise.reject(new Error('must not be called'));
    await expect(callOnce(deps, again, call)).rejects.toBe(lost);
    expect(deps.told).toEqual([OPERATION.key]);
  });

  describe('of which an operator has said what became of it', () => {
    const lost = () => Promise.reject(new OutcomeUnknownError('cut'));
    const said: ResolvedOperation = {
      outcome: 'succeeded',
      providerReference: 'op_seen_by_the_operator',
      orderId: OPERATION.orderId,
      kind: 'authorize',
      amountMinor: 100,
      currency: 'GBP',
      at: '2026-01-02T00:00:00.000Z',
    };
    const never: ResolvedOperation = { ...said, outcome: 'never_happened', providerReference: null };

    test('counts as done while the provider does not say', async () => {
      const notCalled = () => Promise.reject(new Error('must not be called'));
      const result = await callOnce(parts(lost, said), again, notCalled);
      expect(result).toEqual({
        kind: 'succeeded',
        operation: { ...OPERATION, id: 'op_seen_by_the_operator', at: said.at },
      });
    });

    test('is called once more with its key when it never happened', async () => {
      const result = await callOnce(parts(lost, never), again, () => Promise.resolve(OPERATION));
      expect(result).toEqual({ kind: 'succeeded', operation: OPERATION });
    });

    test('is what the provider says when it does', async () => {
      const notCalled = () => Promise.reject(new Error('must not be called'));
      const found = await callOnce(parts(FOUND, never), again, notCalled);
      expect(found).toEqual({ kind: 'succeeded', operation: OPERATION });
      const declined = { ...OPERATION, status: 'declined' as const, declineReason: 'fraud' };
      const refused = await callOnce(
        parts(() => Promise.resolve(declined), said),
        again,
        notCalled,
      );
      expect(refused).toMatchObject({ kind: 'declined', reason: 'fraud' });
    });

    test('is not taken for done before the provider was asked', async () => {
      const result = await callOnce(parts(NEVER_SEEN, said), first, () => Promise.resolve(OPERATION));
      expect(result).toEqual({ kind: 'succeeded', operation: OPERATION });
    });
  });

  test('that surely did not happen is no unknown outcome', async () => {
    const away = new ProviderUnavailableError('503');
    const deps = parts(NEVER_SEEN);
    await expect(callOnce(deps, first, () => Promise.reject(away))).rejects.toBe(away);
    expect(deps.told).toEqual([]);
  });
});
