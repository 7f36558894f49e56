/**
 * Sealing packs and sending them off: those that are full, and at the end the tail of all that are not
 * (spec/backup-format.md §4.5).
 */
import { cutTail, type PackDraft, sealPack, viewPieces } from '@holdfast/core/backup-format';
import type { SharedBuffer } from '../platform/shared-buffers.ts';
import { throwIfCancelled } from '../stores/index.ts';
import type { Backup } from './backup.ts';
import type { Filling } from './pack-filler.ts';
import type { PackUploads } from './pack-uploads.ts';

export class PackSealer {
  readonly #backup: Backup;
  readonly #uploads: PackUploads;
  readonly #signal: AbortSignal | undefined;

  constructor(backup: Backup, uploads: PackUploads, signal: AbortSignal | undefined) {
    this.#backup = backup;
    this.#uploads = uploads;
    this.#signal = signal;
  }

  /** @param buffer The draft's memory, given back once the pack is in the store. */
  async seal(draft: PackDraft, buffer: SharedBuffer): Promise<void> {
    throwIfCancelled(this.#signal, 'write a new state');
    const { crypto, keyring } = this.#backup;
    const object = draft.finish();
    const ref = await sealPack(crypto, keyring, draft.k, object);
    this.#uploads.start({ ref, object, parts: draft.parts }, buffer);
  }

  /** Seals what is in packs that are not full, in order, and gives back their memory. */
  async sealTail(fillings: readonly Filling[]): Promise<void> {
    const pieces = fillings.flatMap(({ layout, buffer }) => viewPieces(buffer.bytes, layout));
    const buffers: SharedBuffer[] = [];
    const memory = async (): Promise<Uint8Array> => {
      const buffer = await this.#uploads.takeBuffer();
      buffers.push(buffer);
      return buffer.bytes;
    };
    for await (const draft of cutTail(pieces, memory)) {
      const buffer = buffers.pop();
      if (buffer !== undefined) await this.seal(draft, buffer);
    }
    for (const { buffer } of fillings) this.#uploads.giveBuffer(buffer);
  }
}
