import { writeSync } from 'node:fs';
import { DIRECT_BLOCK_BYTES, DIRECT_MIN_BYTES } from '../platform/direct-io.ts';

/** Writes a stretch of `bytes` at a place of a file, however many calls it takes. */
export function writeFully(
  fd: number,
  bytes: Uint8Array,
  from: number,
  lengthBytes: number,
  fileOffset: number,
): void {
  let done = 0;
  while (done < lengthBytes) {
    done += writeSync(fd, bytes, from + done, lengthBytes - done, fileOffset + done);
  }
}

/**
 * The same for a stretch that may be long: its whole blocks go past the page cache where they can.
 *
 * @param bytes Aligned memory (`platform/aligned-bytes.ts`).
 * @param directFd −1 when the file has none.
 */
export function writeLong(
  fd: number,
  directFd: number,
  bytes: Uint8Array,
  from: number,
  lengthBytes: number,
  fileOffset: number,
): void {
  const isAligned = from % DIRECT_BLOCK_BYTES === 0 && fileOffset % DIRECT_BLOCK_BYTES === 0;
  let done = 0;
  if (directFd >= 0 && isAligned && lengthBytes >= DIRECT_MIN_BYTES) {
    const blockBytes = lengthBytes - (lengthBytes % DIRECT_BLOCK_BYTES);
    done = writeDirect(directFd, bytes, from, blockBytes, fileOffset);
  }
  writeFully(fd, bytes, from + done, lengthBytes - done, fileOffset + done);
}

/** @returns How much was written; less when the system won't write the rest like that. */
function writeDirect(
  fd: number,
  bytes: Uint8Array,
  from: number,
  lengthBytes: number,
  fileOffset: number,
): number {
  let done = 0;
  try {
    while (done < lengthBytes) {
      done += writeSync(fd, bytes, from + done, lengthBytes - done, fileOffset + done);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  }
  return done;
}
