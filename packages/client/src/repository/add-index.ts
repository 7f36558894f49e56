/**
 * Reading the index table while it says itself where its nodes lie (spec/backup-format.md §7.4).
 */
import { decodeSegment, segmentKey, type Table } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { type ReadBlob, TableCursor } from '../table/index.ts';
import type { SegmentMap } from './segment-map.ts';

/**
 * Adds the index's segments. A layer lies in packs that the head or a newer layer names, so layers
 * are read newest first; what a newer one says of a key, be it that it is gone, stands, and what the head
 * says above all.
 *
 * @param segments Those of the head; what `read` knows of.
 */
export async function addIndex(read: ReadBlob, index: Table, segments: SegmentMap): Promise<void> {
  const decided = new Set<string>();
  for (const { stream, start } of segments.segments())
    decided.add(toHex(segmentKey(stream, start)));
  for (const layer of index.toReversed()) {
    const cursor = new TableCursor(read, [layer], { tombstones: true });
    for (let entry = await cursor.next(); entry !== null; entry = await cursor.next()) {
      const key = toHex(entry.key);
      if (decided.has(key)) continue;
      decided.add(key);
      if (entry.value.length > 0) segments.add(decodeSegment(entry.key.slice(), entry.value));
    }
  }
}
