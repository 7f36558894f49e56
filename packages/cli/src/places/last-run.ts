/**
 * When this device last finished a backup. The store knows the newest snapshot; a run that found
 * nothing changed makes none, and only this device remembers it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folders } from './folders.ts';
import { replacePrivateFile } from './private-file.ts';

export interface LastRun {
  readonly atMs: number;
  /** The snapshot that held everything then. */
  readonly snapshot: number;
}

/** @param backupId 32 bytes. */
export async function rememberRun(
  folders: Folders,
  backupId: Uint8Array,
  run: LastRun,
): Promise<void> {
  await replacePrivateFile(runPath(folders, backupId), `${JSON.stringify(run)}\n`);
}

/** @returns null when there was none, or what is kept of it can't be read. */
export async function recallRun(folders: Folders, backupId: Uint8Array): Promise<LastRun | null> {
  try {
    const run: unknown = JSON.parse(await readFile(runPath(folders, backupId), 'utf8'));
    return isRun(run) ? run : null;
  } catch {
    return null;
  }
}

function isRun(value: unknown): value is LastRun {
  if (typeof value !== 'object' || value === null) return false;
  const { atMs, snapshot } = value as Record<string, unknown>;
  return Number.isSafeInteger(atMs) && Number.isSafeInteger(snapshot);
}

function runPath(folders: Folders, backupId: Uint8Array): string {
  return join(folders.state, 'runs', `${backupId.toHex()}.json`);
}
