/**
 * Writes blobs, one after another, into a stream, and fills packs with it.
 *
 * The same code runs in every worker for data and on the main thread for tables.
 */
import type { Address, BlobKind } from '@holdfast/core/backup-format';
import { releaseBytes } from '@holdfast/core/bytes';
import type { CryptoPort, Effort } from '@holdfast/core/crypto';
import { type Filling, PackFiller, type PackFillerOptions } from './pack-filler.ts';

/** Compression has to save a 32nd to be kept: below that, reading would cost more than it saves. */
const WORTH_KEEPING = 31 / 32;

export interface Blob {
  readonly kind: BlobKind;
  readonly plain: Uint8Array;
  /** A chunk's name, the names of a group's pages, or nothing for a node. */
  readonly names: Uint8Array;
  /** How hard to try compression; null for not at all. */
  readonly compress: Effort | null;
}

export interface StreamWriterOptions extends PackFillerOptions {
  readonly crypto: CryptoPort;
  /** 16 random bytes. */
  readonly stream: Uint8Array;
}

export class StreamWriter {
  readonly #options: StreamWriterOptions;
  readonly #filler: PackFiller;
  #offset = 0;
  /** Appends run one at a time: blobs lie in a stream in the order of their offsets. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: StreamWriterOptions) {
    this.#options = options;
    this.#filler = new PackFiller(options);
  }

  /** @param blob Its bytes may be used again once this has answered. */
  append(blob: Blob): Promise<Address> {
    const appended = this.#turn.then(() => this.#append(blob));
    this.#turn = appended.catch(() => undefined);
    return appended;
  }

  /** Length of what is in the pack that is being filled. */
  get fillingBytes(): number {
    return this.#filler.fillingBytes;
  }

  /** Hands over the pack that is being filled; null when none is. A new one is begun with the next blob. */
  async takeFilling(): Promise<Filling | null> {
    await this.#turn;
    return this.#filler.take();
  }

  async #append({ kind, plain, names, compress }: Blob): Promise<Address> {
    const { crypto, stream } = this.#options;
    const packed = compress === null ? plain : await crypto.zstdCompress(plain, compress);
    const compressed = packed.length <= plain.length * WORTH_KEEPING;
    const stored = compressed ? packed : plain;
    const address: Address = {
      kind,
      stream,
      offset: this.#offset,
      storedBytes: stored.length,
      plainBytes: plain.length,
      compressed,
    };
    this.#offset += stored.length;
    const blob = { address, names: names.slice() };
    await this.#filler.append({ stream, offset: address.offset, bytes: stored, blob });
    if (packed !== plain) releaseBytes(packed);
    return address;
  }
}
