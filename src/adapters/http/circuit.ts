/** Spares a provider that is away: calls fail at once instead of each waiting for its own time-out. */
import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { OutcomeUnknownError, ProviderUnavailableError } from '../../domain/provider-errors.ts';

/** Orders whose calls fail one after another, with no success in between, before the circuit opens. */
const FAILING_ORDERS_TO_OPEN = 10;
/** How long calls fail at once; then one is let through to see. */
const OPEN_MS = 1000;

export interface Circuit {
  /**
   * Makes a call, unless the circuit is open.
   * @throws ProviderUnavailableError when it is open: the call was not made. Else what the call throws.
   */
  run<Result>(orderId: string, call: () => Promise<Result>): Promise<Result>;
}

/**
 * An outage counts once for each order: an order that fails again and again says something about that order, and must
 * not take the others' way away. A provider that asks us to slow down (it names a delay) is not away.
 */
export function createCircuit(provider: string): Circuit {
  const failingOrders = new Set<string>();
  const counted = new WeakSet<Error>();
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof Error && counted.has(error)),
    { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(FAILING_ORDERS_TO_OPEN) },
  );
  const isOpen = (cause?: unknown): ProviderUnavailableError =>
    new ProviderUnavailableError(`The ${provider} was away moments ago; the call was not made`, {
      retryAfterMs: OPEN_MS,
      cause,
    });

  return {
    async run<Result>(orderId: string, call: () => Promise<Result>): Promise<Result> {
      // While one call tries whether the provider is back, the others would wait for it; they have better to do.
      if (breaker.state === CircuitState.HalfOpen) throw isOpen();
      const attempt = async (): Promise<{ readonly result: Result } | { readonly error: unknown }> => {
        const isTrial = breaker.state === CircuitState.HalfOpen;
        try {
          return { result: await call() };
        } catch (error) {
          // Whatever it answered, it is there.
          if (!isOutage(error)) return { error };
          if (isTrial || !failingOrders.has(orderId)) counted.add(error);
          failingOrders.add(orderId);
          throw error;
        }
      };
      const outcome = await breaker.execute(attempt).catch((error: unknown) => {
        throw error instanceof BrokenCircuitError ? isOpen(error) : error;
      });
      failingOrders.clear();
      if ('error' in outcome) throw outcome.error;
      return outcome.result;
    },
  };
}

function isOutage(error: unknown): error is Error {
  if (error instanceof OutcomeUnknownError) return true;
  return error instanceof ProviderUnavailableError && error.retryAfterMs === undefined;
}
