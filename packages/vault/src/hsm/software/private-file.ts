/** Files of secrets: readable by their owner alone, never half written, never overwritten by chance. */
import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError } from '@holdfast/core/errors';

/** Rights of group and others. */
const OTHERS = 0o077;
/** Far more than a file of keys takes. */
const LONGEST_FILE_BYTES = 1024 * 1024;
/** Stands between a file's name and random digits while it is written. */
const NEW = '.new-';

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
  await putNewFile(path, bytes, async (temporary) => {
    await link(temporary, path);
    await rm(temporary);
  });
}

/**
 * Replaces a file in one step. Of several who do so at once, one is last, or one fails.
 *
 * @throws {HoldfastError} `hsm-unusable` when it can't be replaced.
 */
export async function replacePrivateFile(path: string, bytes: Uint8Array): Promise<void> {
  await putNewFile(path, bytes, (temporary) => rename(temporary, path));
}

async function putNewFile(
  path: string,
  bytes: Uint8Array,
  putInPlace: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}${NEW}${randomBytes(8).toString('hex')}`;
  try {
    await removeLeftovers(path);
    const file = await open(temporary, 'wx', 0o600);
    try {
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
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST'
      ? unusable(`there is something at ${path} already, and nothing is overwritten`, cause)
      : unusable(`${path} can't be written`, cause);
  }
}

/** What a process that was killed has left; one that is still at it fails, and nothing is lost. */
async function removeLeftovers(path: string): Promise<void> {
  const start = basename(path) + NEW;
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(start)) await rm(join(dirname(path), name), { force: true });
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
