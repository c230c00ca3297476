/**
 * The undo of everything that an order has begun. Nothing here knows what is undone, or of Temporal.
 */

/**
 * Gives back what one step took. It resolves when that is done and goes on by itself until then; when it needs a person it
 * calls `onStuck`, so that the others need not wait for it. It is safe when its step never happened.
 */
export type Undo = (onStuck: () => void) => Promise<void>;

export class Saga {
  readonly #undoByName = new Map<string, Undo>();
  readonly #isRefusal: (error: unknown) => boolean;

  /** @param isRefusal whether an error says that a step definitely did nothing */
  constructor(isRefusal: (error: unknown) => boolean) {
    this.#isRefusal = isRefusal;
  }

  /**
   * Runs a step with its undo registered before, because a step that fails half-way may have taken something. A step that
   * was definitely refused took nothing, and its undo is dropped. Repeating a step registers its undo once.
   */
  async step<Result>(name: string, run: () => Promise<Result>, undo: Undo): Promise<Result> {
    this.expect(name, undo);
    try {
      return await run();
    } catch (error) {
      if (this.#isRefusal(error)) this.drop(name);
      throw error;
    }
  }

  /** Registers the undo of a step that is to come, or that may have begun where it left no trace. */
  expect(name: string, undo: Undo): void {
    if (!this.#undoByName.has(name)) this.#undoByName.set(name, undo);
  }

  /** Whether a step has begun that is not undone. */
  has(name: string): boolean {
    return this.#undoByName.has(name);
  }

  /** The step needs no undo: it took nothing, or was undone by other means. */
  drop(name: string): void {
    this.#undoByName.delete(name);
  }

  /**
   * Undoes all steps, the newest first, each after the one before is done or stuck; resolves when every one is done. Call
   * it where a cancellation does not reach.
   */
  async undoAll(): Promise<void> {
    const underWay: Promise<void>[] = [];
    for (const [name, undo] of [...this.#undoByName].toReversed()) {
      await new Promise<void>((resolve, reject) => {
        const done = undo(resolve).then(() => this.drop(name));
        underWay.push(done);
        done.then(resolve, reject);
      });
    }
    await Promise.all(underWay);
  }
}
