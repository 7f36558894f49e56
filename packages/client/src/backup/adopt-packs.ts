/**
 * Taking up what an interrupted backup of this device left in the store: packs that no state refers
 * to, remembered with what opens them and understood by their own sealed indexes. Their headers in
 * the store decide nothing (spec/backup-format.md §4.4).
 */
import type { Segment } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { Backup } from '../repository/backup.ts';
import { readOrderedPacks } from '../repository/mark-objects.ts';
import { readPackIndex } from '../repository/pack-index.ts';
import { StreamRanges } from '../repository/stream-ranges.ts';
import type { ChunkIndex } from './chunk-index.ts';

/** @returns Where the streams of those packs lie. */
export async function adoptPacks(
  backup: Backup,
  chunkIndex: ChunkIndex,
  signal: AbortSignal | undefined,
): Promise<readonly Segment[]> {
  const unfinished = await backup.device.unfinishedPacks();
  if (unfinished.length === 0) return [];
  const ordered = await readOrderedPacks(backup, signal);
  if (ordered === null) return [];
  const { segments } = backup.state;
  const indexed = new StreamRanges();
  for (const { stream, start, lengthBytes } of segments.segments()) {
    indexed.add(stream, start, lengthBytes);
  }
  const reader = backup.reader(signal);
  const adopted: Segment[] = [];
  for (const pack of unfinished) {
    const hex = toHex(pack.name);
    if (segments.packs.has(hex) || ordered.has(hex)) continue;
    if (pack.epoch !== backup.keyring.newestEpoch) continue;
    const index = await readPackIndex(reader, pack);
    // What is indexed already lies elsewhere by now, or was put in the place of a pack of ours.
    if (index === null || index.parts.some((part) => indexed.overlaps(part))) continue;
    let contentOffset = 0;
    for (const { stream, start, lengthBytes } of index.parts) {
      indexed.add(stream, start, lengthBytes);
      adopted.push({ stream, start, lengthBytes, pack, contentOffset });
      contentOffset += lengthBytes;
    }
    for (const blob of index.blobs) chunkIndex.addBlob(blob);
  }
  chunkIndex.flush();
  return adopted;
}
