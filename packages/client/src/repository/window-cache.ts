/** Runs of frames that were fetched and opened, the ones used last. */

export interface Window {
  readonly firstFrame: number;
  /** Frames with plaintext in the place of their ciphertext. */
  readonly bytes: Uint8Array;
}

export class WindowCache {
  readonly #capacity: number;
  readonly #windows = new Map<string, Promise<Window>>();

  /** @param capacity Windows that are kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** @param fetch Called when there is none of that name; what it throws is not kept. */
  get(name: string, fetch: () => Promise<Window>): Promise<Window> {
    const known = this.#windows.get(name);
    const window = known ?? fetch();
    this.#windows.delete(name);
    this.#windows.set(name, window);
    if (known === undefined) window.catch(() => this.#windows.delete(name));
    const oldest = this.#windows.keys().next().value;
    if (this.#windows.size > this.#capacity && oldest !== undefined) this.#windows.delete(oldest);
    return window;
  }

  clear(): void {
    this.#windows.clear();
  }
}
