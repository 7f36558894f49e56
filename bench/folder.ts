/** A folder of files as the bench sees it: listed, measured, read into the page cache, compared. */

import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** Every file below `folder`, sorted by its path relative to it. */
export async function listFiles(folder: string): Promise<Entry[]> {
  const files: Entry[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory()) {
        await walk(path);
      } else {
        const { size, mtimeMs } = await lstat(join(folder, path));
        files.push({ path, bytes: size, mtimeMs });
      }
    }
  };
  await walk('');
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Reads every file once, so that each tool finds the page cache alike. */
export async function warm(folder: string): Promise<void> {
  for (const { path } of await listFiles(folder)) {
    for await (const _ of pieces(join(folder, path)));
  }
}

/** What differs between two folders, by names, sizes and bytes; empty when nothing does. */
export async function compareFolders(expected: string, actual: string): Promise<string[]> {
  const actualBytes = new Map((await listFiles(actual)).map(({ path, bytes }) => [path, bytes]));
  const differences: string[] = [];
  for (const { path, bytes } of await listFiles(expected)) {
    const found = actualBytes.get(path);
    actualBytes.delete(path);
    if (found === undefined) differences.push(`${path} is missing`);
    else if (found !== bytes) differences.push(`${path} has ${found} bytes, not ${bytes}`);
    else if (!(await sameBytes(join(expected, path), join(actual, path))))
      differences.push(`${path} has other bytes`);
  }
  for (const path of actualBytes.keys()) differences.push(`${path} was never backed up`);
  return differences;
}

/** Whether two files hold the same bytes. */
export async function sameBytes(path: string, otherPath: string): Promise<boolean> {
  const other = pieces(otherPath);
  try {
    for await (const piece of pieces(path)) {
      const { value } = await other.next();
      if (value === undefined || !piece.equals(value)) return false;
    }
    return (await other.next()).done === true;
  } finally {
    await other.return(undefined);
  }
}

/** Yields 1 MiB at a time, the last piece shorter; each piece is good until the next is asked for. */
async function* pieces(path: string): AsyncGenerator<Buffer, void> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (;;) {
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      if (filled > 0) yield buffer.subarray(0, filled);
      if (filled < buffer.length) return;
    }
  } finally {
    await file.close();
  }
}
