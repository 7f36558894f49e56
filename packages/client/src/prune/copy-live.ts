/**
 * Copying what is live out of packs into new ones. The bytes stay as they are and addresses do not
 * change; only the index will say another place.
 */
import type { IndexedBlob, PackRef, Piece, Segment } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { Backup } from '../repository/backup.ts';
import type { BlobReader } from '../repository/blob-reader.ts';
import { readPackIndex } from '../repository/pack-index.ts';
import type { BackupState } from '../repository/read-state.ts';
import type { StreamRange, StreamRanges } from '../repository/stream-ranges.ts';
import { throwIfCancelled } from '../stores/index.ts';
import type { IndexedPack } from './indexed-packs.ts';
import { PackWriter } from './pack-writer.ts';

/** Most that is read at a time. */
const READ_BYTES = 4 * 1024 * 1024;
/** Dead bytes between live ones that are read along rather than asked for apart. */
const GAP_BYTES = 256 * 1024;

export interface Copied {
  /** Where the live parts of the copied packs lie now. */
  readonly segments: readonly Segment[];
  /** Names of those packs, in hex digits; damaged ones are left out and stay as they are. */
  readonly packs: ReadonlySet<string>;
  readonly bytes: number;
}

/** @param live Everything that is live in the state; only what lies in `packs` is copied. */
export async function copyLive(
  backup: Backup,
  state: BackupState,
  packs: readonly IndexedPack[],
  live: StreamRanges,
  signal: AbortSignal | undefined,
): Promise<Copied> {
  const reader = backup.reader(signal, state.segments);
  const writer = new PackWriter(backup, signal);
  const copied = new Set<string>();
  const inOrder = packs.toSorted((a, b) => compareFirst(a, b));
  for (const pack of inOrder) {
    throwIfCancelled(signal, 'rewrite packs');
    const pieces = await readLive(reader, pack, live, writer.streamOf);
    reader.clear();
    if (pieces === null) continue;
    for (const piece of pieces) await writer.append(piece);
    copied.add(toHex(pack.ref.name));
  }
  const segments = await writer.finish();
  let bytes = 0;
  for (const { lengthBytes } of segments) bytes += lengthBytes;
  return { segments, packs: copied, bytes };
}

/** What is live in one pack, cut where blobs begin; null when the pack is damaged. */
async function readLive(
  reader: BlobReader,
  { ref, segments }: IndexedPack,
  live: StreamRanges,
  streamOf: (stream: Uint8Array) => Uint8Array,
): Promise<readonly Piece[] | null> {
  const index = await readPackIndex(reader, ref);
  if (index === null) return null;
  const blobs = new Map(index.blobs.map((blob) => [placeKey(blob.address), blob]));
  const starts = Map.groupBy(index.blobs, ({ address }) => toHex(address.stream));
  const cuts: Cut[] = [];
  for (const { stream, start, lengthBytes, contentOffset } of segments) {
    const offsets = (starts.get(toHex(stream)) ?? []).map(({ address }) => address.offset);
    offsets.sort((a, b) => a - b);
    for (const range of live.within({ stream, start, lengthBytes })) {
      for (const part of cutAt(range, offsets)) {
        const blob = blobs.get(placeKey({ stream, offset: part.start })) ?? null;
        cuts.push({ ...part, blob, contentOffset: contentOffset + part.start - start });
      }
    }
  }
  try {
    return await readCuts(reader, ref, cuts, streamOf);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'damaged') return null;
    throw error;
  }
}

/** A stretch of one blob, or of the rest of one. */
interface Cut extends StreamRange {
  readonly blob: IndexedBlob | null;
  readonly contentOffset: number;
}

function* cutAt(range: StreamRange, offsets: readonly number[]): Iterable<StreamRange> {
  const end = range.start + range.lengthBytes;
  let start = range.start;
  for (const offset of offsets) {
    if (offset <= start || offset >= end) continue;
    yield { stream: range.stream, start, lengthBytes: offset - start };
    start = offset;
  }
  yield { stream: range.stream, start, lengthBytes: end - start };
}

async function readCuts(
  reader: BlobReader,
  pack: PackRef,
  cuts: readonly Cut[],
  streamOf: (stream: Uint8Array) => Uint8Array,
): Promise<Piece[]> {
  const sorted = cuts.toSorted((a, b) => a.contentOffset - b.contentOffset);
  const pieces: Piece[] = [];
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i] as Cut;
    let end = first.contentOffset + first.lengthBytes;
    let next = i + 1;
    for (; next < sorted.length; next++) {
      const cut = sorted[next] as Cut;
      const cutEnd = cut.contentOffset + cut.lengthBytes;
      if (cut.contentOffset - end > GAP_BYTES || cutEnd - first.contentOffset > READ_BYTES) break;
      end = cutEnd;
    }
    const { contentOffset } = first;
    const bytes = await reader.readContent({
      pack,
      contentOffset,
      lengthBytes: end - contentOffset,
    });
    for (const cut of sorted.slice(i, next)) {
      const from = cut.contentOffset - contentOffset;
      pieces.push({
        stream: streamOf(cut.stream),
        offset: cut.start,
        bytes: bytes.subarray(from, from + cut.lengthBytes),
        blob: cut.blob,
      });
    }
    i = next;
  }
  return pieces;
}

function placeKey({ stream, offset }: { stream: Uint8Array; offset: number }): string {
  return `${toHex(stream)}:${offset}`;
}

/** By stream and place, so that what was written together stays together. */
function compareFirst(a: IndexedPack, b: IndexedPack): number {
  const [first, other] = [a.segments[0], b.segments[0]];
  if (first === undefined || other === undefined) return 0;
  const [own, their] = [toHex(first.stream), toHex(other.stream)];
  return own === their ? first.start - other.start : own < their ? -1 : 1;
}
