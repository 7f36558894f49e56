/**
 * Writes the format's integers and strings (spec/backup-format.md §2.1) into a growing buffer.
 */
/** Of the longest integer that a varint holds. */
export const VARINT_MAX_BYTES = 8;

const EMPTY = new Uint8Array(0);

export class ByteWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param capacityBytes Grows when it must; where it fits exactly, nothing is copied in the end. */
  constructor(capacityBytes = 256) {
    this.#buffer = new Uint8Array(capacityBytes);
  }

  get lengthBytes(): number {
    return this.#length;
  }

  /** Drops what was written. */
  clear(): this {
    this.#length = 0;
    return this;
  }

  u8(value: number): this {
    this.#room(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  u32(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw new RangeError(`"value" must be an unsigned 32-bit integer: got ${value}`);
    }
    this.#room(4);
    // A DataView would cost a small array its place on the heap, and each of these is small.
    for (let shift = 24; shift >= 0; shift -= 8) this.#buffer[this.#length++] = value >>> shift;
    return this;
  }

  u64(value: bigint): this {
    return this.u32(Number(value >> 32n)).u32(Number(value & 0xffffffffn));
  }

  i64(value: bigint): this {
    return this.u64(BigInt.asUintN(64, value));
  }

  /** Unsigned LEB128, up to 2^53 − 1. */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`"value" must be a safe unsigned integer: got ${value}`);
    }
    this.#room(VARINT_MAX_BYTES);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
    return this;
  }

  /** Signed: zigzag, then LEB128; −2^52 < value < 2^52. */
  svarint(value: number): this {
    return this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** Length of what follows `from` as varint, then that. */
  rest(bytes: Uint8Array, from: number): this {
    this.varint(bytes.length - from).#room(bytes.length - from);
    for (let i = from; i < bytes.length; i++) this.#buffer[this.#length++] = bytes[i] as number;
    return this;
  }

  /** Length as varint, then the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  /** Length of the UTF-8 form as varint, then that form. */
  text(text: string): this {
    return this.bytes(new TextEncoder().encode(text));
  }

  /** What was written. The writer is empty then, and can be used again. */
  finish(): Uint8Array<ArrayBuffer> {
    const written = this.#buffer;
    const lengthBytes = this.#length;
    this.#length = 0;
    if (lengthBytes < written.length) return written.slice(0, lengthBytes);
    this.#buffer = EMPTY;
    return written;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + bytes, 16));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
