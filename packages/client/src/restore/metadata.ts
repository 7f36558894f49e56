/**
 * Giving a restored path its owner, permissions and times.
 */
import { chmodSync, lchownSync, lutimesSync } from 'node:fs';
import type { FileEntry } from '@holdfast/core/backup-format';
import { toSeconds } from '../platform/file-times.ts';
import type { Xattrs } from '../platform/xattrs.ts';

/**
 * Owner first, because changing it clears the set-user-ID bits; times last. Only root gives files
 * away: for anybody else what they restore is theirs.
 */
export function applyMetadata(path: Buffer, entry: FileEntry, xattrs: Xattrs | null): void {
  if (process.geteuid?.() === 0) lchownSync(path, entry.uid, entry.gid);
  // Both of these would follow a link.
  if (entry.kind !== 'link') {
    for (const xattr of entry.xattrs) xattrs?.write(path, xattr);
    chmodSync(path, entry.mode);
  }
  const seconds = toSeconds(entry.mtimeNs);
  lutimesSync(path, seconds, seconds);
}
