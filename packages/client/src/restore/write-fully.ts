import { writeSync } from 'node:fs';

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
