/**
 * Writing a layer of the index table: where parts of streams lie (spec/backup-format.md §7.4).
 */
import {
  encodeSegmentValue,
  type Segment,
  segmentKey,
  type TableLayer,
} from '@holdfast/core/backup-format';
import { compareBytes, equalBytes } from '@holdfast/core/bytes';
import { TableBuilder, type WriteNode } from '../table/index.ts';

/** @param segments In any order. @returns null for none. */
export async function writeIndexLayer(
  writeNode: WriteNode,
  segments: readonly Segment[],
): Promise<TableLayer | null> {
  const keyed = segments.map((segment) => ({
    key: segmentKey(segment.stream, segment.start),
    value: encodeSegmentValue(segment),
  }));
  keyed.sort((a, b) => compareBytes(a.key, b.key));
  const builder = new TableBuilder(writeNode);
  let last: Uint8Array | null = null;
  for (const { key, value } of keyed) {
    // Two runs of one device may have taken up the same packs.
    if (last !== null && equalBytes(last, key)) continue;
    last = key;
    await builder.add(key, () => value);
  }
  return await builder.finish();
}
