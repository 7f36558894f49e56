/**
 * The port to where large objects lie. A place is written once, under a random id, and never changed, so that nothing
 * is ever in two minds about what lies there.
 */
import type { Readable } from 'node:stream';

/** Where an object lies: of whom, and under which id; 16 bytes each. */
export interface Place {
  readonly accountId: Uint8Array;
  readonly place: Uint8Array;
}

/** In bytes; inside the object. */
export interface BytesRange {
  readonly offset: number;
  readonly lengthBytes: number;
}

export interface KeptPlace extends Place {
  readonly writtenAtMs: number;
}

/** Every call throws a `HoldfastError`: `disk-full`, `store-unreachable`. */
export interface ObjectBytes {
  /**
   * Writes a body as it comes, and hashes it; durable when it resolves. When it throws, also what the body throws,
   * nothing is kept.
   *
   * @param lengthBytes Exactly as long must the body be.
   * @returns SHA-256 of the body.
   * @throws {HoldfastError} `damaged` when it is shorter or longer.
   */
  write(place: Place, body: AsyncIterable<Uint8Array>, lengthBytes: number): Promise<Uint8Array>;
  /** A part of it; null when nothing lies there. The caller reads it to its end or destroys it. */
  read(place: Place, range: BytesRange): Promise<Readable | null>;
  /** There or not. */
  remove(place: Place): Promise<void>;
  /** All that there is, half-written ones included, in any order. */
  list(): AsyncIterable<KeptPlace>;
}
