/** Lower-case hex digits, two per byte. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** @throws {RangeError} when `text` is not an even number of hex digits. */
export function fromHex(text: string): Uint8Array {
  try {
    return Uint8Array.fromHex(text);
  } catch (cause) {
    throw new RangeError('"text" must be an even number of hex digits', { cause });
  }
}
