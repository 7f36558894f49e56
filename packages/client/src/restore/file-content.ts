/**
 * The content of a file as placements: chunks of a plain file, pages of a database.
 */
import {
  type Chunk,
  decodePageKey,
  decodePagePlace,
  type FileEntry,
} from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { type ReadBlob, TableCursor } from '../table/index.ts';
import { fileChunks } from './file-chunks.ts';
import { PageStretch } from './page-stretch.ts';
import { type Placement, type PlacementSink, putAll } from './placement.ts';
import type { RestoreFile } from './restore-file.ts';

/** Pages that are placed together. A group whose pages lie farther apart is opened more than once. */
const STRETCH_PAGES = 1024 * 1024;

/** @throws {HoldfastError} `damaged` when the tables of the file are. */
export async function placeContent(
  read: ReadBlob,
  entry: Extract<FileEntry, { kind: 'file' | 'database' }>,
  file: RestoreFile,
  sink: PlacementSink,
): Promise<void> {
  if (entry.kind === 'database') {
    const { pages, pageBytes } = entry;
    const pageCount = entry.bytes / pageBytes;
    await placePages(new TableCursor(read, pages), { pageBytes, pageCount, file, sink });
  } else {
    await putAll(sink, placeChunks(fileChunks(read, entry), file));
  }
}

async function* placeChunks(
  chunks: AsyncIterable<Chunk>,
  file: RestoreFile,
): AsyncIterable<Placement> {
  for await (const { fileOffset, address } of chunks) {
    yield { address, file, fileOffset, from: 0, lengthBytes: address.plainBytes, passingBytes: 0 };
  }
}

interface PagesOptions {
  readonly pageBytes: number;
  readonly pageCount: number;
  readonly file: RestoreFile;
  readonly sink: PlacementSink;
}

async function placePages(cursor: TableCursor, options: PagesOptions): Promise<void> {
  const { pageBytes, pageCount, file, sink } = options;
  let expected = 0;
  const next = () =>
    new PageStretch({
      pageBytes,
      file,
      firstPage: expected,
      pageCount: Math.min(pageCount - expected, STRETCH_PAGES),
    });
  let stretch = next();
  while (await cursor.fill()) {
    for (let row = cursor.peek(); row !== undefined; row = cursor.peek()) {
      const page = decodePageKey(row.key);
      cursor.skip();
      if (page >= pageCount) continue;
      if (page !== expected++) throw doesNotFit();
      const { group, slot } = decodePagePlace(row.addresses, row.value, pageBytes);
      stretch.add(group, slot);
      if (stretch.isFull) break;
    }
    if (stretch.isFull) {
      await stretch.place(sink);
      stretch = next();
    }
  }
  if (expected !== pageCount) throw doesNotFit();
}

function doesNotFit(): HoldfastError {
  return new HoldfastError('damaged', 'Cannot restore a file: its list of parts is not complete');
}
