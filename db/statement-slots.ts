/**
 * How many statements may be under way at once. The driver would queue the rest itself, but what waits in its queue when
 * a pool ends is never answered, and what waits there cannot be given up safely.
 */
export interface StatementSlots {
  /** Resolves true with a slot taken, false when none came free in time: then the statement was surely not sent. */
  take(waitMs: number): Promise<boolean>;
  release(): void;
}

export function createStatementSlots(size: number): StatementSlots {
  let free = size;
  const waiting = new Set<() => void>();
  return {
    take(waitMs) {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(grant);
          resolve(false);
        }, waitMs);
        const grant = (): void => {
          clearTimeout(timer);
          resolve(true);
        };
        waiting.add(grant);
      });
    },
    release() {
      // A Set keeps the order of insertion, so the first who came is served first.
      for (const grant of waiting) {
        waiting.delete(grant);
        grant();
        return;
      }
      free += 1;
    },
  };
}
