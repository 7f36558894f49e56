import { type BigIntStats, lstatSync } from 'node:fs';
import { ByteReader, ByteWriter } from '@holdfast/core/bytes';
import { isNoSuchFile, sideFile } from '../sqlite/side-files.ts';

const STAMP_BYTES = 24;

/**
 * What a database's write-ahead log looks like: while it is the same, and the database file is,
 * nothing was written. Empty when there is no log or nothing in it. Its change time says nothing,
 * because SQLite moves that by merely opening it as root.
 */
export function readWalStamp(database: Buffer): Uint8Array {
  const stat = lookAt(sideFile(database, '-wal'));
  if (!stat?.isFile() || stat.size === 0n) return new Uint8Array(0);
  return new ByteWriter(STAMP_BYTES).u64(stat.size).i64(stat.mtimeNs).u64(stat.ino).finish();
}

/** When the log was last written, in nanoseconds since 1970; null when the stamp is of none. */
export function walTimeNs(stamp: Uint8Array): bigint | null {
  if (stamp.length !== STAMP_BYTES) return null;
  const reader = new ByteReader(stamp, 'log stamp');
  reader.u64();
  return reader.i64();
}

function lookAt(path: Buffer): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (isNoSuchFile(error)) return null;
    throw error;
  }
}
