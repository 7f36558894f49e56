/**
 * Large objects in a folder: one file for each, below a folder for each account.
 *
 * A file is made under its final name, which is random, and counts only once the database says so; what a crash leaves is
 * found by that nobody knows it. So nothing is renamed.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, opendir, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fromHex, toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { BytesRange, KeptPlace, ObjectBytes, Place } from './object-bytes.ts';

/** Read ahead of a slow reader. */
const READ_BYTES = 256 * 1024;
/** Accounts whose folders are known to be there. */
const KNOWN_MAX = 10_000;
const ID = /^[0-9a-f]{32}$/;

const FULL: ReadonlySet<string | undefined> = new Set(['EDQUOT', 'ENOSPC']);

export class FolderBytes implements ObjectBytes {
  readonly #root: string;
  readonly #known = new Set<string>();

  /** @param root Of a folder that is there, which is no one else's. */
  constructor(root: string) {
    this.#root = root;
  }

  async write(
    place: Place,
    body: AsyncIterable<Uint8Array>,
    lengthBytes: number,
  ): Promise<Uint8Array> {
    const folder = await this.#makeFolder(place.accountId).catch(asFolderError('write to'));
    const path = join(folder, toHex(place.place));
    const file = await open(path, 'wx', 0o600).catch(asFolderError('write to'));
    try {
      const hash = await writeAll(file, body, lengthBytes);
      await file.datasync().catch(asFolderError('write to'));
      await file.close();
      await syncFolder(folder).catch(asFolderError('write to'));
      return hash;
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async read(place: Place, { offset, lengthBytes }: BytesRange): Promise<Readable | null> {
    let file: FileHandle;
    try {
      file = await open(this.#pathOf(place), 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      return asFolderError('read')(error);
    }
    return file.createReadStream({
      start: offset,
      end: offset + lengthBytes - 1,
      highWaterMark: READ_BYTES,
    });
  }

  async remove(place: Place): Promise<void> {
    try {
      await unlink(this.#pathOf(place));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') asFolderError('write to')(error);
    }
  }

  async *list(): AsyncGenerator<KeptPlace> {
    for await (const shard of await opendir(this.#root)) {
      if (!shard.isDirectory()) continue;
      for await (const account of await opendir(join(this.#root, shard.name))) {
        if (!ID.test(account.name)) continue;
        const folder = join(this.#root, shard.name, account.name);
        for await (const { name } of await opendir(folder)) {
          if (!ID.test(name)) continue;
          const info = await stat(join(folder, name)).catch(() => null);
          if (info === null) continue;
          const writtenAtMs = Math.floor(info.mtimeMs);
          yield { accountId: fromHex(account.name), place: fromHex(name), writtenAtMs };
        }
      }
    }
  }

  /** @returns the folder of an account, whose name a loss of power can't take away any more. */
  async #makeFolder(accountId: Uint8Array): Promise<string> {
    const folder = this.#folderOf(accountId);
    if (this.#known.has(folder)) return folder;
    const shard = join(folder, '..');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(shard);
    await syncFolder(this.#root);
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.add(folder);
    return folder;
  }

  #folderOf(accountId: Uint8Array): string {
    const id = toHex(accountId);
    return join(this.#root, id.slice(0, 2), id);
  }

  #pathOf({ accountId, place }: Place): string {
    return join(this.#folderOf(accountId), toHex(place));
  }
}

/** One piece of the body at a time. */
async function writeAll(
  file: FileHandle,
  body: AsyncIterable<Uint8Array>,
  lengthBytes: number,
): Promise<Uint8Array> {
  const hash = createHash('sha256');
  let at = 0;
  for await (const piece of body) {
    if (at + piece.length > lengthBytes) throw wrongLength();
    hash.update(piece);
    for (let from = 0; from < piece.length; ) {
      const { bytesWritten } = await file
        .write(piece, from, piece.length - from, at + from)
        .catch(asFolderError('write to'));
      from += bytesWritten;
    }
    at += piece.length;
  }
  if (at !== lengthBytes) throw wrongLength();
  return new Uint8Array(hash.digest());
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function wrongLength(): HoldfastError {
  return new HoldfastError('damaged', 'Cannot take an object: it is not as long as was said');
}

function asFolderError(action: string): (cause: unknown) => never {
  return (cause) => {
    const isFull = FULL.has((cause as NodeJS.ErrnoException).code);
    const state = isFull ? 'its disk is full' : 'the system refuses';
    const message = `Cannot ${action} the folder of objects: ${state}`;
    throw new HoldfastError(isFull ? 'disk-full' : 'store-unreachable', message, { cause });
  };
}
