/** The calls under way on something that can be closed. */
export class OpenCalls {
  readonly #what: string;
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  /** @param what Names it in errors, such as `HSM`. */
  constructor(what: string) {
    this.#what = what;
  }

  /** @throws {TypeError} after `end()`. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new TypeError(`"${this.#what}" must not be used after close()`);
    const running = call();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * Takes no more calls, and waits for those under way.
   *
   * @returns false when that was done before.
   */
  async end(): Promise<boolean> {
    const isFirst = !this.#isClosed;
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    return isFirst;
  }
}
