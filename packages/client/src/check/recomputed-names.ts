/**
 * Names of chunks and pages that were just recomputed from their content, to be compared with
 * those in the tables of files and databases.
 *
 * Packs are read in the order in which they lie, tables refer to them in the order of files, so
 * one of both has to be held: about 8 bytes per page and 100 per chunk, or 25 MB for a database of
 * 10 GB. Beyond `isFull` the check goes over the tables with what it has, forgets it, and reads on:
 * a second look at all tables costs far less than sorting on disk would.
 */
import { type Address, STREAM_ID_BYTES } from '@holdfast/core/backup-format';
import { toHex } from '@holdfast/core/bytes';
import { KEPT_NAME_BYTES } from './workers/blob-listing-writer.ts';
import type { BlobListing } from './workers/check-messages.ts';

const ROW_BYTES = 100;
/** More rows than a pack's own index has room for. */
const ROWS_MAX = 2 ** 22;
const KEPT_MAX_BYTES = 48 * 1024 * 1024;

/** A blob whose names are known. */
export interface NamedBlob {
  readonly listing: BlobListing;
  readonly row: number;
}

export class RecomputedNames {
  readonly #maxBytes: number;
  readonly #listings: BlobListing[] = [];
  /** Per stream: offset → number of the listing × ROWS_MAX + row. */
  readonly #rows = new Map<string, Map<number, number>>();
  readonly #packs = new Set<string>();
  #bytes = 0;

  constructor(maxBytes = KEPT_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#maxBytes;
  }

  get isEmpty(): boolean {
    return this.#packs.size === 0;
  }

  /** @param pack Name of the pack in hex. */
  add(pack: string, listing: BlobListing): void {
    const first = (this.#listings.push(listing) - 1) * ROWS_MAX;
    const streams: Map<number, number>[] = [];
    for (let at = 0; at < listing.streams.length; at += STREAM_ID_BYTES) {
      const key = toHex(listing.streams.subarray(at, at + STREAM_ID_BYTES));
      const rows = this.#rows.get(key) ?? new Map<number, number>();
      this.#rows.set(key, rows);
      streams.push(rows);
    }
    listing.offsets.forEach((offset, row) => {
      streams[listing.streamOf[row] as number]?.set(offset, first + row);
    });
    this.#packs.add(pack);
    this.#bytes += listing.names.length + listing.offsets.length * ROW_BYTES;
  }

  /** Whether everything that begins in a pack is known. @param pack Its name in hex. */
  knowsPack(pack: string): boolean {
    return this.#packs.has(pack);
  }

  /** @returns null when nothing is known to begin there. */
  find(address: Address): NamedBlob | null {
    const number = this.#rows.get(toHex(address.stream))?.get(address.offset);
    if (number === undefined) return null;
    const listing = this.#listings[Math.floor(number / ROWS_MAX)] as BlobListing;
    return { listing, row: number % ROWS_MAX };
  }

  clear(): void {
    this.#listings.length = 0;
    this.#rows.clear();
    this.#packs.clear();
    this.#bytes = 0;
  }
}

/** Whether a blob has the lengths that an address says. */
export function fitsAddress({ listing, row }: NamedBlob, address: Address): boolean {
  return (
    listing.storedBytes[row] === address.storedBytes &&
    listing.plainBytes[row] === address.plainBytes
  );
}

/** Whether a chunk (slot 0), or the page at a slot of a group, has that name. */
export function hasName({ listing, row }: NamedBlob, slot: number, name: Uint8Array): boolean {
  const number = (listing.firstNames[row] as number) + slot;
  if (number >= (listing.firstNames[row + 1] as number)) return false;
  const at = number * KEPT_NAME_BYTES;
  for (let i = 0; i < KEPT_NAME_BYTES; i++) {
    if (listing.names[at + i] !== name[i]) return false;
  }
  return true;
}
