/**
 * What a snapshot is not about: folders and files that only other snapshots hold.
 */
import { equalBytes } from '@holdfast/core/bytes';
import type { Snapshot } from './list-snapshots.ts';
import { seriesOf } from './series.ts';

/**
 * The newest snapshot of each device and set of sources that the one at hand does not cover, newest
 * first.
 */
export function otherSources(snapshots: readonly Snapshot[], { deviceId, sources }: Snapshot) {
  const found = new Map<string, Snapshot>();
  for (const other of snapshots.toReversed()) {
    const isCovered =
      equalBytes(other.deviceId, deviceId) &&
      other.sources.every((path) => sources.some((own) => equalBytes(own, path)));
    const set = seriesOf(other);
    if (!isCovered && !found.has(set)) found.set(set, other);
  }
  return [...found.values()];
}
