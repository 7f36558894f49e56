/**
 * A series: the snapshots that one device has made of the same sources.
 */
import { toHex } from '@holdfast/core/bytes';
import type { Snapshot } from './list-snapshots.ts';

/** The same text for all snapshots of a series. */
export function seriesOf({ deviceId, sources }: Snapshot): string {
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
