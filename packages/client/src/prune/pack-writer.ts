/**
 * Fills packs with pieces of any streams.
 */
import type { Piece, Segment } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { Backup } from '../repository/backup.ts';
import { PackFiller } from '../repository/pack-filler.ts';
import { PackSealer } from '../repository/pack-sealer.ts';
import { PackUploads } from '../repository/pack-uploads.ts';

/** Packs that may exist at a time: one being filled, others on their way. */
const PACK_BUFFERS = 3;

export class PackWriter {
  readonly #uploads: PackUploads;
  readonly #sealer: PackSealer;
  readonly #streams = new Map<string, Uint8Array>();
  readonly #filler: PackFiller;

  constructor(backup: Backup, signal: AbortSignal | undefined) {
    this.#uploads = new PackUploads(backup, { packBuffers: PACK_BUFFERS, signal });
    this.#sealer = new PackSealer(backup, this.#uploads, signal);
    this.#filler = new PackFiller({
      takeBuffer: () => this.#uploads.takeBuffer(),
      full: (draft, buffer) => this.#sealer.seal(draft, buffer),
    });
  }

  /** The one array that stands for a stream: a draft joins neighbours of the same array only. */
  streamOf = (stream: Uint8Array): Uint8Array => {
    const key = toHex(stream);
    const known = this.#streams.get(key) ?? stream.slice();
    this.#streams.set(key, known);
    return known;
  };

  append(piece: Piece): Promise<void> {
    return this.#filler.append(piece);
  }

  /** @returns Where everything lies, once the store has it. */
  async finish(): Promise<readonly Segment[]> {
    const filling = this.#filler.take();
    if (filling !== null) await this.#sealer.sealTail([filling]);
    await this.#uploads.drain();
    return this.#uploads.segments;
  }
}
