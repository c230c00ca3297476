import { hash } from 'node:crypto';

const DIGEST_BYTES = 6;
const FIRST_SLOTS = 2048;

/**
 * Which of very many keys there were, by 48 bits of a digest of each: some 30 bytes a key, where a Set takes more than a hundred.
 * When a million keys were added, one that was not is taken for one of them with a probability of 1 in 280 million.
 */
export class KeySet {
  /** Open addressing; 0 stands for nothing. */
  #slots = new Float64Array(FIRST_SLOTS);
  #size = 0;

  /** @returns whether it was there already */
  add(key: string): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const digest = digestOf(key);
    const slot = this.#slotOf(digest);
    if (this.#slots[slot] === digest) return true;
    this.#slots[slot] = digest;
    this.#size += 1;
    return false;
  }

  has(key: string): boolean {
    const digest = digestOf(key);
    return this.#slots[this.#slotOf(digest)] === digest;
  }

  /** Where it is, or would be. */
  #slotOf(digest: number): number {
    const { length } = this.#slots;
    let slot = digest % length;
    while (this.#slots[slot] !== 0 && this.#slots[slot] !== digest) slot = (slot + 1) % length;
    return slot;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2);
    for (const digest of before) if (digest !== 0) this.#slots[this.#slotOf(digest)] = digest;
  }
}

/** At least 1. */
function digestOf(key: string): number {
  return hash('sha1', key, 'buffer').readUIntBE(0, DIGEST_BYTES) + 1;
}
