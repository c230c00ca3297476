/** Lets one at a time through, in the order of their coming. Message handlers interleave at every await; this keeps them apart. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when all that came before have ended, however they ended. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
