/**
 * Fills one pack after another with pieces of streams.
 */
import {
  PACK_MAX_K,
  PackDraft,
  type Piece,
  type PieceLayout,
  restOf,
} from '@holdfast/core/backup-format';
import type { SharedBuffer } from '../platform/shared-buffers.ts';

/** A pack that is not full: what was appended to it, and the memory that holds it. */
export interface Filling {
  readonly layout: readonly PieceLayout[];
  readonly buffer: SharedBuffer;
}

export interface PackFillerOptions {
  /** Memory for the next pack; waits while too many packs are on their way. */
  readonly takeBuffer: () => Promise<SharedBuffer>;
  /** Takes over a full pack and its buffer. */
  readonly full: (draft: PackDraft, buffer: SharedBuffer) => Promise<void>;
}

/** One call at a time. */
export class PackFiller {
  readonly #options: PackFillerOptions;
  #filling: { readonly draft: PackDraft; readonly buffer: SharedBuffer } | null = null;

  constructor(options: PackFillerOptions) {
    this.#options = options;
  }

  /** Length of what is in the pack that is being filled. */
  get fillingBytes(): number {
    return this.#filling?.draft.contentBytes ?? 0;
  }

  async append(piece: Piece): Promise<void> {
    let rest = piece;
    while (rest.bytes.length > 0) {
      if (this.#filling === null) {
        const buffer = await this.#options.takeBuffer();
        this.#filling = { draft: new PackDraft(PACK_MAX_K, buffer.bytes), buffer };
      }
      const { draft, buffer } = this.#filling;
      const taken = draft.append(rest);
      if (taken > 0) rest = restOf(rest, taken);
      if (rest.bytes.length > 0) {
        this.#filling = null;
        await this.#options.full(draft, buffer);
      }
    }
  }

  /** Hands over the pack that is being filled; null when none is. A new one is begun with the next piece. */
  take(): Filling | null {
    if (this.#filling === null) return null;
    const { draft, buffer } = this.#filling;
    this.#filling = null;
    return { layout: draft.layout, buffer };
  }
}
