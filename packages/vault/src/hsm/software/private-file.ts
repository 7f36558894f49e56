/** Files of secrets: readable by their owner alone, never half written, never overwritten by chance. */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError } from '@holdfast/core/errors';

/** Rights of group and others. */
const OTHERS = 0o077;
/** Far more than a file of keys takes. */
const LONGEST_FILE_BYTES = 1024 * 1024;

/** The bytes of a file, and what tells them from the bytes of a later version. */
export interface PrivateFile {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/**
 * @param what Names the file in errors, such as `key file`.
 * @throws {HoldfastError} `hsm-unusable` when it can't be read, or others may.
 */
export async function readPrivateFile(path: string, what: string): Promise<PrivateFile> {
  const file = await opened(path, what);
  try {
    const stats = await file.stat({ bigint: true });
    if (process.platform !== 'win32' && (Number(stats.mode) & OTHERS) !== 0) {
      throw unusable(`others can read the ${what} ${path}: chmod 600 it`);
    }
    if (stats.size > LONGEST_FILE_BYTES) throw unusable(`${path} is too long for a ${what}`);
    return { bytes: new Uint8Array(await file.readFile()), version: versionOf(stats) };
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw unusable(`the ${what} ${path} can't be read`, cause);
  } finally {
    await file.close();
  }
}

/** @returns The version of what is at `path` now. @throws {HoldfastError} `hsm-unusable`. */
export async function privateFileVersion(path: string): Promise<string> {
  try {
    return versionOf(await stat(path, { bigint: true }));
  } catch (cause) {
    throw unusable(`${path} can't be reached`, cause);
  }
}

function versionOf({ ino, mtimeNs }: BigIntStats): string {
  return `${ino} ${mtimeNs}`;
}

/**
 * Makes a file of mode 0600 that is whole and durable, or not there.
 *
 * @throws {HoldfastError} `hsm-unusable` when something is there already, or it can't be made.
 */
export async function createPrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  await withNewFile(path, bytes, async (temporary) => {
    await link(temporary, path);
    await rm(temporary);
  });
}

/**
 * Replaces a file by what `change` makes of it, in one step, while nobody else may.
 *
 * @param change Called once nobody else can replace the file.
 * @throws {HoldfastError} `hsm-unusable` when it can't be replaced, or another process is about to.
 */
export async function replacePrivateFile(
  path: string,
  change: () => Promise<Uint8Array>,
): Promise<void> {
  await withNewFile(path, change, (temporary) => rename(temporary, path));
}

/** The new file beside `path` is the lock, too: only one process can make it. */
async function withNewFile(
  path: string,
  content: Uint8Array | (() => Promise<Uint8Array>),
  putInPlace: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.new`;
  let file: FileHandle;
  try {
    file = await open(temporary, 'wx', 0o600);
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST'
      ? unusable(`another process is writing ${path}; if none is, remove ${temporary}`, cause)
      : unusable(`${path} can't be written`, cause);
  }
  try {
    try {
      const bytes = typeof content === 'function' ? await content() : content;
      await file.chmod(0o600);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await putInPlace(temporary);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof HoldfastError || cause instanceof RangeError) throw cause;
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST'
      ? unusable(`there is something at ${path} already, and nothing is overwritten`, cause)
      : unusable(`${path} can't be written`, cause);
  }
}

/** A new name survives a loss of power only when its folder was synced after it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function opened(path: string, what: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'ENOENT'
      ? unusable(`there is no ${what} ${path}`, cause)
      : unusable(`the ${what} ${path} can't be read`, cause);
  }
}

function unusable(state: string, cause?: unknown): HoldfastError {
  const options = cause === undefined ? {} : { cause };
  return new HoldfastError('hsm-unusable', `Cannot use the HSM: ${state}`, options);
}
