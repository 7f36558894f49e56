/**
 * Writes blobs, one after another, into a stream, and fills packs with it.
 *
 * The same code runs in every worker for data and on the main thread for tables.
 */
import {
  type Address,
  type BlobKind,
  PACK_MAX_K,
  PackDraft,
  type Piece,
  type PieceLayout,
  restOf,
} from '@holdfast/core/backup-format';
import { releaseBytes } from '@holdfast/core/bytes';
import type { CryptoPort, Effort } from '@holdfast/core/crypto';
import type { SharedBuffer } from '../platform/shared-buffers.ts';

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

/** A pack that is not full: what was appended to it, and the memory that holds it. */
export interface Filling {
  readonly layout: readonly PieceLayout[];
  readonly buffer: SharedBuffer;
}

export interface StreamWriterOptions {
  readonly crypto: CryptoPort;
  /** 16 random bytes. */
  readonly stream: Uint8Array;
  /** Memory for the next pack; waits while too many packs are on their way. */
  readonly takeBuffer: () => Promise<SharedBuffer>;
  /** Takes over a full pack and its buffer. */
  readonly full: (draft: PackDraft, buffer: SharedBuffer) => Promise<void>;
}

export class StreamWriter {
  readonly #options: StreamWriterOptions;
  #filling: { readonly draft: PackDraft; readonly buffer: SharedBuffer } | null = null;
  #offset = 0;
  /** Appends run one at a time: blobs lie in a stream in the order of their offsets. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: StreamWriterOptions) {
    this.#options = options;
  }

  /** @param blob Its bytes may be used again once this has answered. */
  append(blob: Blob): Promise<Address> {
    const appended = this.#turn.then(() => this.#append(blob));
    this.#turn = appended.catch(() => undefined);
    return appended;
  }

  /** Length of what is in the pack that is being filled. */
  get fillingBytes(): number {
    return this.#filling?.draft.contentBytes ?? 0;
  }

  /** Hands over the pack that is being filled; null when none is. A new one is begun with the next blob. */
  async takeFilling(): Promise<Filling | null> {
    await this.#turn;
    if (this.#filling === null) return null;
    const { draft, buffer } = this.#filling;
    this.#filling = null;
    return { layout: draft.layout, buffer };
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
    let rest: Piece = { stream, offset: address.offset, bytes: stored, blob };
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
    if (packed !== plain) releaseBytes(packed);
    return address;
  }
}
