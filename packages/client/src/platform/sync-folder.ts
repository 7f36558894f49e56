/**
 * Making folder entries durable: a new file survives a loss of power only when its folder was
 * synced after it, and a new folder only when its parent was.
 */

import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** File systems and network shares that can't sync a folder say so with one of these. */
const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF']);

/** Makes the entries of `folder` durable. Windows has no such call and journals entries itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.has((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
  } finally {
    await handle.close();
  }
}

/**
 * Makes `folder`, whose parent is there, for its owner only (mode 0700), and durable.
 *
 * @returns false when it was there already; its entry is made durable even so, since whoever made
 *   it may not have come that far.
 */
export async function makeFolder(folder: string): Promise<boolean> {
  const isNew = await mkdir(folder, { mode: 0o700 }).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        return false;
      }
      throw error;
    },
  );
  await syncFolder(dirname(folder));
  return isNew;
}
