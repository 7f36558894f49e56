/**
 * What a file's status says, as an entry of the file table keeps it.
 */
import type { BigIntStats } from 'node:fs';
import type { FileEntry, Xattr } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import { sameTime } from '../platform/file-times.ts';
import { walTimeNs } from './wal-stamp.ts';

/** The fields that all kinds of entries share. */
export function commonFields(stat: BigIntStats, xattrs: readonly Xattr[]) {
  return {
    mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    inode: stat.ino,
    xattrs,
  };
}

/** Whether a path is what it was, so that it need not be read. */
export function isUnchanged(stat: BigIntStats, entry: FileEntry, walStamp: Uint8Array): boolean {
  if (entry.kind === 'folder') return stat.isDirectory() && isSameFolder(stat, entry);
  const same =
    entry.mtimeNs === stat.mtimeNs && entry.ctimeNs === stat.ctimeNs && entry.inode === stat.ino;
  if (!same) return false;
  switch (entry.kind) {
    case 'link':
      return stat.isSymbolicLink();
    case 'file':
      return stat.isFile() && entry.bytes === Number(stat.size);
    case 'database':
      return (
        stat.isFile() && entry.bytes === Number(stat.size) && equalBytes(entry.walStamp, walStamp)
      );
  }
}

/** Ticks of file systems that keep seconds only, and of those that keep parts of them. */
const COARSE_TICK_NS = 2_000_000_000n;
const FINE_TICK_NS = 100_000_000n;
const SECOND_NS = 1_000_000_000n;

/**
 * Whether an entry's times, with that of a database's log, prove that nothing came after it. A file that was changed right before
 * it was read may have been changed once more within the same tick of the clock.
 *
 * @param readAtMs When the sources were begun to be read, or looked at without finding a change.
 */
export function isSettled(entry: FileEntry, readAtMs: number): boolean {
  const logNs = entry.kind === 'database' ? walTimeNs(entry.walStamp) : null;
  return isBefore(entry.ctimeNs, readAtMs) && (logNs === null || isBefore(logNs, readAtMs));
}

function isBefore(timeNs: bigint, readAtMs: number): boolean {
  const tickNs = timeNs % SECOND_NS === 0n ? COARSE_TICK_NS : FINE_TICK_NS;
  return timeNs < BigInt(readAtMs) * 1_000_000n - tickNs;
}

/**
 * Whether two entries have the same attributes as far as a restore brings them back: a restored file
 * differs in inode and time of status alone.
 */
export function isSameAttributes(a: FileEntry, b: FileEntry): boolean {
  const isSameOwner = a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
  return isSameOwner && sameTime(a.mtimeNs, b.mtimeNs) && areSameXattrs(a.xattrs, b.xattrs);
}

/** Whether two entries of a path have the same status: as far as that tells, nothing has changed. */
export function isSameStatus(a: FileEntry, b: FileEntry): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.inode === b.inode &&
    areSameXattrs(a.xattrs, b.xattrs)
  );
}

/**
 * Whether two entries of a path say the same. A list of chunks that is a table is taken to differ.
 */
export function isSameEntry(a: FileEntry, b: FileEntry): boolean {
  if (!isSameStatus(a, b)) return false;
  if (a.kind === 'link') return b.kind === 'link' && equalBytes(a.target, b.target);
  if (a.kind !== 'file' || b.kind !== 'file' || a.bytes !== b.bytes) return false;
  if (a.chunks.kind !== 'inline' || b.chunks.kind !== 'inline') return false;
  const others = b.chunks.chunks;
  return (
    a.chunks.chunks.length === others.length &&
    a.chunks.chunks.every((chunk, i) => {
      const other = others[i];
      return chunk.fileOffset === other?.fileOffset && equalBytes(chunk.name, other.name);
    })
  );
}

export function areSameXattrs(a: readonly Xattr[], b: readonly Xattr[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, value }, i) => {
      const other = b[i];
      return other !== undefined && equalBytes(name, other.name) && equalBytes(value, other.value);
    })
  );
}

/**
 * A folder's content is looked at in any case. Its change time says nothing, because reading a
 * database in it may move that; its time is compared as finely as it can be set.
 */
function isSameFolder(stat: BigIntStats, entry: FileEntry): boolean {
  const { mode, uid, gid } = commonFields(stat, []);
  const same = entry.mode === mode && entry.uid === uid && entry.gid === gid;
  return same && sameTime(entry.mtimeNs, stat.mtimeNs);
}
