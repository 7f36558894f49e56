/**
 * Key material that does not leak by accident: prints as `[secret]`, compares in constant time,
 * can be wiped.
 *
 * Wiping is best effort: a garbage-collected runtime may have made copies that nobody can reach.
 */
export class Secret {
  readonly #bytes: Uint8Array;
  #wiped = false;

  /** @param bytes Taken over, not copied: the caller must not use the array afterwards. */
  constructor(bytes: Uint8Array) {
    if (bytes.length === 0) throw new RangeError('"bytes" must not be empty');
    this.#bytes = bytes;
  }

  get lengthBytes(): number {
    return this.#bytes.length;
  }

  /** The live bytes, not a copy. @throws {TypeError} after `wipe()`. */
  bytes(): Uint8Array {
    if (this.#wiped) throw new TypeError('"secret" must not be used after wipe()');
    return this.#bytes;
  }

  /** Whether both hold the same bytes; takes the same time wherever they differ. */
  equals(other: Secret): boolean {
    const a = this.bytes();
    const b = other.bytes();
    if (a.length !== b.length) return false;
    let difference = 0;
    for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
    return difference === 0;
  }

  /** Overwrites the bytes with zeros. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#wiped = true;
  }

  /** Wipes it. */
  [Symbol.dispose](): void {
    this.wipe();
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
