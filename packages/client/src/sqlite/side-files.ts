/**
 * The files that SQLite keeps beside a database: they are never stored, and those that our reading
 * makes are taken away again.
 */
import { stat, utimes } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { toSeconds } from '../platform/file-times.ts';
import { SIDE_FILE_SUFFIXES } from './database-header.ts';

/** Clocks of files tick every few milliseconds. */
const SAME_MOMENT_NS = 10_000_000n;

type Suffix = (typeof SIDE_FILE_SUFFIXES)[number];

/** Path of a database's side file. */
export function sideFile(path: Buffer, suffix: Suffix): Buffer {
  return Buffer.concat([path, Buffer.from(suffix)]);
}

/** Length of a file in bytes; 0 when there is none, or something else has its name. */
export async function fileBytes(path: Buffer): Promise<number> {
  const found = await statOrNull(path);
  return found?.isFile() ? Number(found.size) : 0;
}

/** Whether something that is no file, such as a folder, has the name of a database's side file. */
export async function isSideNameTaken(path: Buffer): Promise<boolean> {
  for (const suffix of SIDE_FILE_SUFFIXES) {
    if ((await statOrNull(sideFile(path, suffix)))?.isFile() === false) return true;
  }
  return false;
}

/**
 * Looks at a database's side files before it is read.
 *
 * @returns What to call afterwards: takes away the empty log that reading left behind, and gives
 *   the folder back the time it had, so that reading does not look like a change.
 */
export async function noteSideFiles(path: Buffer): Promise<() => Promise<void>> {
  const before = await presentSideFiles(path);
  const folder = Buffer.from(path.subarray(0, path.lastIndexOf('/') + 1));
  const { mtimeNs, atimeNs } = await stat(folder, { bigint: true });
  const { ino, dev } = await stat(path, { bigint: true });
  return async () => {
    const ours = (await presentSideFiles(path)).filter((suffix) => !before.includes(suffix));
    if (ours.length === 0 || (await fileBytes(sideFile(path, '-wal'))) > 0) return;
    const isLastChange = await areLastIn(
      folder,
      ours.map((suffix) => sideFile(path, suffix)),
    );
    const now = await statOrNull(path);
    if (now?.ino !== ino || now.dev !== dev) return;
    closeAsLast(path);
    if (isLastChange) await setTimes(folder, atimeNs, mtimeNs);
  };
}

/** In a folder of somebody else one may write and yet not set its times. */
async function setTimes(folder: Buffer, atimeNs: bigint, mtimeNs: bigint): Promise<void> {
  try {
    await utimes(folder, toSeconds(atimeNs), toSeconds(mtimeNs));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/** Whether nothing else has come or gone in a folder since these files were made in it. */
async function areLastIn(folder: Buffer, made: readonly Buffer[]): Promise<boolean> {
  const { mtimeNs } = await stat(folder, { bigint: true });
  for (const path of made) {
    const birth = (await statOrNull(path))?.birthtimeNs;
    if (birth !== undefined && mtimeNs <= birth + SAME_MOMENT_NS) return true;
  }
  return false;
}

async function presentSideFiles(path: Buffer): Promise<readonly Suffix[]> {
  const found: Suffix[] = [];
  for (const suffix of SIDE_FILE_SUFFIXES) {
    if ((await statOrNull(sideFile(path, suffix))) !== null) found.push(suffix);
  }
  return found;
}

/**
 * Only SQLite can tell whether somebody else has begun to use the files: the last connection that
 * may write takes them away when it closes.
 */
function closeAsLast(path: Buffer): void {
  try {
    const database = new DatabaseSync(existing(path));
    try {
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
    } finally {
      database.close();
    }
  } catch (error) {
    // Somebody holds it: then the files are theirs.
    if ((error as { errcode?: unknown }).errcode === undefined) throw error;
  }
}

/** Opens what is there, and never makes a database anew that was deleted meanwhile. */
function existing(path: Buffer): URL {
  const url = pathToFileURL('/');
  url.pathname = Array.from(path, (byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
    .replaceAll('%2f', '/');
  url.search = '?mode=rw';
  return url;
}

async function statOrNull(path: Buffer) {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isNoSuchFile(error)) return null;
    throw error;
  }
}

/** Beside a database with a name of full length there can be no side file. */
export function isNoSuchFile(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENAMETOOLONG';
}
