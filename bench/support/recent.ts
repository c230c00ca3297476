/** The last few of many. */
export class Recent<Value> {
  readonly #values: Value[] = [];
  readonly #size: number;

  constructor(size = 20) {
    this.#size = size;
  }

  add(value: Value): void {
    this.#values.push(value);
    if (this.#values.length > this.#size) this.#values.shift();
  }

  all(): readonly Value[] {
    return [...this.#values];
  }
}
