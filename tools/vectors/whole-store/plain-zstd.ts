// zstd frames (RFC 8878) of raw and run-length blocks only: another release of a compressor makes
// other bytes of the same content, and a stored backup must stay what it is.

import { ByteWriter, concatBytes } from '@holdfast/core/bytes';

const MAGIC = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd]);
/** One segment, content size in four bytes. */
const DESCRIPTOR = 0xa0;
const BLOCK_MAX_BYTES = 131_072;
/** Shorter runs cost more in a block of their own than among others. */
const RUN_MIN_BYTES = 16;
const RAW = 0;
const RUN = 1;

/** One frame that says its content size, without checksum. */
export function plainZstd(data: Uint8Array): Uint8Array {
  const blocks = [...cutBlocks(data)];
  const parts = blocks.flatMap(({ type, bytes }, i) => {
    const isLast = i === blocks.length - 1 ? 1 : 0;
    const header = littleEndian((bytes.length << 3) | (type << 1) | isLast, 3);
    return [header, type === RUN ? bytes.subarray(0, 1) : bytes];
  });
  const size = littleEndian(data.length, 4);
  return concatBytes(MAGIC, new ByteWriter().u8(DESCRIPTOR).finish(), size, ...parts);
}

function* cutBlocks(data: Uint8Array): Iterable<{ type: number; bytes: Uint8Array }> {
  let rawFrom = 0;
  for (let at = 0; at < data.length; ) {
    const end = endOfRun(data, at);
    if (end - at >= RUN_MIN_BYTES) {
      for (const bytes of pieces(data.subarray(rawFrom, at))) yield { type: RAW, bytes };
      for (const bytes of pieces(data.subarray(at, end))) yield { type: RUN, bytes };
      rawFrom = end;
    }
    at = end;
  }
  for (const bytes of pieces(data.subarray(rawFrom))) yield { type: RAW, bytes };
}

function endOfRun(data: Uint8Array, from: number): number {
  let end = from + 1;
  while (end < data.length && data[end] === data[from]) end++;
  return end;
}

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += BLOCK_MAX_BYTES) {
    yield bytes.subarray(at, at + BLOCK_MAX_BYTES);
  }
}

function littleEndian(value: number, lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, i) => (value >>> (8 * i)) & 0xff);
}
