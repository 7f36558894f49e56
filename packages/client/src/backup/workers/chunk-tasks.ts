/**
 * Pieces of plain files: read, named, and, when they are new, stored as chunks.
 */
import { readSync } from 'node:fs';
import { CHUNK_MAX_BYTES, CHUNK_NAME_BYTES } from '@holdfast/core/backup-format';
import { concatBytes } from '@holdfast/core/bytes';
import { nodeCrypto } from '@holdfast/core/crypto/node';
import type { StreamWriter } from '../../repository/stream-writer.ts';
import { isCompressible } from './compressible.ts';
import type { FilePiece, ReadFailure, ReadPiece } from './messages.ts';
import { readFully, Slabs } from './slabs.ts';

/** Batches in work at a time: one is read while another waits for its answer. */
const SLABS = 3;
const NO_BYTES = new Uint8Array(0);

/** A piece in its slab. */
interface Piece {
  readonly plain: Uint8Array;
  /** Empty when it needs no chunk. */
  readonly name: Uint8Array;
  readonly failure: ReadFailure | null;
}

export class ChunkTasks {
  readonly #writer: StreamWriter;
  readonly #nameKey: Uint8Array;
  readonly #slabs = new Slabs(SLABS, CHUNK_MAX_BYTES);

  constructor(writer: StreamWriter, nameKey: Uint8Array) {
    this.#writer = writer;
    this.#nameKey = nameKey;
  }

  /** @param ask Tells per name, with 1, whether the chunk is to be stored. */
  run(
    pieces: readonly FilePiece[],
    ask: (names: Uint8Array) => Promise<Uint8Array>,
  ): Promise<readonly ReadPiece[]> {
    return this.#slabs.with(async (slab) => {
      const read = this.#read(pieces, slab);
      const named = read.filter(({ name }) => name.length > 0);
      if (named.length === 0) return read.map(done);
      const wanted = await ask(concatBytes(...named.map(({ name }) => name)));
      const results: ReadPiece[] = [];
      let asked = 0;
      for (const piece of read) {
        const isWanted = piece.name.length > 0 && wanted[asked++] === 1;
        results.push(isWanted ? await this.#store(piece) : done(piece));
      }
      return results;
    });
  }

  #read(pieces: readonly FilePiece[], slab: Uint8Array): Piece[] {
    let at = 0;
    return pieces.map(({ fd, offset, lengthBytes }) => {
      const room = slab.subarray(at, at + lengthBytes);
      try {
        const plain = room.subarray(0, readFully(readSync, fd, room, offset));
        at += plain.length;
        return { plain, name: this.#nameOf(plain), failure: null };
      } catch (error) {
        const { syscall, message, code } = error as NodeJS.ErrnoException;
        if (syscall !== 'read') throw error;
        return { plain: NO_BYTES, name: NO_BYTES, failure: { message, errno: code } };
      }
    });
  }

  #nameOf(plain: Uint8Array): Uint8Array {
    return isAllZeros(plain) ? NO_BYTES : nodeCrypto.hmacSha256(this.#nameKey, plain);
  }

  async #store({ plain, name }: Piece): Promise<ReadPiece> {
    const compress = isCompressible(plain) ? 'thorough' : null;
    const address = await this.#writer.append({ kind: 'chunk', plain, names: name, compress });
    const { offset, storedBytes, plainBytes, compressed } = address;
    const place = { offset, storedBytes, plainBytes, compressed };
    return { bytesRead: plain.length, name, place, failure: null };
  }
}

/** Zeros are what begins with one and is the same as itself one byte on. */
function isAllZeros(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0) === 0 && Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0;
}

function done({ plain, name, failure }: Piece): ReadPiece {
  return { bytesRead: plain.length, name, place: null, failure };
}

/** Names of one ask, one by one. */
export function splitNames(names: Uint8Array, nameBytes = CHUNK_NAME_BYTES): Uint8Array[] {
  const count = names.length / nameBytes;
  return Array.from({ length: count }, (_, i) =>
    names.subarray(i * nameBytes, (i + 1) * nameBytes),
  );
}
