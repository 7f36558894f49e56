/**
 * A pack while it is filled (spec/backup-format.md §4).
 *
 * Content is laid at once where its ciphertext will stand, so that sealing happens in place and a
 * pack needs one buffer.
 */
import { ByteWriter } from '../bytes/index.ts';
import { PACK_BLOBS_MAX, PACK_INDEX_MAX_BYTES, PACK_PARTS_MAX } from './limits.ts';
import type { IndexedBlob, StreamPart } from './pack-index.ts';
import { encodePackIndex, PACK_INDEX_LENGTH_BYTES } from './pack-index.ts';
import { forEachStretch, packBytes, packContentBytes } from './pack-layout.ts';

/** Most that one more segment in a new stream adds to a pack's index. */
const PART_INDEX_BYTES = 16 + 3 + 8 + 8;
/** Most that one more blob adds to a pack's index, its names aside. */
const BLOB_INDEX_BYTES = 1 + 3 + 8 + 4 + 4 + 16 + 3;
/** The counts of an empty index. */
const EMPTY_INDEX_BYTES = 16 + PACK_INDEX_LENGTH_BYTES;

/** A blob, or the rest of one whose beginning is in the pack before. */
export interface Piece {
  readonly stream: Uint8Array;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The blob that begins with this piece; null for a rest. */
  readonly blob: IndexedBlob | null;
}

/** A piece inside a draft: its bytes follow those of the piece before. */
export type PieceLayout = Omit<Piece, 'bytes'> & { readonly lengthBytes: number };

export class PackDraft {
  readonly k: number;
  readonly #object: Uint8Array | null;
  readonly #parts: { stream: Uint8Array; start: number; lengthBytes: number }[] = [];
  readonly #pieces: PieceLayout[] = [];
  #blobCount = 0;
  #contentBytes = 0;
  #indexBytes = EMPTY_INDEX_BYTES;

  /**
   * @param object Memory for the pack: at least `packBytes(k)` long, its contents without meaning;
   *   null to find out what fits without keeping it.
   */
  constructor(k: number, object: Uint8Array | null) {
    this.k = k;
    this.#object = object?.subarray(0, packBytes(k)) ?? null;
  }

  get contentBytes(): number {
    return this.#contentBytes;
  }

  get parts(): readonly StreamPart[] {
    return this.#parts;
  }

  /**
   * Appends as much of a piece as fits.
   *
   * @returns How many bytes were taken; 0 when the pack is full.
   */
  append(piece: Piece): number {
    const { stream, offset, blob } = piece;
    const last = this.#parts.at(-1);
    const follows = last?.stream === stream && last.start + last.lengthBytes === offset;
    if (!follows && this.#parts.length === PACK_PARTS_MAX) return 0;
    if (blob !== null && this.#blobCount === PACK_BLOBS_MAX) return 0;
    const indexBytes =
      this.#indexBytes +
      (follows ? 0 : PART_INDEX_BYTES) +
      (blob === null ? 0 : BLOB_INDEX_BYTES + blob.names.length);
    if (indexBytes > PACK_INDEX_MAX_BYTES) return 0;
    const room = packContentBytes(this.k) - this.#contentBytes - indexBytes;
    const taken = Math.min(room, piece.bytes.length);
    if (taken <= 0) return 0;
    const object = this.#object;
    if (object !== null) {
      forEachStretch(this.#contentBytes, taken, (at, done, length) => {
        object.set(piece.bytes.subarray(done, done + length), at);
      });
    }
    this.#contentBytes += taken;
    this.#indexBytes = indexBytes;
    if (blob !== null) this.#blobCount++;
    this.#pieces.push({ stream, offset, blob, lengthBytes: taken });
    if (last !== undefined && follows) last.lengthBytes += taken;
    else this.#parts.push({ stream, start: offset, lengthBytes: taken });
    return taken;
  }

  /** Writes padding and index. @returns The object, ready for `sealPack`. */
  finish(): Uint8Array {
    const object = this.#object;
    if (object === null) throw new TypeError('"object" must be given for a pack to be finished');
    const blobs = this.#pieces.flatMap(({ blob }) => (blob === null ? [] : [blob]));
    const index = encodePackIndex({ parts: this.#parts, blobs });
    const end = packContentBytes(this.k) - PACK_INDEX_LENGTH_BYTES;
    const padding = end - index.length - this.#contentBytes;
    forEachStretch(this.#contentBytes, padding, (at, _done, length) => {
      object.fill(0, at, at + length);
    });
    const tail = new ByteWriter(index.length + PACK_INDEX_LENGTH_BYTES)
      .raw(index)
      .u32(index.length)
      .finish();
    forEachStretch(end - index.length, tail.length, (at, done, length) => {
      object.set(tail.subarray(done, done + length), at);
    });
    return object;
  }

  /** What was appended, in order, without its bytes. */
  get layout(): readonly PieceLayout[] {
    return this.#pieces;
  }
}

/**
 * What a draft's memory holds, for laying it out anew in other packs: views of it, cut where frames
 * are, so that nothing is copied. The memory must not be used for anything else meanwhile.
 */
export function viewPieces(object: Uint8Array, layout: readonly PieceLayout[]): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { stream, offset, lengthBytes, blob } of layout) {
    forEachStretch(from, lengthBytes, (at, done, length) => {
      const bytes = object.subarray(at, at + length);
      pieces.push({ stream, offset: offset + done, bytes, blob: done === 0 ? blob : null });
    });
    from += lengthBytes;
  }
  return pieces;
}
