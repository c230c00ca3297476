import { describe, expect, it, jest } from '@jest/globals';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../domain/provider-errors.ts';
import { createCircuit } from './circuit.ts';

const away = (): Promise<never> => Promise.reject(new ProviderUnavailableError('connection refused'));
const silent = (): Promise<never> => Promise.reject(new OutcomeUnknownError('no reply'));
const there = (): Promise<string> => Promise.resolve('done');

/** Lets `count` orders fail, one after another. */
async function failOrders(circuit: ReturnType<typeof createCircuit>, count: number): Promise<void> {
  for (let order = 1; order <= count; order += 1)
    await expect(circuit.run(`failing-${order}`, order % 2 ? away : silent)).rejects.toThrow();
}

describe('the circuit of a provider', () => {
  it('fails calls at once after ten orders in a row failed, and says when to come again', async () => {
    const circuit = createCircuit('carrier');
    await failOrders(circuit, 10);
    const call = jest.fn(there);
    const failure = await circuit.run('another', call).catch((error: unknown) => error);
    expect(call).not.toHaveBeenCalled();
    expect(failure).toBeInstanceOf(ProviderUnavailableError);
    expect(failure).toMatchObject({ retryAfterMs: 1000 });
  });

  it('stays closed while other orders succeed in between, or get a definite answer', async () => {
    const circuit = createCircuit('carrier');
    for (let round = 0; round < 4; round += 1) {
      await failOrders(circuit, 9);
      await expect(circuit.run('good', there)).resolves.toBe('done');
      await failOrders(circuit, 9);
      const refused = new ProviderRefusedError('address_not_served', 'no');
      await expect(circuit.run('refused', () => Promise.reject(refused))).rejects.toBe(refused);
    }
    await expect(circuit.run('good', there)).resolves.toBe('done');
  });

  it('is not opened by one order that fails again and again', async () => {
    const circuit = createCircuit('carrier');
    for (let attempt = 0; attempt < 20; attempt += 1)
      await expect(circuit.run('unlucky', silent)).rejects.toBeInstanceOf(OutcomeUnknownError);
    await expect(circuit.run('good', there)).resolves.toBe('done');
  });

  it('is not opened by a provider that answers and asks for patience', async () => {
    const circuit = createCircuit('carrier');
    const busy = (): Promise<never> =>
      Promise.reject(new ProviderUnavailableError('429', { retryAfterMs: 1000 }));
    for (let order = 0; order < 20; order += 1)
      await expect(circuit.run(`order-${order}`, busy)).rejects.toMatchObject({ retryAfterMs: 1000 });
    await expect(circuit.run('good', there)).resolves.toBe('done');
  });

  it('lets one call through after a while, nobody waits for it, and its success closes the circuit', async () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const circuit = createCircuit('carrier');
      await failOrders(circuit, 10);
      jest.setSystemTime(1001);
      const answer = Promise.withResolvers<string>();
      const trial = circuit.run('failing-1', () => answer.promise);
      const other = jest.fn(there);
      await expect(circuit.run('other', other)).rejects.toBeInstanceOf(ProviderUnavailableError);
      expect(other).not.toHaveBeenCalled();
      answer.resolve('back');
      await expect(trial).resolves.toBe('back');
      await expect(circuit.run('other', other)).resolves.toBe('done');
    } finally {
      jest.useRealTimers();
    }
  });

  it('opens again when the one call fails, also when it is of an order that failed before', async () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const circuit = createCircuit('carrier');
      await failOrders(circuit, 10);
      jest.setSystemTime(1001);
      await expect(circuit.run('failing-1', silent)).rejects.toBeInstanceOf(OutcomeUnknownError);
      const call = jest.fn(there);
      await expect(circuit.run('other', call)).rejects.toBeInstanceOf(ProviderUnavailableError);
      expect(call).not.toHaveBeenCalled();
    } finally {
      jest.useRealTimers();
    }
  });
});
