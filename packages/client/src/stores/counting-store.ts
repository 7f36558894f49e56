/**
 * A store that counts what it is asked, for reports and for tests of thrift.
 *
 * Beneath a RetryingStore it counts every try; above it, every call.
 */

import type { GetOptions, ObjectInfo, Store, StoreAccount, StoreCallOptions } from './store.ts';

export interface StoreCounts {
  /** Calls of put, get, list, delete and stat, failed ones too; a listing is one, however long. */
  readonly requests: number;
  /** Bytes of objects handed to `put`, in calls that did not fail; those answered `exists` too. */
  readonly bytesSent: number;
  /** Bytes of objects that `get` answered. */
  readonly bytesFetched: number;
}

export class CountingStore implements Store {
  readonly #inner: Store;
  #requests = 0;
  #bytesSent = 0;
  #bytesFetched = 0;

  constructor(inner: Store) {
    this.#inner = inner;
  }

  get url(): string {
    return this.#inner.url;
  }

  get account(): StoreAccount | null {
    return this.#inner.account;
  }

  /** What was counted until now; a copy, which doesn't change. */
  get counts(): StoreCounts {
    return {
      requests: this.#requests,
      bytesSent: this.#bytesSent,
      bytesFetched: this.#bytesFetched,
    };
  }

  async put(
    name: string,
    bytes: Uint8Array,
    options?: StoreCallOptions,
  ): Promise<'stored' | 'exists'> {
    this.#requests++;
    const answer = await this.#inner.put(name, bytes, options);
    this.#bytesSent += bytes.length;
    return answer;
  }

  async get(name: string, options?: GetOptions): Promise<Uint8Array | null> {
    this.#requests++;
    const bytes = await this.#inner.get(name, options);
    this.#bytesFetched += bytes?.length ?? 0;
    return bytes;
  }

  async *list(prefix: string, options?: StoreCallOptions): AsyncGenerator<ObjectInfo> {
    this.#requests++;
    yield* this.#inner.list(prefix, options);
  }

  async delete(name: string, options?: StoreCallOptions): Promise<boolean> {
    this.#requests++;
    return await this.#inner.delete(name, options);
  }

  async stat(name: string, options?: StoreCallOptions): Promise<ObjectInfo | null> {
    this.#requests++;
    return await this.#inner.stat(name, options);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}
