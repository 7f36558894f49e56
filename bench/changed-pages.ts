/**
 * The yardstick for a day's growth: the pages of a SQLite database that differ from its former state,
 * position by position, with those appended, in one zstd stream of level 3.
 */

import { open } from 'node:fs/promises';
import { constants, createZstdCompress } from 'node:zlib';

export interface ChangedPages {
  readonly pages: number;
  readonly bytes: number;
  readonly compressedBytes: number;
}

const pagesPerRead = 256;

/** Whether the file at `path` is a SQLite database, by its first 16 bytes. */
export async function isDatabase(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
  return bytesRead === 16 && buffer.toString('latin1') === 'SQLite format 3\0';
}

/** Compares two states of one database; the page size is the newer one's. */
export async function changedPages(formerPath: string, path: string): Promise<ChangedPages> {
  await using former = await open(formerPath);
  await using current = await open(path);
  const pageBytes = await readPageBytes(current);
  const newer = Buffer.alloc(pagesPerRead * pageBytes);
  const older = Buffer.alloc(pagesPerRead * pageBytes);
  const zstd = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const compressed = sumOfLengths(zstd);
  let pages = 0;
  for (let offset = 0; ; offset += newer.length) {
    const { bytesRead: newerBytes } = await current.read(newer, 0, newer.length, offset);
    if (newerBytes === 0) break;
    const { bytesRead: olderBytes } = await former.read(older, 0, older.length, offset);
    for (let at = 0; at < newerBytes; at += pageBytes) {
      const page = newer.subarray(at, at + pageBytes);
      if (at < olderBytes && page.equals(older.subarray(at, at + pageBytes))) continue;
      pages++;
      await new Promise((resolve) => zstd.write(Buffer.from(page), resolve));
    }
  }
  zstd.end();
  return { pages, bytes: pages * pageBytes, compressedBytes: await compressed };
}

/** SQLite file format §1.3.2: two bytes at offset 16, big-endian, where 1 means 65,536. */
async function readPageBytes(file: { read: Awaited<ReturnType<typeof open>>['read'] }) {
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 16);
  const value = buffer.readUInt16BE();
  return value === 1 ? 65_536 : value;
}

async function sumOfLengths(stream: AsyncIterable<Buffer>): Promise<number> {
  let sum = 0;
  for await (const piece of stream) sum += piece.length;
  return sum;
}
