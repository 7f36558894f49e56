/**
 * Which files of a snapshot can't be restored, because of packs that the store has lost or damaged.
 */
import { decodeFileEntry } from '@holdfast/core/backup-format';
import type { Backup } from '../repository/backup.ts';
import { TableCursor } from '../table/index.ts';
import type { Snapshot } from './list-snapshots.ts';
import { PresentBlobs } from './present-blobs.ts';

export interface LostFiles {
  /** Packs that are gone from the store, are too short, or were found damaged by this device. */
  readonly packs: number;
  /**
   * Files, in all snapshots that were looked at, of which something lies there: of a damaged pack, no
   * fewer than can't be restored.
   */
  readonly files: number;
  /** Whether lists of files can't be read either, so that there may be more. */
  readonly isMore: boolean;
}

/**
 * Lists the packs of the store. Reads no tables as long as all packs are there, and data never.
 *
 * @throws {HoldfastError} `cancelled`, or what the store throws.
 */
export async function findLostFiles(
  backup: Backup,
  snapshots: readonly Snapshot[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<LostFiles> {
  const present = await PresentBlobs.find(backup, signal);
  const packs = present.lost.size;
  let files = 0;
  let isMore = false;
  const { read } = backup.reader(signal);
  const onBroken = (): void => {
    isMore = true;
  };
  for (const snapshot of packs === 0 ? [] : snapshots) {
    const cursor = new TableCursor(read, snapshot.files, { onBroken });
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
      if (!(await present.hasContent(decodeFileEntry(row.addresses, row.value)))) files++;
    }
  }
  return { packs, files, isMore };
}
