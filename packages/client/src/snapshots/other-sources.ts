/**
 * What a snapshot is not about: folders and files that only other snapshots hold.
 */
import { equalBytes } from '@holdfast/core/bytes';
import type { Snapshot } from './list-snapshots.ts';

/**
 * The newest snapshots with files, newest first, of what neither the one at hand nor a newer one of
 * them covers, by the same device: of other sources, or of the same on another device.
 */
export function otherSources(snapshots: readonly Snapshot[], at: Snapshot): readonly Snapshot[] {
  const found: Snapshot[] = [];
  for (const other of snapshots.toReversed()) {
    const isCovered = [at, ...found].some((one) => covers(one, other));
    if (other.fileCount > 0 && !isCovered) found.push(other);
  }
  return found;
}

/** Whether each source of `inner` is one of `outer`, or lies in one, on the same device. */
function covers(outer: Snapshot, inner: Snapshot): boolean {
  if (!equalBytes(outer.deviceId, inner.deviceId)) return false;
  return inner.sources.every((path) => outer.sources.some((folder) => isWithin(path, folder)));
}

/** @param folder An absolute path, as is `path`. */
function isWithin(path: Uint8Array, folder: Uint8Array): boolean {
  if (!equalBytes(path.subarray(0, folder.length), folder)) return false;
  return path.length === folder.length || path[folder.length] === SLASH || folder.at(-1) === SLASH;
}

const SLASH = 0x2f;
