/**
 * A store that tries again when the one beneath can't be reached.
 *
 * Only `store-unreachable` is retried: the other codes stay what they are however often one asks.
 * The waits double from try to try, up to a longest one, and are spread at random so that many
 * devices don't come back all at once.
 */

import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { throwIfCancelled } from './cancelled.ts';
import type { GetOptions, ObjectInfo, Store, StoreAccount, StoreCallOptions } from './store.ts';

export interface RetryOptions {
  /** Times that a request is tried in all, at least 1; 6 by default. */
  readonly attempts?: number;
  /** The first wait lies between half of this and this; 250 by default. */
  readonly firstWaitMs?: number;
  /** No wait is longer; 15,000 by default. */
  readonly longestWaitMs?: number;
  /** Waits, and ends early (by resolving or throwing) when `signal` is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** A number of at least 0 and less than 1; `Math.random` by default. */
  readonly random?: () => number;
}

export class RetryingStore implements Store {
  readonly #inner: Store;
  readonly #options: Required<RetryOptions>;

  constructor(inner: Store, options: RetryOptions = {}) {
    this.#inner = inner;
    this.#options = {
      attempts: options.attempts ?? 6,
      firstWaitMs: options.firstWaitMs ?? 250,
      longestWaitMs: options.longestWaitMs ?? 15_000,
      sleep: options.sleep ?? sleepUntilAborted,
      random: options.random ?? Math.random,
    };
  }

  get url(): string {
    return this.#inner.url;
  }

  get account(): StoreAccount | null {
    return this.#inner.account;
  }

  /**
   * A try that failed may have stored the object all the same, its answer being lost. So when a
   * later try answers `exists`, the object is read back: if it holds these very bytes it was ours,
   * or one that nobody can tell from ours, and the answer is `stored`. Heads are sealed with a fresh
   * nonce, so that two writers' heads of one number never hold the same bytes.
   */
  async put(
    name: string,
    bytes: Uint8Array,
    options: StoreCallOptions = {},
  ): Promise<'stored' | 'exists'> {
    return await this.#retry(`write ${name}`, options.signal, async (attempt) => {
      const answer = await this.#inner.put(name, bytes, options);
      if (answer === 'stored' || attempt === 1) {
        return answer;
      }
      return (await this.#holds(name, bytes, options)) ? 'stored' : 'exists';
    });
  }

  /** Each try may use the same `into`: the try before has ended, and so writes to it no more. */
  async get(name: string, options: GetOptions = {}): Promise<Uint8Array | null> {
    return await this.#retry(`read ${name}`, options.signal, () => this.#inner.get(name, options));
  }

  /** A listing that breaks off is begun anew, and what was handed out already is passed over. */
  async *list(prefix: string, options: StoreCallOptions = {}): AsyncGenerator<ObjectInfo> {
    let last: string | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const info of this.#inner.list(prefix, options)) {
          if (last === undefined || info.name > last) {
            yield info;
            last = info.name;
            attempt = 1;
          }
        }
        return;
      } catch (error) {
        await this.#waitOrThrow(error, attempt, `list ${prefix}`, options.signal);
      }
    }
  }

  /** After a try whose answer got lost, `false` may mean that it was this call that deleted it. */
  async delete(name: string, options: StoreCallOptions = {}): Promise<boolean> {
    return await this.#retry(`delete ${name}`, options.signal, () =>
      this.#inner.delete(name, options),
    );
  }

  async stat(name: string, options: StoreCallOptions = {}): Promise<ObjectInfo | null> {
    return await this.#retry(`look at ${name}`, options.signal, () =>
      this.#inner.stat(name, options),
    );
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  async #holds(name: string, bytes: Uint8Array, options: StoreCallOptions): Promise<boolean> {
    const info = await this.#inner.stat(name, options);
    if (info?.lengthBytes !== bytes.length) {
      return false;
    }
    const stored = await this.#inner.get(name, options);
    return stored !== null && equalBytes(stored, bytes);
  }

  async #retry<T>(
    action: string,
    signal: AbortSignal | undefined,
    request: (attempt: number) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request(attempt);
      } catch (error) {
        await this.#waitOrThrow(error, attempt, action, signal);
      }
    }
  }

  async #waitOrThrow(
    error: unknown,
    attempt: number,
    action: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const isPassing = error instanceof HoldfastError && error.code === 'store-unreachable';
    if (!isPassing || attempt >= this.#options.attempts) {
      throw error;
    }
    throwIfCancelled(signal, action);
    const { firstWaitMs, longestWaitMs, random, sleep } = this.#options;
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1));
    await sleep(waitMs * (0.5 + random() / 2), signal);
    throwIfCancelled(signal, action);
  }
}

function sleepUntilAborted(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
