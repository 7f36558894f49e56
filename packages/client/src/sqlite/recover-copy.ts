/**
 * Copies a database that can't be read where it is without a trace — a crash left a hot journal or
 * a log that nobody has open, or its folder is not writable — and lets SQLite recover the copy.
 */
import type { BigIntStats } from 'node:fs';
import { constants, copyFile, stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';
import { isNoSuchFile, sideFile } from './side-files.ts';

/** Copying again when somebody wrote meanwhile. */
const ATTEMPTS = 3;

/** @returns false when the copy is no sound database. */
export async function recoverCopy(path: Buffer, copy: string): Promise<boolean> {
  const parts = [
    { from: path, to: copy },
    { from: sideFile(path, '-journal'), to: `${copy}-journal` },
    { from: sideFile(path, '-wal'), to: `${copy}-wal` },
  ];
  await copyUnchanged(parts);
  try {
    const database = new DatabaseSync(copy);
    try {
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
    } finally {
      database.close();
    }
    return true;
  } catch (error) {
    if ((error as { errcode?: unknown }).errcode === undefined) throw error;
    return false;
  }
}

async function copyUnchanged(
  parts: readonly { readonly from: Buffer; readonly to: string }[],
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await Promise.all(parts.map(({ from }) => look(from)));
    for (const [i, { from, to }] of parts.entries()) {
      if (before[i] !== null) await copyFile(from, to, constants.COPYFILE_FICLONE);
    }
    const after = await Promise.all(parts.map(({ from }) => look(from)));
    if (before.every((look, i) => look === after[i])) return;
  }
  throw new HoldfastError('source-unreadable', 'Cannot read a database: it changes all the time');
}

/** What tells that a file has changed; null when there is none. */
async function look(path: Buffer): Promise<string | null> {
  try {
    const { size, mtimeNs, ctimeNs, ino }: BigIntStats = await stat(path, { bigint: true });
    return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
  } catch (error) {
    if (isNoSuchFile(error)) return null;
    throw error;
  }
}
