import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the condition answers something other than false, null or undefined, and returns that. A condition that
 * throws is asked again; its last error is the cause of the failure.
 * @param options.timeoutMs how long, at the most
 * @param options.intervalMs between two questions @default 50
 * @throws Error naming what was waited for
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  options: {
    readonly timeoutMs: number;
    readonly what: string;
    readonly intervalMs?: number;
    readonly signal?: AbortSignal;
  },
): Promise<Exclude<Value, false | null | undefined>> {
  const deadline = performance.now() + options.timeoutMs;
  let lastError: unknown;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined)
        return value as Exclude<Value, false | null | undefined>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      const because = lastError instanceof Error ? `: ${lastError.message || lastError.name}` : '';
      throw new Error(`Waited ${options.timeoutMs} ms in vain for ${options.what}${because}`, {
        cause: lastError,
      });
    }
    await delay(options.intervalMs ?? 50, undefined, options.signal ? { signal: options.signal } : undefined);
  }
}
