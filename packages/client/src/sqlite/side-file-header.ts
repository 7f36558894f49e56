/**
 * Tells SQLite's side files from files that only have such a name
 * (https://www.sqlite.org/fileformat2.html §3 and §4.1, https://www.sqlite.org/walformat.html §2).
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { toHex } from '@holdfast/core/bytes';

const HEADER_BYTES = 8;
const BEGINNINGS = [
  'd9d505f920a163d7', // rollback journal
  '377f0682', // write-ahead log
  '377f0683',
  '18e22d00', // index of a write-ahead log, version 3007000 in the byte order of the machine
  '002de218',
];

/** Also for a file that is empty, zeroed (a journal that is done with), or gone by now. */
export function looksLikeSideFile(path: Buffer): boolean {
  const header = new Uint8Array(HEADER_BYTES);
  let bytes = 0;
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      bytes = readSync(fd, header);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
  const begins = toHex(header.subarray(0, bytes));
  return header.every((byte) => byte === 0) || BEGINNINGS.some((one) => begins.startsWith(one));
}
