import { HoldfastError } from '../errors/index.ts';

/**
 * Reads the format's integers and strings (spec/backup-format.md §2.1), strictly: what is cut short,
 * longer than needed or out of range is `damaged`, never a guess.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what Names the structure in errors, such as `pack index`. */
  constructor(bytes: Uint8Array, what: string) {
    // Of a Buffer, subarray() gives Buffers, and slice() of those gives views instead of copies.
    this.#bytes =
      bytes.constructor === Uint8Array
        ? bytes
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    this.#need(1);
    return this.#bytes[this.#at++] as number;
  }

  u32(): number {
    this.#need(4);
    // A DataView would cost a small array its place on the heap, and most of these are small.
    let value = 0;
    for (let i = 0; i < 4; i++) value = value * 0x100 + (this.#bytes[this.#at++] as number);
    return value;
  }

  u64(): bigint {
    this.#need(8);
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  i64(): bigint {
    return BigInt.asIntN(64, this.u64());
  }

  /** @param most Largest value that makes sense here. */
  varint(most: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw this.damaged('an integer is not in its shortest form');
        if (value > most) throw this.damaged('an integer is out of range');
        return value;
      }
      scale *= 0x80;
    }
    throw this.damaged('an integer is out of range');
  }

  svarint(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A view, not a copy. */
  raw(lengthBytes: number): Uint8Array {
    this.#need(lengthBytes);
    const from = this.#at;
    this.#at += lengthBytes;
    return this.#bytes.subarray(from, this.#at);
  }

  /** Goes past bytes unread. */
  skip(lengthBytes: number): void {
    this.#need(lengthBytes);
    this.#at += lengthBytes;
  }

  /** Fills `into` from its place `at` on; cheaper than a view where there are few bytes. */
  copy(into: Uint8Array, at: number): void {
    this.#need(into.length - at);
    for (let i = at; i < into.length; i++) into[i] = this.#bytes[this.#at++] as number;
  }

  /** Length as varint, then a view of that many bytes. */
  bytes(mostBytes: number): Uint8Array {
    return this.raw(this.varint(mostBytes));
  }

  text(mostBytes: number): string {
    const bytes = this.bytes(mostBytes);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw this.damaged('a text is not UTF-8', cause);
    }
  }

  /** @throws {HoldfastError} `damaged` unless everything was read. */
  end(): void {
    if (this.remaining !== 0) throw this.damaged('there are bytes after its end');
  }

  /** @throws {HoldfastError} `damaged` unless the rest is all zeros. */
  zeros(): void {
    for (const byte of this.raw(this.remaining)) {
      if (byte !== 0) throw this.damaged('its padding is not zero');
    }
  }

  damaged(state: string, cause?: unknown): HoldfastError {
    const options = cause === undefined ? {} : { cause };
    return new HoldfastError('damaged', `Cannot read a ${this.#what}: ${state}`, options);
  }

  #need(bytes: number): void {
    if (this.remaining < bytes) throw this.damaged('it is cut short');
  }
}
