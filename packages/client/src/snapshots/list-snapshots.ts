/**
 * The snapshots of a backup, from its catalog.
 */
import {
  decodeSnapshotEntry,
  decodeSnapshotKey,
  type SnapshotEntry,
  type Table,
} from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Backup } from '../repository/backup.ts';
import { type ReadBlob, readTable } from '../table/index.ts';

/** A restore point. */
export interface Snapshot extends SnapshotEntry {
  readonly number: number;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** All snapshots, oldest first. */
export async function listSnapshots(
  backup: Backup,
  options: CallOptions = {},
): Promise<Snapshot[]> {
  const { read } = backup.reader(options.signal);
  return await readSnapshots(read, backup.state.root.catalog);
}

/** The snapshots of a catalog, oldest first. */
export async function readSnapshots(read: ReadBlob, catalog: Table): Promise<Snapshot[]> {
  const entries = await readTable(read, catalog);
  return entries.map(({ key, value, addresses }) => ({
    number: decodeSnapshotKey(key),
    ...decodeSnapshotEntry(addresses, value),
  }));
}

/**
 * @param selector `latest` or a number.
 * @throws {HoldfastError} `snapshot-missing`, or `usage` when it is neither.
 */
export async function findSnapshot(
  backup: Backup,
  selector: string,
  options: CallOptions = {},
): Promise<Snapshot> {
  if (selector !== 'latest' && !/^[1-9]\d{0,8}$/.test(selector)) {
    throw new HoldfastError('usage', 'Cannot find a snapshot: give its number, or "latest"');
  }
  const snapshots = await listSnapshots(backup, options);
  const found =
    selector === 'latest'
      ? snapshots.at(-1)
      : snapshots.find(({ number }) => number === Number(selector));
  if (found !== undefined) return found;
  const state = snapshots.length === 0 ? 'there is none yet' : `there is no number ${selector}`;
  throw new HoldfastError('snapshot-missing', `Cannot find the snapshot: ${state}`);
}

/** The snapshot that a new one is compared with: of this device and these sources, else the newest. */
export function findParent(
  snapshots: readonly Snapshot[],
  deviceId: Uint8Array,
  sources: readonly Uint8Array[],
): Snapshot | null {
  const own = snapshots.findLast(
    (snapshot) => equalBytes(snapshot.deviceId, deviceId) && sameSources(snapshot, sources),
  );
  return own ?? snapshots.at(-1) ?? null;
}

/** Whether a snapshot was made of exactly these paths. */
export function sameSources(snapshot: Snapshot, sources: readonly Uint8Array[]): boolean {
  if (snapshot.sources.length !== sources.length) return false;
  return snapshot.sources.every((source, i) => equalBytes(source, sources[i] as Uint8Array));
}
