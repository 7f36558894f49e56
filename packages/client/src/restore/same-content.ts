/**
 * Whether a file that is there already is what would be restored: its pieces are named anew and
 * compared with the names in the backup. Length and time alone can be right when the content is
 * not, after a power cut in the midst of a restore.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import {
  CHUNK_MAX_BYTES,
  decodePageEntry,
  decodePageKey,
  type FileEntry,
  PAGE_NAME_BYTES,
} from '@holdfast/core/backup-format';
import { equalBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { Secret } from '@holdfast/core/secret';
import { type ReadBlob, TableCursor } from '../table/index.ts';
import { fileChunks } from './file-chunks.ts';

const ZEROS = Buffer.alloc(CHUNK_MAX_BYTES);
const piece = Buffer.allocUnsafeSlow(CHUNK_MAX_BYTES);

/** @param path A file as long as the entry says. */
export async function hasSameContent(
  path: Buffer,
  entry: Extract<FileEntry, { kind: 'file' | 'database' }>,
  read: ReadBlob,
  chunkNameKey: Secret,
): Promise<boolean> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const nameOf = (offset: number, lengthBytes: number): Uint8Array | null => {
    const bytes = piece.subarray(0, lengthBytes);
    if (readSync(fd, bytes, 0, lengthBytes, offset) !== lengthBytes) return null;
    return nodeCrypto.hmacSha256(chunkNameKey.bytes(), bytes);
  };
  try {
    if (entry.kind === 'database') return await hasSamePages(entry, read, nameOf);
    let end = 0;
    for await (const { fileOffset, name, address } of fileChunks(read, entry)) {
      const own = nameOf(fileOffset, address.plainBytes);
      if (own === null || !equalBytes(own, name) || !isHole(fd, end, fileOffset)) return false;
      end = fileOffset + address.plainBytes;
    }
    return isHole(fd, end, entry.bytes);
  } finally {
    closeSync(fd);
  }
}

type NameOf = (offset: number, lengthBytes: number) => Uint8Array | null;

async function hasSamePages(
  { bytes, pageBytes, pages }: Extract<FileEntry, { kind: 'database' }>,
  read: ReadBlob,
  nameOf: NameOf,
): Promise<boolean> {
  const cursor = new TableCursor(read, pages);
  let next = 0;
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
    const page = decodePageKey(row.key);
    if (page * pageBytes >= bytes) continue;
    const { name } = decodePageEntry(row.addresses, row.value, pageBytes);
    const own = nameOf(page * pageBytes, pageBytes)?.subarray(0, PAGE_NAME_BYTES);
    if (page !== next++ || own === undefined || !equalBytes(own, name)) return false;
  }
  return next * pageBytes === bytes;
}

function isHole(fd: number, from: number, to: number): boolean {
  for (let at = from; at < to; ) {
    const bytes = piece.subarray(0, Math.min(piece.length, to - at));
    const length = readSync(fd, bytes, 0, bytes.length, at);
    if (length === 0 || ZEROS.compare(bytes, 0, length, 0, length) !== 0) return false;
    at += length;
  }
  return true;
}
