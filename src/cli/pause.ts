import { setTimeout as delay } from 'node:timers/promises';

/** Waits, unless the person stops the command meanwhile. @throws the signal's reason */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(durationMs, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
