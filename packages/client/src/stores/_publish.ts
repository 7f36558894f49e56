/**
 * Giving a finished temporary its object's name, if nothing has that name yet.
 *
 * `link()` does it in one step. File systems without hard links (FAT, exFAT, many network shares)
 * only have `rename()`, which overwrites, so there a claim makes the two steps "look, then rename"
 * safe: the temporary is put into a folder of its own, and that folder is renamed to
 * `.claim-<name>`, which fails while such a claim is there. Only the holder of the claim publishes,
 * and out of the claim: `.claim-<name>/<unguessable>` is renamed to `<name>`. Whoever waits too long
 * for a claim moves it away, and the file with it, so that a holder that wakes up finds nothing to
 * publish and starts again. Safety rests on that, never on the time waited.
 */

import { link, lstat, mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from './_file-error.ts';
import { claimPath, removeTemporary, temporaryPath } from './_temporary.ts';

/** `stored` or `exists` as of a put; `vanished` when somebody else removed the temporary. */
export type Published = 'stored' | 'exists' | 'vanished';

const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK']);
/** What renaming a folder onto one that is there and not empty says, by system. */
const IS_CLAIMED = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES']);

const CLAIM_POLL_MS = 10;
/** Two seconds. */
const CLAIM_POLLS = 200;
/** Claims moved away before the system's refusal is taken at its word. */
const CLAIM_ROUNDS = 5;

/**
 * Publishes by a hard link. Consumes the temporary, unless it answers `no-links`: the file system
 * has none, and the temporary is still there for `publishByClaim`.
 */
export async function publishByLink(
  temporary: string,
  path: string,
): Promise<Published | 'no-links'> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (NO_LINKS.has(code)) {
      return 'no-links';
    }
    if (code === 'EEXIST') {
      // Over NFS, a link whose answer got lost is asked for twice, and the second finds the first.
      const isOurs = await hasTwoNames(temporary);
      await removeTemporary(temporary);
      return isOurs ? 'stored' : 'exists';
    }
    await removeTemporary(temporary);
    if (code === 'ENOENT') {
      return 'vanished';
    }
    throw error;
  }
  // The object is there from here on: a second name that stays is a left-over, not a failure.
  await unlink(temporary).catch(() => undefined);
  return 'stored';
}

async function hasTwoNames(temporary: string): Promise<boolean> {
  const info = await lstat(temporary).catch(() => undefined);
  return info !== undefined && info.nlink > 1;
}

/**
 * Publishes by a claim. Consumes the temporary.
 *
 * @param claimPolls Times (at least 1), 10 ms apart, that another's claim is looked at before it is moved away.
 */
export async function publishByClaim(
  temporary: string,
  path: string,
  claimPolls = CLAIM_POLLS,
): Promise<Published> {
  const folder = dirname(path);
  const own = temporaryPath(folder);
  const claim = claimPath(folder, basename(path));
  const bodyName = basename(temporary);
  let held = own;
  try {
    await mkdir(own, { mode: 0o700 });
    await rename(temporary, join(own, bodyName));
    if (!(await takeClaim(own, claim, path, claimPolls))) {
      return 'exists';
    }
    held = claim;
    if (await isThere(path)) {
      return 'exists';
    }
    await rename(join(claim, bodyName), path);
    return 'stored';
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return 'vanished';
    }
    throw error;
  } finally {
    await removeTemporary(temporary);
    await releaseClaim(held, own, bodyName);
  }
}

/** @returns false when an object came to be at `path` meanwhile. */
async function takeClaim(
  own: string,
  claim: string,
  path: string,
  claimPolls: number,
): Promise<boolean> {
  for (let round = 1; ; round++) {
    for (let poll = 0; poll < claimPolls; poll++) {
      const refusal = await rename(own, claim).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refusal === undefined) {
        return true;
      }
      if (!IS_CLAIMED.has(systemCode(refusal) ?? '')) {
        throw refusal;
      }
      if (await isThere(path)) {
        return false;
      }
      if (round > CLAIM_ROUNDS) {
        throw refusal;
      }
      await sleep(CLAIM_POLL_MS);
    }
    await moveClaimAway(claim);
  }
}

async function moveClaimAway(claim: string): Promise<void> {
  const away = temporaryPath(dirname(claim));
  try {
    await rename(claim, away);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return;
    }
    throw error;
  }
  await removeTemporary(away);
}

/** Removes our file and our folder, but never a claim that somebody else took since. */
async function releaseClaim(held: string, own: string, bodyName: string): Promise<void> {
  if (held !== own) {
    await removeTemporary(join(held, bodyName));
    // Refused when another's file lies in it: then it is another's claim.
    await rmdir(held).catch(() => undefined);
  }
  await removeTemporary(own);
}

/** Whether anything has this path, a symbolic link to nowhere included. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return false;
    }
    throw error;
  }
}
