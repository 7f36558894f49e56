/**
 * The form of zstd data that this format allows (spec/backup-format.md §4.3): one frame (RFC 8878
 * §3.1.1) that says its content size, has no dictionary and no checksum, asks for a window of at most
 * 1 MiB, and ends where the data does. Decompressors take much else, each something other.
 */
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
/** 1 MiB, the longest blob: a frame can't ask for more memory. */
const WINDOW_MAX_BYTES = 1 << 20;
const BLOCK_MAX_BYTES = 1 << 17;

const SINGLE_SEGMENT = 0x20;
/** Reserved bit, checksum, and length of the dictionary's id. */
const FORBIDDEN_BITS = 0x0f;

const RUN_BLOCK = 1;
const RESERVED_BLOCK = 3;

/**
 * How long the frame is that `data` begins with, if it has that form and holds `plainBytes` bytes as it
 * says itself. What its blocks hold is not looked at.
 *
 * @returns null when it is no such frame.
 */
export function plainFrameBytes(data: Uint8Array, plainBytes: number): number | null {
  const descriptor = data[4] ?? FORBIDDEN_BITS;
  if (!MAGIC.every((byte, i) => data[i] === byte) || (descriptor & FORBIDDEN_BITS) !== 0)
    return null;
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const sizeAt = isSingle ? 5 : 6;
  const windowBytes = isSingle ? plainBytes : windowOf(data[5] ?? 0xff);
  if (windowBytes > WINDOW_MAX_BYTES) return null;
  const sizeFlag = descriptor >> 6;
  const sizeLength = sizeFlag === 0 ? Number(isSingle) : 1 << sizeFlag;
  const size = littleEndian(data, sizeAt, sizeLength) + (sizeFlag === 1 ? 256 : 0);
  if (sizeLength === 0 || size !== plainBytes) return null;
  return endOfBlocks(data, sizeAt + sizeLength, windowBytes);
}

/** RFC 8878 §3.1.1.1.2. */
function windowOf(descriptor: number): number {
  return 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8);
}

/** Where the last block ends; null when there is none. RFC 8878 §3.1.1.2. */
function endOfBlocks(data: Uint8Array, from: number, windowBytes: number): number | null {
  for (let at = from; at + 3 <= data.length; ) {
    const header = littleEndian(data, at, 3);
    const type = (header >> 1) & 3;
    const bytes = header >> 3;
    if (type === RESERVED_BLOCK || bytes > Math.min(windowBytes, BLOCK_MAX_BYTES)) break;
    at += 3 + (type === RUN_BLOCK ? 1 : bytes);
    if ((header & 1) !== 0) return at <= data.length ? at : null;
  }
  return null;
}

function littleEndian(data: Uint8Array, at: number, lengthBytes: number): number {
  let value = 0;
  for (let i = lengthBytes - 1; i >= 0; i--) value = value * 256 + (data[at + i] ?? Number.NaN);
  return value;
}
