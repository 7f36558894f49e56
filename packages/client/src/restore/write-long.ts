/**
 * Writing stretches of a file: short ones through the page cache, long ones past it where they can.
 */
import { writeSync } from 'node:fs';
import {
  CACHE_PAGE_MAX_BYTES,
  DIRECT_BLOCK_BYTES,
  DIRECT_MIN_BYTES,
  isDirectRefusal,
} from '../platform/direct-io.ts';

/** A file that is open for writing. */
export interface OpenFile {
  readonly fd: number;
  /** For long stretches in whole blocks, past the page cache; −1 where there is no such thing. */
  readonly directFd: number;
}

/** Writes all of `bytes` at a place of a file, however many calls it takes. */
export function writeFully(fd: number, bytes: Uint8Array, fileOffset: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(fd, bytes, done, bytes.length - done, fileOffset + done);
  }
}

/**
 * The same for a stretch that may be long. Others may be writing to the pages of the page cache at
 * its ends meanwhile, through the cache: whole pages of it go past it, and what is left through it.
 *
 * @param bytes Aligned memory (`platform/aligned-bytes.ts`) or a part of it.
 * @param isEnd Nothing is written to the file behind this stretch, so that its last page is its own.
 */
export function writeLong(
  { fd, directFd }: OpenFile,
  bytes: Uint8Array,
  fileOffset: number,
  isEnd: boolean,
): void {
  const end = fileOffset + bytes.length;
  const from = Math.ceil(fileOffset / CACHE_PAGE_MAX_BYTES) * CACHE_PAGE_MAX_BYTES - fileOffset;
  const to = bytes.length - (end % (isEnd ? DIRECT_BLOCK_BYTES : CACHE_PAGE_MAX_BYTES));
  const isAligned = (bytes.byteOffset + from) % DIRECT_BLOCK_BYTES === 0;
  if (directFd < 0 || !isAligned || to - from < DIRECT_MIN_BYTES) {
    writeFully(fd, bytes, fileOffset);
    return;
  }
  writeFully(fd, bytes.subarray(0, from), fileOffset);
  const done = from + writeDirect(directFd, bytes.subarray(from, to), fileOffset + from);
  writeFully(fd, bytes.subarray(done), fileOffset + done);
}

/** @returns How much was written; less when the system won't write the rest like that. */
function writeDirect(fd: number, bytes: Uint8Array, fileOffset: number): number {
  let done = 0;
  try {
    while (done < bytes.length) {
      done += writeSync(fd, bytes, done, bytes.length - done, fileOffset + done);
    }
  } catch (error) {
    if (!isDirectRefusal(error)) throw error;
  }
  return done;
}
