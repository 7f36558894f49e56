/**
 * Results that come in any order, handed on in the order in which their work began.
 *
 * Bounded: who adds waits while too many are held back by one that isn't there yet.
 */
export class OrderedQueue<Item> {
  readonly #items: Promise<Item>[] = [];
  readonly #consume: (item: Item) => Promise<void> | void;
  readonly #capacity: number;
  #running: Promise<void> = Promise.resolve();
  #failure: unknown;
  #isRunning = false;
  #roomAwaited: PromiseWithResolvers<void> | null = null;

  constructor(capacity: number, consume: (item: Item) => Promise<void> | void) {
    this.#capacity = capacity;
    this.#consume = consume;
  }

  get length(): number {
    return this.#items.length;
  }

  /** @throws What an item or its consumer threw before. */
  async add(item: Promise<Item>): Promise<void> {
    item.catch(() => undefined);
    this.#items.push(item);
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#running = this.#run();
    }
    while (this.#items.length > this.#capacity && this.#failure === undefined) {
      this.#roomAwaited ??= Promise.withResolvers<void>();
      await this.#roomAwaited.promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until everything is consumed. */
  async drain(): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(): Promise<void> {
    try {
      for (let item = this.#items[0]; item !== undefined; item = this.#items[0]) {
        await this.#consume(await item);
        this.#items.shift();
        this.#roomAwaited?.resolve();
        this.#roomAwaited = null;
      }
    } catch (error) {
      this.#failure = error ?? new Error('unknown failure');
      this.#roomAwaited?.resolve();
    } finally {
      this.#isRunning = false;
    }
  }
}
