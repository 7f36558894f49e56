/**
 * Addresses: where a blob stands in the streams of a backup (spec/backup-format.md §4.2, §4.3).
 *
 * A blob (a chunk, a group of database pages, or a table node) is one run of bytes in one stream.
 * Which pack holds which part of a stream is the index's matter, so that blobs can move between
 * packs and no address changes.
 */
import { type ByteReader, type ByteWriter, toHex } from '../bytes/index.ts';
import type { CryptoPort } from '../crypto/index.ts';
import { HoldfastError } from '../errors/index.ts';
import {
  CHUNK_MAX_BYTES,
  NODE_MAX_BYTES,
  PAGE_GROUP_MAX_BYTES,
  STREAM_ID_BYTES,
} from './limits.ts';

/** What a blob holds. */
export type BlobKind = 'chunk' | 'pages' | 'node';

const KINDS: readonly BlobKind[] = ['chunk', 'pages', 'node'];
const MOST_BYTES: Readonly<Record<BlobKind, number>> = {
  chunk: CHUNK_MAX_BYTES,
  pages: PAGE_GROUP_MAX_BYTES,
  node: NODE_MAX_BYTES,
};
const ZSTD_FLAG = 0x80;

export interface Address {
  readonly kind: BlobKind;
  /** 16 bytes. */
  readonly stream: Uint8Array;
  /** First byte inside the stream. */
  readonly offset: number;
  /** Length inside the stream. */
  readonly storedBytes: number;
  /** Length of the plaintext; at least `storedBytes`. */
  readonly plainBytes: number;
  /** Whether the stored bytes are one zstd frame; otherwise they are the plaintext. */
  readonly compressed: boolean;
}

/** A text that is the same for equal addresses only; for maps. */
export function addressKey(address: Address): string {
  return keyInStream(toHex(address.stream), address);
}

/** All of it counts: a hostile writer can name one place of a stream in many ways. */
function keyInStream(stream: string | number, address: Address): string {
  const { offset, storedBytes, plainBytes, kind, compressed } = address;
  return `${stream}:${offset}:${storedBytes}:${plainBytes}:${kind}:${compressed}`;
}

/** The distinct addresses of one structure, numbered in order of first use. */
export class AddressBook {
  readonly #streams: Uint8Array[] = [];
  readonly #streamNumbers = new Map<string, number>();
  readonly #addresses: Address[] = [];
  readonly #numbers = new Map<string, number>();
  /** Neighbours mostly lie in the same blob. */
  #last: { readonly address: Address; readonly number: number } | null = null;

  get addresses(): readonly Address[] {
    return this.#addresses;
  }

  /** The number that stands for `address` in this structure. */
  number(address: Address): number {
    if (this.#last?.address === address) return this.#last.number;
    const stream = this.#streamNumber(address.stream);
    const key = keyInStream(stream, address);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#addresses.push(address) - 1;
      this.#numbers.set(key, number);
    }
    this.#last = { address, number };
    return number;
  }

  #streamNumber(stream: Uint8Array): number {
    const key = toHex(stream);
    const known = this.#streamNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#streams.push(stream) - 1;
    this.#streamNumbers.set(key, number);
    return number;
  }

  /**
   *     varint  streams, each 16 bytes
   *     varint  addresses, each:
   *       u8      kind (0 chunk, 1 pages, 2 node), plus 0x80 when compressed
   *       varint  number of the stream
   *       svarint offset, less the end of the address before in that stream (0 at first)
   *       varint  stored bytes
   *       varint  plain bytes less stored bytes, when compressed
   */
  encode(writer: ByteWriter): void {
    const ends = new Array<number>(this.#streams.length).fill(0);
    writer.varint(this.#streams.length);
    for (const stream of this.#streams) writer.raw(stream);
    writer.varint(this.#addresses.length);
    for (const address of this.#addresses) {
      const stream = this.#streamNumber(address.stream);
      writer.u8(KINDS.indexOf(address.kind) | (address.compressed ? ZSTD_FLAG : 0));
      writer.varint(stream).svarint(address.offset - (ends[stream] as number));
      writer.varint(address.storedBytes);
      if (address.compressed) writer.varint(address.plainBytes - address.storedBytes);
      ends[stream] = address.offset + address.storedBytes;
    }
  }

  /**
   * @param most Streams, and addresses, that the book may list.
   * @throws {HoldfastError} `damaged`.
   */
  static decode(reader: ByteReader, most = Number.POSITIVE_INFINITY): readonly Address[] {
    const streams: Uint8Array[] = [];
    const streamCount = reader.varint(Math.min(reader.remaining / STREAM_ID_BYTES, most));
    // Copies: an address may outlive what it was read from by far.
    for (let i = 0; i < streamCount; i++) streams.push(reader.raw(STREAM_ID_BYTES).slice());
    const ends = new Array<number>(streamCount).fill(0);
    const addresses: Address[] = [];
    const count = reader.varint(Math.min(reader.remaining, most));
    for (let i = 0; i < count; i++) {
      const flags = reader.u8();
      const kind = KINDS[flags & ~ZSTD_FLAG];
      if (kind === undefined) throw reader.damaged('it holds a blob of unknown kind');
      const compressed = (flags & ZSTD_FLAG) !== 0;
      const number = reader.varint();
      const stream = streams[number];
      if (stream === undefined) throw reader.damaged('it names a stream that it does not list');
      const offset = (ends[number] as number) + reader.svarint();
      const storedBytes = reader.varint(MOST_BYTES[kind]);
      if (offset < 0 || !Number.isSafeInteger(offset + storedBytes)) {
        throw reader.damaged('it holds an impossible offset');
      }
      const plainBytes = storedBytes + (compressed ? reader.varint() : 0);
      if (storedBytes === 0 || plainBytes > MOST_BYTES[kind]) {
        throw reader.damaged('it holds an impossible length');
      }
      ends[number] = offset + storedBytes;
      addresses.push({ kind, stream, offset, storedBytes, plainBytes, compressed });
    }
    return addresses;
  }
}

/** The number of an address, read back and looked up. @throws {HoldfastError} `damaged`. */
export function readAddress(reader: ByteReader, addresses: readonly Address[]): Address {
  const address = addresses[reader.varint()];
  if (address === undefined) throw reader.damaged('it names an address that it does not list');
  return address;
}

/** The plaintext of a blob. @throws {HoldfastError} `damaged`. */
export async function decompressBlob(
  crypto: CryptoPort,
  address: Address,
  stored: Uint8Array,
): Promise<Uint8Array> {
  if (!address.compressed) return stored;
  const plain = await crypto.zstdDecompress(stored, address.plainBytes);
  if (plain === null) {
    throw new HoldfastError('damaged', 'Cannot decompress a blob: it is not what was written');
  }
  return plain;
}
