/**
 * A series: the snapshots that one device has made of the same sources.
 */
import { toHex } from '@holdfast/core/bytes';
import type { Snapshot } from './list-snapshots.ts';

/** The same text for all snapshots of a series. */
export function seriesOf({ deviceId, sources }: Pick<Snapshot, 'deviceId' | 'sources'>): string {
  return [deviceId, ...sources].map(toHex).join();
}

/**
 * The newest snapshot that holds files, of the series of the one at hand; null when there is none.
 *
 * @param snapshots Oldest first.
 */
export function newestWithFiles(snapshots: readonly Snapshot[], of: Snapshot): Snapshot | null {
  const series = seriesOf(of);
  return snapshots.findLast((one) => one.fileCount > 0 && seriesOf(one) === series) ?? null;
}

/**
 * The newest snapshot of each series of one device, latest first, but for those of whose sources each
 * is in a later one.
 *
 * @param snapshots Oldest first.
 * @param lastMs When everything was last as a snapshot has it, in milliseconds since 1970.
 */
export function newestOfEach(
  snapshots: readonly Snapshot[],
  lastMs: (snapshot: Snapshot) => number,
): Snapshot[] {
  const newest = new Map(snapshots.map((snapshot) => [seriesOf(snapshot), snapshot]));
  const seen = new Set<string>();
  return [...newest.values()]
    .sort((a, b) => lastMs(b) - lastMs(a) || b.number - a.number)
    .filter(({ sources }) => {
      const before = seen.size;
      for (const path of sources) seen.add(toHex(path));
      return seen.size > before;
    });
}
