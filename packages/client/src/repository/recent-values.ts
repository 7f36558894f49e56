/** Values that took a request to get, the ones used last. */
export class RecentValues<Value> {
  readonly #capacity: number;
  readonly #values = new Map<string, Promise<Value>>();

  /** @param capacity Values that are kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** @param fetch Called when there is none of that name; what it throws is not kept. */
  get(name: string, fetch: () => Promise<Value>): Promise<Value> {
    const known = this.#values.get(name);
    const value = known ?? fetch();
    this.#values.delete(name);
    this.#values.set(name, value);
    if (known === undefined) value.catch(() => this.#values.delete(name));
    const oldest = this.#values.keys().next().value;
    if (this.#values.size > this.#capacity && oldest !== undefined) this.#values.delete(oldest);
    return value;
  }

  clear(): void {
    this.#values.clear();
  }
}
