/**
 * The catalog, and the file table of every snapshot; tells findings which snapshots and paths they
 * affect.
 */
import {
  decodeSnapshotEntry,
  decodeSnapshotKey,
  type SnapshotEntry,
  type Table,
} from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { asDamage } from '../damage.ts';
import { pathBytes } from '../paths/path-text.ts';
import { safeName } from '../paths/safe-text.ts';
import { seriesOf } from '../snapshots/series.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { type KeyRange, TableCursor } from '../table/index.ts';
import { renewRemedy } from './blame.ts';
import type { TableCheckOptions } from './database-check.ts';
import { FileCheck, type FileFaults } from './file-check.ts';
import { Suspicion } from './finding.ts';
import { walkLayer } from './walk-layer.ts';

export interface SnapshotCounts {
  readonly snapshots: number;
  readonly files: number;
  /** By number of a snapshot, the newest of the same series. */
  readonly newest: ReadonlyMap<number, number>;
}

/** Goes over all tables of all snapshots. Findings know afterwards what they affect. */
export async function checkSnapshots(
  catalog: Table,
  options: TableCheckOptions,
): Promise<SnapshotCounts> {
  const snapshots = await readCatalog(catalog, options);
  const files = new FileCheck(options);
  for (const [number, snapshot] of snapshots) {
    for (const [i, layer] of snapshot.files.entries()) {
      const faults = await files.layerFaults(layer);
      await tell(number, faults, snapshot.files.slice(i + 1), options);
    }
  }
  return { snapshots: snapshots.size, files: files.files, newest: newestOf(snapshots) };
}

/** @param snapshots Oldest first. */
function newestOf(snapshots: ReadonlyMap<number, SnapshotEntry>): ReadonlyMap<number, number> {
  const bySeries = new Map([...snapshots].map(([number, one]) => [seriesOf(one), number]));
  return new Map(
    [...snapshots].map(([number, one]) => [number, bySeries.get(seriesOf(one)) ?? number]),
  );
}

async function readCatalog(
  catalog: Table,
  { read, blame, suspicions, signal }: TableCheckOptions,
): Promise<ReadonlyMap<number, SnapshotEntry>> {
  const snapshots = new Map<number, SnapshotEntry>();
  for (const layer of catalog) {
    await walkLayer(
      read,
      layer,
      {
        leaf(node) {
          for (const { key, value } of node.entries) {
            const number = decodeSnapshotKey(key);
            snapshots.delete(number);
            if (value.length === 0) continue;
            try {
              snapshots.set(number, decodeSnapshotEntry(node.addresses, value));
            } catch (error) {
              asDamage(error);
              const what = 'The catalog has an entry that can not be read';
              suspicions
                .get('catalog', () => new Suspicion('damage', what, renewRemedy))
                .affectsSnapshot(number);
            }
          }
        },
        broken({ from, to }, address, error) {
          const first = from === null ? 1 : decodeSnapshotKey(from);
          const rest = to === null ? 'and later' : `to ${decodeSnapshotKey(to) - 1}`;
          blame.ofError(address, error).affects(`snapshots ${first} ${rest}`);
        },
      },
      signal,
    );
  }
  return new Map([...snapshots].sort(([a], [b]) => a - b));
}

/** Notes what the faults of a layer mean for a snapshot in which `newer` layers lie above it. */
async function tell(
  number: number,
  { paths, gaps }: FileFaults,
  newer: Table,
  options: TableCheckOptions,
): Promise<void> {
  for (const { key, suspicion } of paths) {
    throwIfCancelled(options.signal, 'check');
    if (suspicion.knowsPath(number, key)) continue;
    if (!(await isHidden(newer, key, options))) suspicion.affectsPath(number, key);
  }
  for (const { range, suspicion } of gaps) {
    suspicion.affectsSnapshot(number);
    suspicion.affects(rangeText(range));
  }
}

/** Whether a newer layer has the path, or says that it is gone: the older entry is not used. */
async function isHidden(
  newer: Table,
  key: Uint8Array,
  { read }: TableCheckOptions,
): Promise<boolean> {
  for (const layer of newer) {
    try {
      const cursor = new TableCursor(read, [layer], { from: key, tombstones: true });
      const entry = await cursor.next();
      if (entry !== null && equalBytes(entry.key, key)) return true;
    } catch (error) {
      // Not known: better a path too many than one too few.
      if (!(error instanceof HoldfastError)) throw error;
      asDamage(error);
    }
  }
  return false;
}

function rangeText({ from, to }: KeyRange): string {
  if (from === null && to === null) return 'any path: a part of the list of files can not be read';
  const first = from === null ? 'the first path' : safeName(pathBytes(from));
  return `paths from ${first} to ${to === null ? 'the last' : `before ${safeName(pathBytes(to))}`}`;
}
