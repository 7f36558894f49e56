/**
 * How the rest of a backup is cut into packs (spec/backup-format.md §4.5): into the fewest whose
 * lengths sum to the next multiple of 256 KiB, so that a store learns sizes in those steps only.
 */
import { PACK_MAX_K, PACK_UNIT_BYTES } from './limits.ts';
import { PackDraft, type Piece } from './pack-draft.ts';
import { packBytes } from './pack-layout.ts';

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

/** Lays pieces, in order, into the packs that `tailSizes` allows. Empty for no pieces. */
export function cutTail(pieces: readonly Piece[]): readonly PackDraft[] {
  let plainBytes = 0;
  for (const piece of pieces) plainBytes += piece.bytes.length;
  if (plainBytes === 0) return [];
  for (let units = Math.ceil(plainBytes / PACK_UNIT_BYTES); ; units++) {
    const drafts = layOut(pieces, tailSizes(units));
    if (drafts !== null) return drafts;
  }
}

/** @returns null when the packs have not room enough for content and indexes. */
function layOut(pieces: readonly Piece[], sizes: readonly number[]): readonly PackDraft[] | null {
  const drafts: PackDraft[] = [];
  let draft: PackDraft | undefined;
  for (const piece of pieces) {
    let rest = piece;
    while (rest.bytes.length > 0) {
      const taken = draft?.append(rest) ?? 0;
      if (taken === 0) {
        const k = sizes[drafts.length];
        if (k === undefined) return null;
        draft = new PackDraft(k, new Uint8Array(packBytes(k)));
        drafts.push(draft);
        continue;
      }
      rest = restOf(rest, taken);
    }
  }
  return drafts.length === sizes.length ? drafts : null;
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
