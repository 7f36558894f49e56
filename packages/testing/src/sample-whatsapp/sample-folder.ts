// Paths of a sample, and how its databases are opened. On an Android phone msgstore.db is in
// write-ahead-log mode with pages of 4 KiB.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export function samplePaths(folder: string): { msgstore: string; contacts: string } {
  return {
    msgstore: join(folder, 'Databases', 'msgstore.db'),
    contacts: join(folder, 'Databases', 'wa.db'),
  };
}

/** Opens for fast writing: nothing is flushed to the disk, which is good enough for a sample. */
export function openForWriting(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 10_000, defensive: false });
  db.exec('PRAGMA page_size = 4096; PRAGMA synchronous = OFF');
  return db;
}

/** What was generated or added, not what the folder holds in all (except `databaseBytes`). */
export interface SampleReport {
  readonly messages: number;
  readonly edited: number;
  readonly reactions: number;
  readonly receipts: number;
  readonly mediaFiles: number;
  readonly mediaBytes: number;
  /** How many of `mediaFiles` repeat another file exactly. */
  readonly duplicateFiles: number;
  /** Size of msgstore.db, without its write-ahead log. */
  readonly databaseBytes: number;
}
