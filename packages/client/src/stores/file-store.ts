/**
 * A folder as a store (spec/store-contract.md §7): one file per object, at the path of its name.
 *
 * A put is atomic and durable: a temporary is written and synced, published under the object's name
 * if there is none yet, and the folder synced. Any number of processes may share the folder.
 */

import { constants } from 'node:fs';
import { lstat, open, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HoldfastError } from '@holdfast/core/errors';
import { makeFolder, syncFolder } from '../platform/sync-folder.ts';
import { asFileError, type FileErrorMeaning, isNothingThere, systemCode } from './_file-error.ts';
import { isThere, type Published, publishByClaim, publishByLink } from './_publish.ts';
import { removeLeftOvers, removeTemporary, writeTemporary } from './_temporary.ts';
import { walkObjects } from './_walk-objects.ts';
import { resolveRange } from './byte-range.ts';
import { throwIfCancelled } from './cancelled.ts';
import { assertNamePrefix, assertObjectName } from './object-name.ts';
import type { GetOptions, ObjectInfo, Store, StoreCallOptions } from './store.ts';

export interface FileStoreOptions {
  /** False where hard links are known not to work; found out by the first put otherwise. */
  readonly hardLinks?: boolean;
  /** The clock that tells left-overs of crashed puts from those at work; `Date.now` by default. */
  readonly nowMs?: () => number;
}

const ROOT_GONE: FileErrorMeaning = {
  code: 'store-unreachable',
  state: 'its folder is gone',
  action: 'reach the store',
};

/** Times that a put starts again after somebody removed its temporary or its folder. */
const PUT_ATTEMPTS = 5;

/** No link is followed where an object belongs, and a pipe in its place doesn't block. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export class FileStore implements Store {
  readonly url: string;
  readonly account = null;
  readonly #root: string;
  readonly #nowMs: () => number;
  #hardLinks: boolean;
  /** Folders that are there and swept of left-overs. */
  readonly #readyFolders = new Map<string, Promise<void>>();

  /** @param root Absolute path of a folder that is there; `openStore` sees to both. */
  constructor(root: string, options: FileStoreOptions = {}) {
    this.#root = root;
    this.url = pathToFileURL(root).href;
    this.#hardLinks = options.hardLinks ?? true;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  async put(
    name: string,
    bytes: Uint8Array,
    { signal }: StoreCallOptions = {},
  ): Promise<'stored' | 'exists'> {
    assertObjectName(name);
    const action = `write ${name}`;
    const path = join(this.#root, name);
    const folder = dirname(path);
    for (let attempt = 1; ; attempt++) {
      throwIfCancelled(signal, action);
      try {
        const published = await this.#tryPut(path, bytes, signal, action);
        if (published !== 'vanished') {
          await syncFolder(folder);
          return published;
        }
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') {
          throw asFileError(error, action, { objectName: name });
        }
      }
      if (attempt === PUT_ATTEMPTS) {
        throw new HoldfastError(
          'store-unreachable',
          `Cannot ${action}: its folder keeps vanishing`,
          {
            details: { objectName: name },
          },
        );
      }
      this.#readyFolders.clear();
      await this.#assertRoot(action);
    }
  }

  async get(name: string, options: GetOptions = {}): Promise<Uint8Array | null> {
    assertObjectName(name);
    const action = `read ${name}`;
    throwIfCancelled(options.signal, action);
    try {
      return await readObject(join(this.#root, name), name, options);
    } catch (error) {
      return await this.#nullIfMissing(error, action, name);
    }
  }

  async *list(prefix: string, { signal }: StoreCallOptions = {}): AsyncGenerator<ObjectInfo> {
    assertNamePrefix(prefix);
    const action = `list ${prefix === '' ? 'the store' : prefix}`;
    throwIfCancelled(signal, action);
    await this.#assertRoot(action);
    try {
      for await (const info of walkObjects(this.#root, prefix)) {
        throwIfCancelled(signal, action);
        yield info;
      }
    } catch (error) {
      throw asFileError(error, action);
    }
    // A disk that was taken away half-way must not pass for a store that ends there.
    await this.#assertRoot(action);
  }

  async delete(name: string, { signal }: StoreCallOptions = {}): Promise<boolean> {
    assertObjectName(name);
    const action = `delete ${name}`;
    throwIfCancelled(signal, action);
    try {
      await unlink(join(this.#root, name));
      return true;
    } catch (error) {
      await this.#nullIfMissing(error, action, name);
      return false;
    }
  }

  async stat(name: string, { signal }: StoreCallOptions = {}): Promise<ObjectInfo | null> {
    assertObjectName(name);
    const action = `look at ${name}`;
    throwIfCancelled(signal, action);
    try {
      const info = await lstat(join(this.#root, name));
      if (!info.isFile()) {
        throw notAnObject(action, name);
      }
      return { name, lengthBytes: info.size, writtenAtMs: Math.floor(info.mtimeMs) };
    } catch (error) {
      return await this.#nullIfMissing(error, action, name);
    }
  }

  async close(): Promise<void> {
    // Nothing is held open between calls.
  }

  /** @throws also the ENOENT of a folder that somebody removed. */
  async #tryPut(
    path: string,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
    action: string,
  ): Promise<Published> {
    const folder = dirname(path);
    await this.#readyFolder(folder);
    if (await isThere(path)) {
      return 'exists';
    }
    const temporary = await writeTemporary(folder, bytes);
    if (signal?.aborted) {
      await removeTemporary(temporary);
      throwIfCancelled(signal, action);
    }
    if (this.#hardLinks) {
      const published = await publishByLink(temporary, path);
      if (published !== 'no-links') {
        return published;
      }
      this.#hardLinks = false;
    }
    return await publishByClaim(temporary, path);
  }

  /** Makes `folder` and those above it, but never the root, and sweeps it: once per store. */
  #readyFolder(folder: string): Promise<void> {
    if (folder === this.#root) {
      return Promise.resolve();
    }
    const known = this.#readyFolders.get(folder);
    if (known !== undefined) {
      return known;
    }
    const ready = this.#readyFolder(dirname(folder)).then(async () => {
      if (!(await makeFolder(folder))) {
        await removeLeftOvers(folder, this.#nowMs());
      }
    });
    this.#readyFolders.set(folder, ready);
    ready.catch(() => this.#readyFolders.delete(folder));
    return ready;
  }

  /** For a missing file: null if the store is there, since a store that is gone is not an empty one. */
  async #nullIfMissing(error: unknown, action: string, name: string): Promise<null> {
    if (!isNothingThere(error)) {
      throw asLinkError(error, action, name);
    }
    await this.#assertRoot(action);
    return null;
  }

  /** @throws {HoldfastError} `store-unreachable` when the folder of the store is gone. */
  async #assertRoot(action: string): Promise<void> {
    try {
      const isFolder = (await stat(this.#root)).isDirectory();
      if (!isFolder) {
        throw new HoldfastError(
          'store-invalid',
          `Cannot ${action}: the store is no folder any more`,
        );
      }
    } catch (error) {
      throw asFileError(error, action, { ifMissing: ROOT_GONE });
    }
  }
}

async function readObject(
  path: string,
  name: string,
  { range, into, signal }: GetOptions,
): Promise<Uint8Array> {
  const action = `read ${name}`;
  const handle = await open(path, READ_FLAGS);
  try {
    const info = await handle.stat();
    if (!info.isFile()) {
      throw notAnObject(action, name);
    }
    const { offset, lengthBytes } = resolveRange(name, range, info.size);
    throwIfCancelled(signal, action);
    // Every byte of it is written before it is handed out.
    const bytes =
      into?.subarray(0, lengthBytes) ?? new Uint8Array(Buffer.allocUnsafeSlow(lengthBytes).buffer);
    for (let at = 0; at < lengthBytes; ) {
      const { bytesRead } = await handle.read(bytes, at, lengthBytes - at, offset + at);
      if (bytesRead === 0) {
        throw new HoldfastError(
          'damaged',
          `Cannot ${action}: it became shorter while it was read`,
          {
            details: { objectName: name },
          },
        );
      }
      at += bytesRead;
    }
    throwIfCancelled(signal, action);
    return bytes;
  } finally {
    await handle.close();
  }
}

/** A symbolic link where an object belongs answers an open with ELOOP (EMLINK on FreeBSD). */
function asLinkError(error: unknown, action: string, name: string): unknown {
  const code = systemCode(error);
  return code === 'ELOOP' || code === 'EMLINK'
    ? notAnObject(action, name, error)
    : asFileError(error, action, { objectName: name });
}

function notAnObject(action: string, name: string, cause?: unknown): HoldfastError {
  return new HoldfastError('damaged', `Cannot ${action}: it is no regular file`, {
    ...(cause === undefined ? {} : { cause }),
    details: { objectName: name },
  });
}
