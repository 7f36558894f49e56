/**
 * When this device last finished a backup of a set of folders. The store knows the newest snapshots;
 * a run that found nothing changed makes none, and only this device remembers it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folders } from './folders.ts';
import { replacePrivateFile } from './private-file.ts';

export interface LastRun {
  /** Absolute paths. */
  readonly sources: readonly string[];
  readonly atMs: number;
  /** The snapshot that held everything then. */
  readonly snapshot: number;
}

/**
 * Takes the place of what is remembered of the same sources.
 *
 * @param backupId 32 bytes.
 */
export async function rememberRun(
  folders: Folders,
  backupId: Uint8Array,
  run: LastRun,
): Promise<void> {
  const known = await recallRuns(folders, backupId);
  const runs = [...known.filter((other) => setOf(other) !== setOf(run)), run];
  await replacePrivateFile(runPath(folders, backupId), `${JSON.stringify(runs)}\n`);
}

/** @returns One for each set of sources; none when what is kept of them can't be read. */
export async function recallRuns(
  folders: Folders,
  backupId: Uint8Array,
): Promise<readonly LastRun[]> {
  try {
    const runs: unknown = JSON.parse(await readFile(runPath(folders, backupId), 'utf8'));
    return Array.isArray(runs) ? runs.filter(isRun) : [];
  } catch {
    return [];
  }
}

function setOf({ sources }: LastRun): string {
  return JSON.stringify(sources.toSorted());
}

function isRun(value: unknown): value is LastRun {
  if (typeof value !== 'object' || value === null) return false;
  const { sources, atMs, snapshot } = value as Record<string, unknown>;
  return Array.isArray(sources) && Number.isSafeInteger(atMs) && Number.isSafeInteger(snapshot);
}

function runPath(folders: Folders, backupId: Uint8Array): string {
  return join(folders.state, 'runs', `${backupId.toHex()}.json`);
}
