import type * as fc from 'fast-check';

/** A command that tells, once it has run, what it was in the story of its sequence. */
export class Command<Model extends object, Real> implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #run: (model: Model, real: Real) => Promise<string | null>;
  #told: string | null = null;

  /** @param run answers what it did, null when there was nothing to do it to */
  constructor(name: string, run: (model: Model, real: Real) => Promise<string | null>) {
    this.#name = name;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    this.#told = null;
    this.#told = await this.#run(model, real);
  }

  /** What it did; its name when it failed; nothing when it had nothing to do. */
  toString(): string {
    return this.#told ?? this.#name;
  }
}
