/**
 * Where a path or pattern that a snapshot lacks may be instead.
 */
import { decodePathKey } from '@holdfast/core/backup-format';
import { isDamage } from '../damage.ts';
import { matchAny } from '../paths/path-pattern.ts';
import { pathBytes } from '../paths/path-text.ts';
import type { Backup } from '../repository/backup.ts';
import type { Snapshot } from '../snapshots/list-snapshots.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { TableCursor } from '../table/index.ts';
import { Selection } from './selection.ts';

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Snapshots that are looked through: a pattern takes reading the whole list of files of each. */
const LOOKED_AT_MAX = 20;

/**
 * The first path of a snapshot that differs from a path or pattern in the case of letters alone;
 * null when there is none, or it lies where the list of files can't be read.
 */
export async function findInOtherCase(
  backup: Backup,
  { files }: Snapshot,
  path: string,
  { signal }: CallOptions = {},
): Promise<Uint8Array | null> {
  const matches = matchAny([path], { ignoresCase: true });
  const { read } = backup.reader(signal);
  const cursor = new TableCursor(read, files, { onBroken: passOver });
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
    throwIfCancelled(signal, 'restore');
    if (matches(namesOf(row.key))) return pathBytes(row.key);
  }
  return null;
}

/** The newest of some snapshots, oldest first, that holds what a path or pattern matches. */
export async function findHolder(
  backup: Backup,
  snapshots: readonly Snapshot[],
  path: string,
  { signal }: CallOptions = {},
): Promise<Snapshot | null> {
  const { read } = backup.reader(signal);
  for (const snapshot of snapshots.slice(-LOOKED_AT_MAX).reverse()) {
    const { files } = snapshot;
    const options = { read, files, include: [path], onFailure: passOver, signal };
    if (await new Selection(options).hasAny()) return snapshot;
  }
  return null;
}

function passOver(): void {
  // What can't be read is told by the restore itself.
}

/** @returns no names for a key that makes no sense. */
function namesOf(key: Uint8Array): readonly Uint8Array[] {
  try {
    return decodePathKey(key);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [];
  }
}
