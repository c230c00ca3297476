/**
 * The source of chance of all campaigns: one seed decides everything, so that a run that failed can be run again.
 */
import { randomInt } from 'node:crypto';

/** Seeds are printed and typed again, so they are short. */
const LARGEST_SEED = 0x7fff_ffff;

export class Seeded {
  readonly seed: number;
  #state: number;

  /** @param seed an integer; the same one gives the same values in the same order */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is an integer, not ${seed}`);
    this.seed = seed;
    this.#state = seed | 0;
  }

  /** Between 0, included, and 1, excluded: the generator "mulberry32", which needs no more than this. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer; both ends are included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  /** True in so many of all cases, from 0 to 1. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** @throws RangeError when there is nothing to choose from */
  pick<Item>(items: readonly Item[]): Item {
    const index = this.integer(0, items.length - 1);
    if (index >= items.length || index < 0) throw new RangeError('there is nothing to pick from');
    return items[index] as Item;
  }

  /** All of them in another order. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.integer(0, last);
      [shuffled[last], shuffled[other]] = [shuffled[other] as Item, shuffled[last] as Item];
    }
    return shuffled;
  }

  /** So many different ones, in the order of their choice; all of them when there are no more. */
  sample<Item>(items: readonly Item[], count: number): Item[] {
    return this.shuffle(items).slice(0, count);
  }

  /** A source of its own, for a part that runs beside others: what it draws does not depend on when they draw. */
  fork(): Seeded {
    return new Seeded(this.integer(0, LARGEST_SEED));
  }
}

/**
 * The seed that was asked for, or else a new one, which whoever calls prints.
 * @param asked text from an option or a variable
 * @throws RangeError when it is no seed
 */
export function seedOf(asked: string | undefined): number {
  if (asked === undefined || asked === '') return randomInt(1, LARGEST_SEED);
  if (!/^\d{1,10}$/.test(asked) || Number(asked) > LARGEST_SEED)
    throw new RangeError(`a seed is an integer from 0 to ${LARGEST_SEED}, not ${asked}`);
  return Number(asked);
}
