/**
 * Temporaries of a file store: what a put writes before it publishes it under the object's name.
 *
 * Their names begin with a dot, which no object's does. A crash leaves them behind; nobody lists
 * them, and a later put removes those older than a day.
 */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DIRECT_BLOCK_BYTES,
  DIRECT_MIN_BYTES,
  isDirectRefusal,
  O_DIRECT,
} from '../platform/direct-io.ts';
import { systemCode } from './_file-error.ts';

const TEMPORARY_PREFIX = '.tmp-';
const CLAIM_PREFIX = '.claim-';
const LEFT_OVER_AFTER_MS = 24 * 60 * 60 * 1000;

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
/** Not there on Windows, where links are seldom and need a privilege to make. */
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;

/** A path in `folder` that nobody else has or can guess. */
export function temporaryPath(folder: string): string {
  return join(folder, TEMPORARY_PREFIX + randomBytes(16).toString('hex'));
}

/** The path of the claim on an object (see `_publish.ts`). */
export function claimPath(folder: string, baseName: string): string {
  return join(folder, CLAIM_PREFIX + baseName);
}

/**
 * Writes `bytes` to a new temporary of mode 0600 in `folder` and makes them durable. Leaves nothing
 * behind when it throws.
 *
 * @param bytes May lie in a SharedArrayBuffer; must not change until the call answers.
 * @returns the path of the temporary.
 */
export async function writeTemporary(folder: string, bytes: Uint8Array): Promise<string> {
  const path = temporaryPath(folder);
  if (
    O_DIRECT !== 0 &&
    bytes.length >= DIRECT_MIN_BYTES &&
    bytes.length % DIRECT_BLOCK_BYTES === 0
  ) {
    try {
      await writeFile(path, bytes, O_DIRECT);
      return path;
    } catch (error) {
      // A file system that has no such writes, or memory that doesn't begin where a block may.
      if (!isDirectRefusal(error)) throw error;
    }
  }
  await writeFile(path, bytes, 0);
  return path;
}

async function writeFile(path: string, bytes: Uint8Array, flags: number): Promise<void> {
  const handle = await open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | flags, 0o600);
  try {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, written);
      written += bytesWritten;
    }
    await handle.datasync();
    await handle.close();
  } catch (error) {
    await handle.close().catch(ignore);
    await removeTemporary(path);
    throw error;
  }
}

/** Removes a temporary, file or folder. What can't be removed now is left to a later put. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(ignore);
}

/**
 * Removes what crashed puts left in `folder` more than a day ago.
 *
 * Removing the temporary of a put that is still alive (a stopped process, a clock that is wrong)
 * does no harm: that put notices and writes it again.
 */
export async function removeLeftOvers(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(TEMPORARY_PREFIX) && !name.startsWith(CLAIM_PREFIX)) {
      continue;
    }
    const path = join(folder, name);
    const info = await lstat(path).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') {
        return undefined;
      }
      throw error;
    });
    if (info !== undefined && nowMs - info.mtimeMs > LEFT_OVER_AFTER_MS) {
      await removeTemporary(path);
    }
  }
}

/** For clearing up, where the failure that led here is the one to tell. */
function ignore(): void {
  return;
}
