/** Gathers what the main thread needs to know of a pack's chunks and pages, without objects. */
import { type Address, CHUNK_NAME_BYTES, PAGE_NAME_BYTES } from '@holdfast/core/backup-format';
import { concatBytes, toHex } from '@holdfast/core/bytes';
import type { BlobListing } from './check-messages.ts';

/**
 * Names are kept by their first 8 bytes: they are values of a keyed hash, so that two names that
 * differ agree in these with a chance of 2⁻⁶⁴.
 */
export const KEPT_NAME_BYTES = 8;

export class BlobListingWriter {
  readonly #streams: Uint8Array[] = [];
  readonly #streamNumbers = new Map<string, number>();
  readonly #streamOf: number[] = [];
  readonly #offsets: number[] = [];
  readonly #storedBytes: number[] = [];
  readonly #plainBytes: number[] = [];
  readonly #firstNames: number[] = [0];
  #names = new Uint8Array(1024 * KEPT_NAME_BYTES);
  #nameCount = 0;

  /** @param address Of a chunk or a group of pages. */
  add(address: Address, names: Uint8Array): void {
    const nameBytes = address.kind === 'chunk' ? CHUNK_NAME_BYTES : PAGE_NAME_BYTES;
    this.#streamOf.push(this.#streamNumber(address.stream));
    this.#offsets.push(address.offset);
    this.#storedBytes.push(address.storedBytes);
    this.#plainBytes.push(address.plainBytes);
    for (let at = 0; at < names.length; at += nameBytes) this.#addName(names, at);
    this.#firstNames.push(this.#nameCount);
  }

  finish(): BlobListing {
    const names = this.#names.slice(0, this.#nameCount * KEPT_NAME_BYTES);
    return {
      streams: concatBytes(...this.#streams),
      streamOf: Uint32Array.from(this.#streamOf),
      offsets: Float64Array.from(this.#offsets),
      storedBytes: Uint32Array.from(this.#storedBytes),
      plainBytes: Uint32Array.from(this.#plainBytes),
      firstNames: Uint32Array.from(this.#firstNames),
      names,
    };
  }

  #addName(names: Uint8Array, from: number): void {
    const at = this.#nameCount++ * KEPT_NAME_BYTES;
    if (at === this.#names.length) {
      const grown = new Uint8Array(at * 2);
      grown.set(this.#names);
      this.#names = grown;
    }
    for (let i = 0; i < KEPT_NAME_BYTES; i++) this.#names[at + i] = names[from + i] as number;
  }

  #streamNumber(stream: Uint8Array): number {
    const key = toHex(stream);
    const known = this.#streamNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#streams.push(stream) - 1;
    this.#streamNumbers.set(key, number);
    return number;
  }
}
