/** The option values of one run, read by name and kind. */

export class Options {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /** @param values Per option name the values in order; a switch has one empty value. */
  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The last value given, or undefined. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** All values given, in order. */
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}
