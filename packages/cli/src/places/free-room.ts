/** How much room there is for a restore. */
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** @returns Bytes free on the disk that a folder lies on, or will; null when that can't be told. */
export async function freeRoom(folder: string): Promise<number | null> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isMissing || path === dirname(path)) return null;
    }
  }
}
