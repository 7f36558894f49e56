/**
 * Pieces of plain files on their way through the workers, each distinct chunk stored once.
 */
import { type Address, CHUNK_MAX_BYTES } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import type { ChunkIndex } from './chunk-index.ts';
import { splitNames } from './workers/chunk-tasks.ts';
import type { FilePiece } from './workers/messages.ts';
import { UnreadableError } from './workers/unreadable-error.ts';
import type { WorkerPool } from './workers/worker-pool.ts';

/** Small pieces are sent to a worker together, up to this many. */
const BATCH_PIECES = 32;
/** … or as soon as they are this long. */
const BATCH_BYTES = CHUNK_MAX_BYTES / 2;

/** A piece that was read, and where its chunk is. */
export interface StoredPiece {
  readonly bytesRead: number;
  /** null for a piece of nothing but zeros, or of no bytes. */
  readonly chunk: { readonly name: Uint8Array; readonly address: Address } | null;
}

interface Waiting {
  readonly piece: FilePiece;
  readonly resolve: (stored: StoredPiece) => void;
  readonly reject: (error: unknown) => void;
}

export class ChunkStore {
  readonly #pool: WorkerPool;
  readonly #index: ChunkIndex;
  readonly #isStored: (address: Address) => boolean;
  readonly #underWay = new Map<string, PromiseWithResolvers<Address>>();
  #batch: Waiting[] = [];
  #batchBytes = 0;

  /** @param isStored Whether the bytes at an address are stored, or being stored by this run. */
  constructor(pool: WorkerPool, index: ChunkIndex, isStored: (address: Address) => boolean) {
    this.#pool = pool;
    this.#index = index;
    this.#isStored = isStored;
  }

  /**
   * Takes a piece; waits while workers have no room.
   *
   * @returns A box with the promise of the result, so that taking and storing are awaited apart.
   */
  async take(piece: FilePiece): Promise<{ readonly stored: Promise<StoredPiece> }> {
    if (this.#batchBytes + piece.lengthBytes > CHUNK_MAX_BYTES) await this.send();
    const { promise, resolve, reject } = Promise.withResolvers<StoredPiece>();
    promise.catch(() => undefined);
    this.#batch.push({ piece, resolve, reject });
    this.#batchBytes += piece.lengthBytes;
    if (this.#batchBytes >= BATCH_BYTES || this.#batch.length >= BATCH_PIECES) await this.send();
    return { stored: promise };
  }

  /** Sends what has been gathered to a worker. */
  async send(): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    await this.#pool.room();
    this.#store(batch).catch((error: unknown) => {
      for (const { reject } of batch) reject(error);
    });
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const claimed = new Map<string, PromiseWithResolvers<Address>>();
    const task = { type: 'chunks', pieces: batch.map(({ piece }) => piece) } as const;
    try {
      const { result, worker } = await this.#pool.run(task, (names) => this.#claim(names, claimed));
      for (const { name, place } of result.pieces) {
        if (place === null) continue;
        const address: Address = { ...place, kind: 'chunk', stream: worker.stream };
        this.#index.add(name, address);
        claimed.get(toHex(name))?.resolve(address);
      }
      result.pieces.forEach(({ bytesRead, name, failure }, i) => {
        const { resolve, reject } = batch[i] as Waiting;
        if (failure !== null) reject(new UnreadableError(failure.message, failure.errno));
        else if (name.length === 0) resolve({ bytesRead, chunk: null });
        else {
          const found = (address: Address): void =>
            resolve({ bytesRead, chunk: { name, address } });
          this.#addressOf(name).then(found, reject);
        }
      });
    } catch (error) {
      for (const claim of claimed.values()) claim.reject(error);
      throw error;
    } finally {
      for (const key of claimed.keys()) this.#underWay.delete(key);
    }
  }

  /** Decides which chunks a worker is to store: those that nobody has and nobody is storing. */
  #claim(names: Uint8Array, claimed: Map<string, PromiseWithResolvers<Address>>): Uint8Array {
    const split = splitNames(names);
    const wanted = new Uint8Array(split.length);
    split.forEach((name, i) => {
      const key = toHex(name);
      if (this.#underWay.has(key) || this.#known(name) !== null) return;
      const claim = Promise.withResolvers<Address>();
      claim.promise.catch(() => undefined);
      this.#underWay.set(key, claim);
      claimed.set(key, claim);
      wanted[i] = 1;
    });
    return wanted;
  }

  async #addressOf(name: Uint8Array): Promise<Address> {
    const underWay = this.#underWay.get(toHex(name));
    if (underWay !== undefined) return await underWay.promise;
    const known = this.#known(name);
    if (known === null) throw new TypeError('"name" must have been claimed');
    return known;
  }

  #known(name: Uint8Array): Address | null {
    const address = this.#index.find(name);
    return address !== null && this.#isStored(address) ? address : null;
  }
}
