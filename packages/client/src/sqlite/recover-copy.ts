/**
 * Copies a database that can't be read where it is without a trace — a crash left a hot journal or
 * a log that nobody has open, its folder is not writable, or a folder has the name of its log — and lets SQLite recover the copy.
 */
import type { BigIntStats } from 'node:fs';
import { chmod, constants, copyFile, stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';
import { fileBytes, isNoSuchFile, sideFile } from './side-files.ts';

/** Copying again when somebody wrote meanwhile. */
const ATTEMPTS = 3;

/** Primary result codes (https://www.sqlite.org/rescode.html). */
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;

/** @returns false when the copy is no sound database. */
export async function recoverCopy(path: Buffer, copy: string): Promise<boolean> {
  const parts = [
    { from: path, to: copy },
    { from: sideFile(path, '-journal'), to: `${copy}-journal` },
    { from: sideFile(path, '-wal'), to: `${copy}-wal` },
  ];
  await copyUnchanged(parts);
  const bytes = recover(copy);
  if (bytes === null) return false;
  // What SQLite could not carry over from the log would be missing without a word.
  const logBytes = await fileBytes(sideFile(Buffer.from(copy), '-wal'));
  if (logBytes === 0 && (await stat(copy)).size === bytes) return true;
  throw new HoldfastError('source-unreadable', 'Cannot read a database: its log does not apply');
}

/**
 * Rolls a journal back, or a log forward.
 *
 * @returns The length that the database has by then; null when it is unsound.
 */
function recover(copy: string): number | null {
  try {
    const database = new DatabaseSync(copy);
    try {
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      const { pages, pageBytes } = database
        .prepare(
          'SELECT page_count AS pages, page_size AS pageBytes ' +
            'FROM pragma_page_count(), pragma_page_size()',
        )
        .get() as { pages: number; pageBytes: number };
      return pages * pageBytes;
    } finally {
      database.close();
    }
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    if (errcode === undefined) throw error;
    if ((errcode & 0xff) === SQLITE_FULL || (errcode & 0xff) === SQLITE_IOERR) {
      const message = 'Cannot copy a database: this device has no room left';
      throw new HoldfastError('disk-full', message, { cause: error });
    }
    return null;
  }
}

async function copyUnchanged(
  parts: readonly { readonly from: Buffer; readonly to: string }[],
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await Promise.all(parts.map(({ from }) => look(from)));
    for (const [i, { from, to }] of parts.entries()) {
      if (before[i] === null) continue;
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      // The copy takes over permissions, and a log that can't be written is not applied.
      await chmod(to, 0o600);
    }
    const after = await Promise.all(parts.map(({ from }) => look(from)));
    if (before.every((look, i) => look === after[i])) return;
  }
  throw new HoldfastError('source-unreadable', 'Cannot read a database: it changes all the time');
}

/** What tells that a file has changed; null when there is none, or something else has its name. */
async function look(path: Buffer): Promise<string | null> {
  try {
    const found: BigIntStats = await stat(path, { bigint: true });
    if (!found.isFile()) return null;
    const { size, mtimeNs, ctimeNs, ino } = found;
    return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
  } catch (error) {
    if (isNoSuchFile(error)) return null;
    throw error;
  }
}
