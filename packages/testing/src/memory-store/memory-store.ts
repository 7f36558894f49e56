/** A store in memory: the contract and nothing else, for tests that need no disk. */

import {
  assertNamePrefix,
  assertObjectName,
  type ByteRange,
  type ObjectInfo,
  resolveRange,
  type Store,
  type StoreCallOptions,
  throwIfCancelled,
} from '@holdfast/client/store';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly writtenAtMs: number;
}

export interface MemoryStoreOptions {
  /** The clock that dates objects; `Date.now` by default. */
  readonly nowMs?: () => number;
}

export class MemoryStore implements Store {
  readonly url = 'memory:';
  readonly account = null;
  readonly #nowMs: () => number;
  readonly #objects = new Map<string, StoredObject>();

  constructor(options: MemoryStoreOptions = {}) {
    this.#nowMs = options.nowMs ?? Date.now;
  }

  async put(
    name: string,
    bytes: Uint8Array,
    { signal }: StoreCallOptions = {},
  ): Promise<'stored' | 'exists'> {
    assertObjectName(name);
    throwIfCancelled(signal, `write ${name}`);
    if (this.#objects.has(name)) {
      return 'exists';
    }
    this.#objects.set(name, { bytes: new Uint8Array(bytes), writtenAtMs: this.#nowMs() });
    return 'stored';
  }

  async get(
    name: string,
    { range, signal }: StoreCallOptions & { readonly range?: ByteRange | undefined } = {},
  ): Promise<Uint8Array | null> {
    assertObjectName(name);
    throwIfCancelled(signal, `read ${name}`);
    const object = this.#objects.get(name);
    if (object === undefined) {
      return null;
    }
    const { offset, lengthBytes } = resolveRange(name, range, object.bytes.length);
    return object.bytes.slice(offset, offset + lengthBytes);
  }

  async *list(prefix: string, { signal }: StoreCallOptions = {}): AsyncGenerator<ObjectInfo> {
    assertNamePrefix(prefix);
    throwIfCancelled(signal, `list ${prefix}`);
    const names = [...this.#objects.keys()].filter((name) => name.startsWith(prefix)).sort();
    for (const name of names) {
      throwIfCancelled(signal, `list ${prefix}`);
      const object = this.#objects.get(name);
      if (object !== undefined) {
        yield infoOf(name, object);
      }
    }
  }

  async delete(name: string, { signal }: StoreCallOptions = {}): Promise<boolean> {
    assertObjectName(name);
    throwIfCancelled(signal, `delete ${name}`);
    return this.#objects.delete(name);
  }

  async stat(name: string, { signal }: StoreCallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    throwIfCancelled(signal, `look at ${name}`);
    const object = this.#objects.get(name);
    return object === undefined ? null : infoOf(name, object);
  }

  async close(): Promise<void> {
    // The objects stay: a test may open the backup in this store again.
  }
}

function infoOf(name: string, { bytes, writtenAtMs }: StoredObject): ObjectInfo {
  return { name, lengthBytes: bytes.length, writtenAtMs };
}
