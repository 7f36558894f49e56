/**
 * The index of a backup in memory: from a place in a stream to a place in a pack.
 *
 * About 100 bytes per segment; a pack rarely holds more than one, so 1 TB takes some 6 MB.
 */
import type { PackRef, Segment } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';

/** A run of content inside one pack. */
export interface PackRange {
  readonly pack: PackRef;
  readonly contentOffset: number;
  readonly lengthBytes: number;
}

export class SegmentMap {
  readonly #streams = new Map<string, Segment[]>();
  readonly #packs = new Map<string, PackRef>();

  /** Every pack that is known, once. */
  get packs(): ReadonlyMap<string, PackRef> {
    return this.#packs;
  }

  /** Adds a segment; one with the same stream and start is replaced. */
  add(segment: Segment): void {
    const packKey = toHex(segment.pack.name);
    const pack = this.#packs.get(packKey) ?? segment.pack;
    this.#packs.set(packKey, pack);
    const key = toHex(segment.stream);
    const segments = this.#streams.get(key) ?? [];
    this.#streams.set(key, segments);
    const at = firstAfter(segments, segment.start);
    const replaces = segments[at - 1]?.start === segment.start ? 1 : 0;
    segments.splice(at - replaces, replaces, { ...segment, pack });
  }

  /** Whether every byte of a range is in some pack. */
  covers(stream: Uint8Array, offset: number, lengthBytes: number): boolean {
    return this.#find(stream, offset, lengthBytes) !== null;
  }

  /**
   * The packs that hold a range, in order.
   *
   * @throws {HoldfastError} `damaged` when a part of it is in no pack.
   */
  resolve(stream: Uint8Array, offset: number, lengthBytes: number): readonly PackRange[] {
    const ranges = this.#find(stream, offset, lengthBytes);
    if (ranges === null) {
      throw new HoldfastError('damaged', 'Cannot find a blob: the index does not know where it is');
    }
    return ranges;
  }

  /** All segments, stream by stream. */
  *segments(): Iterable<Segment> {
    for (const segments of this.#streams.values()) yield* segments;
  }

  #find(stream: Uint8Array, offset: number, lengthBytes: number): PackRange[] | null {
    const segments = this.#streams.get(toHex(stream)) ?? [];
    const ranges: PackRange[] = [];
    let at = offset;
    const end = offset + lengthBytes;
    while (at < end) {
      const segment = segments[firstAfter(segments, at) - 1];
      if (segment === undefined) return null;
      const skipped = at - segment.start;
      const length = Math.min(segment.lengthBytes - skipped, end - at);
      if (length <= 0) return null;
      const contentOffset = segment.contentOffset + skipped;
      ranges.push({ pack: segment.pack, contentOffset, lengthBytes: length });
      at += length;
    }
    return ranges;
  }
}

/** Position of the first segment that starts after `offset`. */
function firstAfter(segments: readonly Segment[], offset: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle] as Segment).start <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
