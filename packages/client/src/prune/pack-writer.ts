/**
 * Fills packs with pieces of any streams.
 */
import {
  PACK_MAX_K,
  PackDraft,
  type Piece,
  restOf,
  type Segment,
} from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { SharedBuffer } from '../platform/shared-buffers.ts';
import type { Backup } from '../repository/backup.ts';
import { PackSealer } from '../repository/pack-sealer.ts';
import { PackUploads } from '../repository/pack-uploads.ts';

/** Packs that may exist at a time: one being filled, others on their way. */
const PACK_BUFFERS = 3;

export class PackWriter {
  readonly #uploads: PackUploads;
  readonly #sealer: PackSealer;
  readonly #streams = new Map<string, Uint8Array>();
  #filling: { readonly draft: PackDraft; readonly buffer: SharedBuffer } | null = null;

  constructor(backup: Backup, signal: AbortSignal | undefined) {
    this.#uploads = new PackUploads(backup, { packBuffers: PACK_BUFFERS, signal });
    this.#sealer = new PackSealer(backup, this.#uploads, signal);
  }

  /** The one array that stands for a stream: a draft joins neighbours of the same array only. */
  streamOf = (stream: Uint8Array): Uint8Array => {
    const key = toHex(stream);
    const known = this.#streams.get(key) ?? stream.slice();
    this.#streams.set(key, known);
    return known;
  };

  async append(piece: Piece): Promise<void> {
    let rest = piece;
    while (rest.bytes.length > 0) {
      if (this.#filling === null) {
        const buffer = await this.#uploads.takeBuffer();
        this.#filling = { draft: new PackDraft(PACK_MAX_K, buffer.bytes), buffer };
      }
      const { draft, buffer } = this.#filling;
      const taken = draft.append(rest);
      if (taken > 0) rest = restOf(rest, taken);
      if (rest.bytes.length > 0) {
        this.#filling = null;
        await this.#sealer.seal(draft, buffer);
      }
    }
  }

  /** @returns Where everything lies, once the store has it. */
  async finish(): Promise<readonly Segment[]> {
    if (this.#filling !== null) {
      const { draft, buffer } = this.#filling;
      this.#filling = null;
      await this.#sealer.sealTail([{ layout: draft.layout, buffer }]);
    }
    await this.#uploads.drain();
    return this.#uploads.segments;
  }
}
