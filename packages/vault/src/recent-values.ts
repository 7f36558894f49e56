/** A bounded number of values by name: the one that was kept longest ago makes room. */
export class RecentValues<Value> {
  readonly #most: number;
  readonly #values = new Map<string, Value>();

  /** @param most At least 1. */
  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): Value | undefined {
    return this.#values.get(name);
  }

  keep(name: string, value: Value): void {
    this.#values.delete(name);
    const [eldest] = this.#values.keys();
    if (eldest !== undefined && this.#values.size >= this.#most) this.#values.delete(eldest);
    this.#values.set(name, value);
  }
}
