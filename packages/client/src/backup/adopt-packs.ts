/**
 * Taking up what an interrupted backup of this device left in the store: packs that no state refers
 * to, remembered with what opens them and understood by their own sealed indexes. Their headers in
 * the store decide nothing (spec/backup-format.md §4.4).
 */
import {
  decodePackIndex,
  PACK_HEADER_BYTES,
  PACK_INDEX_LENGTH_BYTES,
  type PackIndex,
  type PackRef,
  packContentBytes,
  packIndexOffset,
  parsePackHeader,
  type Segment,
} from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import { readOrderedPacks } from '../prune/mark-objects.ts';
import { StreamRanges } from '../prune/stream-ranges.ts';
import type { Backup } from '../repository/backup.ts';
import type { BlobReader } from '../repository/blob-reader.ts';
import { packName } from '../repository/object-names.ts';
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
      adopted.push({ stream: stream.slice(), start, lengthBytes, pack, contentOffset });
      contentOffset += lengthBytes;
    }
    for (const blob of index.blobs) chunkIndex.addBlob(blob);
  }
  chunkIndex.flush();
  return adopted;
}

/** What the header of a pack in the store claims; null when it is no pack. */
export async function readPackRef(
  backup: Backup,
  name: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<PackRef | null> {
  const range = { offset: 0, lengthBytes: PACK_HEADER_BYTES };
  try {
    const header = await backup.store.get(packName(name), { range, signal });
    return header === null ? null : { name, ...parsePackHeader(header) };
  } catch (error) {
    return nullIfDamaged(error);
  }
}

/** The index at a pack's end; null when it does not open. */
export async function readPackIndex(reader: BlobReader, pack: PackRef): Promise<PackIndex | null> {
  const end = packContentBytes(pack.k) - PACK_INDEX_LENGTH_BYTES;
  try {
    const last = await reader.readContent({
      pack,
      contentOffset: end,
      lengthBytes: PACK_INDEX_LENGTH_BYTES,
    });
    const contentOffset = packIndexOffset(last, pack.k);
    const bytes = await reader.readContent({
      pack,
      contentOffset,
      lengthBytes: end - contentOffset,
    });
    return decodePackIndex(bytes, pack.k);
  } catch (error) {
    return nullIfDamaged(error);
  }
}

function nullIfDamaged(error: unknown): null {
  const code = error instanceof HoldfastError ? error.code : null;
  if (code === 'damaged' || code === 'object-missing' || code === 'format-too-new') return null;
  throw error;
}
