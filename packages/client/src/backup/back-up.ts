/**
 * Making a snapshot of files and folders.
 *
 * The way of a byte: sources → walk → scan (what differs from the parent) → path-store → chunk-store
 * or store-database → workers, which hash, compress and seal → packs; entries → file-layer-writer →
 * commit-snapshot.
 *
 * The words of this folder: the *parent* is the snapshot that sources are compared with; *before* is
 * what it has at the path at hand; *present* are blobs that the store still has whole; what is
 * *carried* stays as the parent has it though it can't be read.
 */
import type { NoteEvent } from '../events.ts';
import type { Backup } from '../repository/backup.ts';
import { lockDevice } from '../repository/device-lock.ts';
import { headNote } from '../repository/head-note.ts';
import type { HeadProblem } from '../repository/head-problems.ts';
import { redoWhenPruned } from '../repository/redo-when-pruned.ts';
import { BackupNotes } from './backup-notes.ts';
import { BackupResources } from './backup-resources.ts';
import { type BackUpOptions, type BackupResult, BackupRun } from './backup-run.ts';
import type { ScanCounts } from './scan-tally.ts';
import { assertOutside, folderIds, resolveSources, SourceWatch } from './sources.ts';

export interface BackupSummary extends ScanCounts, Omit<BackupResult, 'counts'> {
  readonly durationMs: number;
  readonly requests: number;
  readonly bytesFetched: number;
  /** The first hundred things worth knowing. */
  readonly notes: readonly NoteEvent[];
}

/**
 * Makes a snapshot of files and folders. It exists whole or not at all; cut off, the next run goes
 * on at the pack where this one was.
 *
 * @param paths Each restored under its base name.
 * @throws {HoldfastError} `source-unreadable` when a source is missing, `usage`, `cancelled`,
 *   `already-running` when another backup of this device is, `contention`, or what the store throws.
 */
export async function backUp(
  backup: Backup,
  paths: readonly string[],
  options: BackUpOptions = {},
): Promise<BackupSummary> {
  const { signal, onEvent } = options;
  const startedAtMs = performance.now();
  const sources = resolveSources(paths);
  const watch = new SourceWatch(sources);
  const ownFolders = folderIds(backup.ownFolders);
  assertOutside(sources, ownFolders);
  using _ = lockDevice(backup.device.lockFile);
  const attempt = async () => {
    await backup.refresh(signal);
    const notes = new BackupNotes(onEvent);
    const passOver = (problem: HeadProblem): void => notes.add(headNote(problem, backup));
    const resources = await BackupResources.open(backup, { passOver, signal });
    try {
      const runOptions = { sources, watch, ownFolders, ...options };
      const run = new BackupRun(backup, resources, notes, runOptions);
      return { ...(await run.make()), notes: notes.kept };
    } finally {
      await resources.close();
    }
  };
  const { counts, ...made } = await redoWhenPruned(backup, attempt, signal);
  const { requests, bytesFetched } = backup.counts;
  const durationMs = Math.round(performance.now() - startedAtMs);
  return { ...counts, ...made, durationMs, requests, bytesFetched };
}
