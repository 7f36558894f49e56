/** Where a pack's content has the bytes of which stream, as its own index says. */
import type { StreamPart } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';

interface PlacedPart extends StreamPart {
  /** Where it begins in the content. */
  readonly from: number;
}

export interface Place {
  /** Offset in the content. */
  readonly from: number;
  /** How much of the stream follows there. */
  readonly roomBytes: number;
}

export class PartPlaces {
  /** By their streams' ids in hex digits, in the order of each stream. */
  readonly #parts = new Map<string, PlacedPart[]>();
  /** Neighbours mostly are of one stream, and name it by the same bytes. */
  #last: { readonly stream: Uint8Array; readonly parts: readonly PlacedPart[] } | null = null;

  /** @param parts In the order of the content. */
  constructor(parts: readonly StreamPart[]) {
    let from = 0;
    for (const part of parts) {
      const key = toHex(part.stream);
      const placed = this.#parts.get(key);
      if (placed === undefined) this.#parts.set(key, [{ ...part, from }]);
      else placed.push({ ...part, from });
      from += part.lengthBytes;
    }
    for (const placed of this.#parts.values()) placed.sort((a, b) => a.start - b.start);
  }

  /** @returns null when the pack does not have that byte. */
  find(stream: Uint8Array, offset: number): Place | null {
    const parts = this.#of(stream);
    let [low, high] = [0, parts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((parts[middle] as PlacedPart).start <= offset) low = middle + 1;
      else high = middle;
    }
    const part = parts[low - 1];
    if (part === undefined) return null;
    const skipped = offset - part.start;
    const roomBytes = part.lengthBytes - skipped;
    return roomBytes > 0 ? { from: part.from + skipped, roomBytes } : null;
  }

  #of(stream: Uint8Array): readonly PlacedPart[] {
    if (this.#last?.stream !== stream) {
      this.#last = { stream, parts: this.#parts.get(toHex(stream)) ?? [] };
    }
    return this.#last.parts;
  }
}
