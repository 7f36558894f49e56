/**
 * The chunks of a plain file, wherever they are listed (spec/backup-format.md §7.1).
 */
import { type Chunk, decodeChunkEntry, type FileEntry } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { type ReadBlob, TableCursor } from '../table/index.ts';

/**
 * @returns The chunks by their place in the file; what none covers is zeros.
 * @throws {HoldfastError} `damaged` when two overlap, or one reaches beyond the file.
 */
export async function* fileChunks(
  read: ReadBlob,
  { bytes, chunks }: Extract<FileEntry, { kind: 'file' }>,
): AsyncIterable<Chunk> {
  if (chunks.kind === 'inline') {
    yield* chunks.chunks;
    return;
  }
  let end = 0;
  const cursor = new TableCursor(read, chunks.table);
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
    const chunk = decodeChunkEntry(row.addresses, row.key, row.value);
    const isApart = chunk.fileOffset >= end;
    end = chunk.fileOffset + chunk.address.plainBytes;
    if (!isApart || end > bytes) {
      throw new HoldfastError('damaged', 'Cannot read a file: its list of chunks makes no sense');
    }
    yield chunk;
  }
}
