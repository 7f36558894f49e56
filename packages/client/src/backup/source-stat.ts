/**
 * What a file's status says, as an entry of the file table keeps it.
 */
import type { BigIntStats } from 'node:fs';
import type { FileEntry, Xattr } from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import { sameTime } from '../platform/file-times.ts';

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

/**
 * A folder's content is looked at in any case. Its change time says nothing, because reading a
 * database in it may move that; its time is compared as finely as it can be set.
 */
function isSameFolder(stat: BigIntStats, entry: FileEntry): boolean {
  const { mode, uid, gid } = commonFields(stat, []);
  const same = entry.mode === mode && entry.uid === uid && entry.gid === gid;
  return same && sameTime(entry.mtimeNs, stat.mtimeNs);
}
