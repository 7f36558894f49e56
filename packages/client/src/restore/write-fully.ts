import { writeSync } from 'node:fs';
import {
  CACHE_PAGE_MAX_BYTES,
  DIRECT_BLOCK_BYTES,
  DIRECT_MIN_BYTES,
  isDirectRefusal,
} from '../platform/direct-io.ts';

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
 * The same for a stretch that may be long: the whole pages of the page cache that it fills go past
 * it where they can. Others may be writing to the pages at its ends through the cache meanwhile.
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
  const firstPage = Math.ceil(fileOffset / CACHE_PAGE_MAX_BYTES) * CACHE_PAGE_MAX_BYTES;
  const head = firstPage - fileOffset;
  const pagesBytes = lengthBytes - head - ((fileOffset + lengthBytes) % CACHE_PAGE_MAX_BYTES);
  const isAligned = (from + head) % DIRECT_BLOCK_BYTES === 0;
  if (directFd < 0 || !isAligned || pagesBytes < DIRECT_MIN_BYTES) {
    writeFully(fd, bytes, from, lengthBytes, fileOffset);
    return;
  }
  writeFully(fd, bytes, from, head, fileOffset);
  const done = head + writeDirect(directFd, bytes, from + head, pagesBytes, firstPage);
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
    if (!isDirectRefusal(error)) throw error;
  }
  return done;
}
