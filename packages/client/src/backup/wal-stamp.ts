import { lstatSync } from 'node:fs';
import { ByteWriter } from '@holdfast/core/bytes';
import { sideFile } from '../sqlite/side-files.ts';

/**
 * What a database's write-ahead log looks like: while it is the same, and the database file is,
 * nothing was written. Empty when there is no log or nothing in it.
 */
export function readWalStamp(database: Buffer): Uint8Array {
  const stat = lstatSync(sideFile(database, '-wal'), { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || stat.size === 0n) return new Uint8Array(0);
  const writer = new ByteWriter(32).u64(stat.size).i64(stat.mtimeNs).i64(stat.ctimeNs);
  return writer.u64(stat.ino).finish();
}
