import { processorTimeOf, tellsProcessorTime } from '../processor-time.ts';

/** How much of a core processes use between two looks at them. */
export class CoreShares {
  #before: { readonly atMs: number; readonly usedMs: ReadonlyMap<number, number> } | undefined;

  /**
   * The share of a core of each process that was there at the look before as well: 0.5 is half of one, and a process with
   * several threads can use more than one. Null on a system that does not tell.
   * @param atMs now, in milliseconds since a fixed moment
   */
  since(pids: Iterable<number>, atMs: number): number[] | null {
    if (!tellsProcessorTime()) return null;
    const usedMs = new Map<number, number>();
    for (const pid of pids) {
      const time = processorTimeOf(pid);
      if (time) usedMs.set(pid, time.ownMs);
    }
    const before = this.#before;
    this.#before = { atMs, usedMs };
    if (before === undefined || atMs <= before.atMs) return [];
    return [...usedMs].flatMap(([pid, used]) => {
      const usedBefore = before.usedMs.get(pid);
      return usedBefore === undefined ? [] : [Math.max(used - usedBefore, 0) / (atMs - before.atMs)];
    });
  }
}
