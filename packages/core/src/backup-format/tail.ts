/**
 * How the rest of a backup is cut into packs (spec/backup-format.md §4.5): into the fewest whose
 * lengths sum to the next multiple of 256 KiB, so that a store learns sizes in those steps only.
 */
import type { Awaitable } from '../crypto/index.ts';
import { PACK_MAX_K, PACK_UNIT_BYTES } from './limits.ts';
import { PackDraft, type Piece } from './pack-draft.ts';

/**
 * Lengths of the fewest packs that sum to `units` × 256 KiB, as values of k, largest first.
 *
 * @param units At least 1.
 */
export function tailSizes(units: number): readonly number[] {
  if (!Number.isSafeInteger(units) || units < 1) {
    throw new RangeError(`"units" must be at least 1: got ${units}`);
  }
  const sizes: number[] = [];
  let rest = units;
  for (let k = PACK_MAX_K; k >= 0; k--) {
    for (; rest >= 1 << k; rest -= 1 << k) sizes.push(k);
  }
  return sizes;
}

/**
 * Lays pieces, in order, into the packs that `tailSizes` allows; none for no pieces.
 *
 * @param memoryFor Memory for the next pack, at least `packBytes(k)` long.
 */
export async function* cutTail(
  pieces: readonly Piece[],
  memoryFor: (k: number) => Awaitable<Uint8Array>,
): AsyncIterable<PackDraft> {
  const sizes = planTail(pieces);
  let rest = pieces;
  for (const k of sizes) {
    const draft = new PackDraft(k, await memoryFor(k));
    rest = fill(draft, rest);
    yield draft;
  }
}

/** The fewest packs that hold all pieces and their own indexes. */
function planTail(pieces: readonly Piece[]): readonly number[] {
  let plainBytes = 0;
  for (const piece of pieces) plainBytes += piece.bytes.length;
  if (plainBytes === 0) return [];
  for (let units = Math.ceil(plainBytes / PACK_UNIT_BYTES); ; units++) {
    const sizes = tailSizes(units);
    let rest = pieces;
    for (const k of sizes) rest = fill(new PackDraft(k, null), rest);
    if (rest.length === 0) return sizes;
  }
}

/** @returns The pieces that did not fit. */
function fill(draft: PackDraft, pieces: readonly Piece[]): readonly Piece[] {
  for (const [i, piece] of pieces.entries()) {
    const taken = draft.append(piece);
    if (taken === piece.bytes.length) continue;
    const rest = pieces.slice(i + 1);
    return taken === 0 ? [piece, ...rest] : [restOf(piece, taken), ...rest];
  }
  return [];
}

/** What is left of a piece after its first `takenBytes`. */
export function restOf(piece: Piece, takenBytes: number): Piece {
  return {
    stream: piece.stream,
    offset: piece.offset + takenBytes,
    bytes: piece.bytes.subarray(takenBytes),
    blob: null,
  };
}
