/**
 * Storing a plain file: cut into fixed pieces, each a chunk.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs';
import {
  CHUNK_MAX_BYTES,
  type Chunk,
  type ChunkList,
  chunkKey,
  encodeChunkValue,
  INLINE_CHUNKS_MAX,
} from '@holdfast/core/backup-format';
import { TableBuilder, type WriteNode } from '../table/index.ts';
import type { ChunkStore, StoredPiece } from './chunk-store.ts';
import { OrderedQueue } from './ordered-queue.ts';
import { UnreadableError } from './workers/unreadable-error.ts';

/** Pieces of one file whose results may wait for one before them. */
const PIECES_HELD = 64;

/** A file as it was read. */
export interface StoredFile {
  /** Status of what was read, not of what was found earlier under that name. */
  readonly stat: BigIntStats;
  readonly bytes: number;
  readonly chunks: ChunkList;
  /** Whether it was written to while it was read. */
  readonly changedWhileRead: boolean;
}

export interface StoreFileOptions {
  readonly chunkStore: ChunkStore;
  readonly writeNode: WriteNode;
  /** Called with the length of each piece that was read. */
  readonly onRead: (bytes: number) => void;
}

/** Failures are told by the file's own promise. */
const ignore = (): void => undefined;

/**
 * Reads a file and stores what is new of it.
 *
 * @returns A box with the promise of the result: it answers once the file is on its way.
 * @throws {NodeJS.ErrnoException} when the file can't be opened; `ELOOP` when it is a link now.
 * @throws {UnreadableError} when it is neither file nor link any more.
 */
export async function storeFile(
  path: Buffer,
  { chunkStore, writeNode, onRead }: StoreFileOptions,
): Promise<{ readonly done: Promise<StoredFile> }> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const close = once(() => closeSync(fd));
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw new UnreadableError('it is no file any more', undefined);
    const chunks = new ChunkListWriter(Number(stat.size), writeNode);
    for (let offset = 0; offset < Number(stat.size); offset += CHUNK_MAX_BYTES) {
      const lengthBytes = Math.min(CHUNK_MAX_BYTES, Number(stat.size) - offset);
      const { stored } = await chunkStore.take({ fd, offset, lengthBytes });
      stored.then(({ bytesRead }) => onRead(bytesRead), ignore);
      await chunks.add(offset, stored);
    }
    const done = finish(fd, stat, chunks).finally(close);
    done.catch(ignore);
    return { done };
  } catch (error) {
    close();
    throw error;
  }
}

async function finish(fd: number, stat: BigIntStats, writer: ChunkListWriter): Promise<StoredFile> {
  const { bytes, chunks } = await writer.finish();
  const after = fstatSync(fd, { bigint: true });
  const changedWhileRead =
    after.mtimeNs !== stat.mtimeNs || after.size !== stat.size || bytes !== Number(stat.size);
  return { stat, bytes, chunks, changedWhileRead };
}

/** Gathers the chunks of one file, in memory or, when there are many, in a table. */
class ChunkListWriter {
  readonly #inline: Chunk[] = [];
  readonly #builder: TableBuilder | null;
  readonly #queue: OrderedQueue<{ fileOffset: number; piece: StoredPiece }>;
  #bytes = 0;

  constructor(fileBytes: number, writeNode: WriteNode) {
    const isLong = fileBytes > INLINE_CHUNKS_MAX * CHUNK_MAX_BYTES;
    this.#builder = isLong ? new TableBuilder(writeNode) : null;
    this.#queue = new OrderedQueue(PIECES_HELD, (item) => this.#write(item));
  }

  async add(fileOffset: number, stored: Promise<StoredPiece>): Promise<void> {
    await this.#queue.add(stored.then((piece) => ({ fileOffset, piece })));
  }

  async finish(): Promise<{ bytes: number; chunks: ChunkList }> {
    await this.#queue.drain();
    if (this.#builder === null) {
      return { bytes: this.#bytes, chunks: { kind: 'inline', chunks: this.#inline } };
    }
    const layer = await this.#builder.finish();
    const table = layer === null ? [] : [layer];
    return { bytes: this.#bytes, chunks: { kind: 'table', table } };
  }

  async #write({ fileOffset, piece }: { fileOffset: number; piece: StoredPiece }): Promise<void> {
    if (piece.bytesRead > 0) this.#bytes = fileOffset + piece.bytesRead;
    if (piece.chunk === null) return;
    const chunk: Chunk = { fileOffset, ...piece.chunk };
    if (this.#builder === null) this.#inline.push(chunk);
    else await this.#builder.add(chunkKey(fileOffset), (book) => encodeChunkValue(book, chunk));
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
