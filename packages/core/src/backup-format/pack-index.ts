/**
 * The index that ends every pack's content (spec/backup-format.md §4.4): which parts of which
 * streams the pack holds, and which blobs begin in it. The index of a whole backup, and the names
 * of all its chunks, can be rebuilt from these.
 *
 *     varint  streams, each 16 bytes
 *     varint  segments, in the order of the content from offset 0, each:
 *       varint  number of the stream
 *       varint  start inside the stream
 *       varint  length
 *     …       address book of the blobs
 *     names, in the order of the book: 32 bytes for a chunk; for pages, varint count and 16 bytes
 *       each; none for a node
 *
 * The content's last four bytes are the length of all this as u32; between the last segment and
 * the index stand zeros.
 */
import { ByteReader, ByteWriter, equalBytes } from '../bytes/index.ts';
import { HoldfastError } from '../errors/index.ts';
import { type Address, AddressBook } from './address.ts';
import {
  CHUNK_NAME_BYTES,
  PACK_BLOBS_MAX,
  PACK_INDEX_MAX_BYTES,
  PACK_PARTS_MAX,
  PAGE_NAME_BYTES,
  STREAM_ID_BYTES,
} from './limits.ts';
import { packContentBytes } from './pack-layout.ts';

/** Length of the u32 that ends a pack's content. */
export const PACK_INDEX_LENGTH_BYTES = 4;

/** Of a node. */
const NO_NAMES = new Uint8Array(0);

/** A part of a stream, without its pack. */
export interface StreamPart {
  readonly stream: Uint8Array;
  readonly start: number;
  readonly lengthBytes: number;
}

/** A blob that begins in the pack. */
export interface IndexedBlob {
  readonly address: Address;
  /** A chunk's name, 32 bytes; the names of a group's pages, 16 bytes each; empty for a node. */
  readonly names: Uint8Array;
}

export interface PackIndex {
  /** In the order of the content, from offset 0 on, without gaps. */
  readonly parts: readonly StreamPart[];
  readonly blobs: readonly IndexedBlob[];
}

export function encodePackIndex(index: PackIndex): Uint8Array {
  const writer = new ByteWriter(4096);
  const streams: Uint8Array[] = [];
  const streamNumber = (stream: Uint8Array): number => {
    const known = streams.findIndex((other) => equalBytes(other, stream));
    return known >= 0 ? known : streams.push(stream) - 1;
  };
  const numbers = index.parts.map((part) => streamNumber(part.stream));
  writer.varint(streams.length);
  for (const stream of streams) writer.raw(stream);
  writer.varint(index.parts.length);
  index.parts.forEach((part, i) => {
    writer
      .varint(numbers[i] as number)
      .varint(part.start)
      .varint(part.lengthBytes);
  });
  const book = new AddressBook();
  for (const blob of index.blobs) book.number(blob.address);
  if (book.addresses.length !== index.blobs.length) {
    throw new RangeError('"blobs" must not hold an address twice');
  }
  book.encode(writer);
  for (const { address, names } of index.blobs) {
    if (address.kind === 'pages') writer.varint(names.length / PAGE_NAME_BYTES);
    writer.raw(names);
  }
  return writer.finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodePackIndex(bytes: Uint8Array, k: number): PackIndex {
  const reader = new ByteReader(bytes, 'pack index');
  const streams: Uint8Array[] = [];
  const streamCount = reader.varint(Math.min(reader.remaining / STREAM_ID_BYTES, PACK_PARTS_MAX));
  for (let i = 0; i < streamCount; i++) streams.push(reader.raw(STREAM_ID_BYTES).slice());
  const parts: StreamPart[] = [];
  const partCount = reader.varint(Math.min(reader.remaining, PACK_PARTS_MAX));
  let contentBytes = 0;
  for (let i = 0; i < partCount; i++) {
    const stream = streams[reader.varint()];
    if (stream === undefined) throw reader.damaged('it names a stream that it does not list');
    const part = { stream, start: reader.varint(), lengthBytes: reader.varint() };
    if (part.lengthBytes === 0 || !Number.isSafeInteger(part.start + part.lengthBytes)) {
      throw reader.damaged('it holds an impossible segment');
    }
    contentBytes += part.lengthBytes;
    parts.push(part);
  }
  if (contentBytes + bytes.length + PACK_INDEX_LENGTH_BYTES > packContentBytes(k)) {
    throw reader.damaged('its segments are longer than the pack');
  }
  const blobs = AddressBook.decode(reader, PACK_BLOBS_MAX).map((address): IndexedBlob => {
    if (address.kind === 'chunk') return { address, names: reader.raw(CHUNK_NAME_BYTES) };
    if (address.kind === 'node') return { address, names: NO_NAMES };
    return { address, names: reader.raw(reader.varint(reader.remaining) * PAGE_NAME_BYTES) };
  });
  reader.end();
  return { parts, blobs };
}

/**
 * Where a pack's index begins in its content.
 *
 * @param lastBytes The content's last 4 bytes.
 * @throws {HoldfastError} `damaged` when the length is impossible.
 */
export function packIndexOffset(lastBytes: Uint8Array, k: number): number {
  const indexBytes = new DataView(lastBytes.buffer, lastBytes.byteOffset, 4).getUint32(0);
  const offset = packContentBytes(k) - PACK_INDEX_LENGTH_BYTES - indexBytes;
  if (indexBytes > PACK_INDEX_MAX_BYTES || offset < 0) {
    throw new HoldfastError('damaged', 'Cannot read a pack index: its length is impossible');
  }
  return offset;
}
