/**
 * Entries of the file table (spec/backup-format.md §7.1): everything a restore has to know of one
 * path, and what the next backup needs to see that nothing has changed.
 *
 * The key of an entry is its path (path-key.ts).
 */
import { ByteReader, ByteWriter, toHex } from '../bytes/index.ts';
import { type Address, type AddressBook, readAddress } from './address.ts';
import {
  CHUNK_MAX_BYTES,
  CHUNK_NAME_BYTES,
  KEY_MAX_BYTES,
  XATTR_NAME_MAX_BYTES,
  XATTR_VALUE_MAX_BYTES,
  XATTRS_MAX,
} from './limits.ts';
import { decodeTable, encodeTable, type Table } from './table.ts';

/** A file with more chunks than this has them in a table of their own. */
export const INLINE_CHUNKS_MAX = 32;

const STAMP_MAX_BYTES = 64;
const MODE_MAX = 0o7777;
const ID_MAX = 0xffffffff;

export interface Xattr {
  /** 1 to 255 bytes, none of them zero; no two of a file are the same. */
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** A piece of a plain file. What no chunk covers reads as zeros. */
export interface Chunk {
  /** Where the piece begins in the file. */
  readonly fileOffset: number;
  /** HMAC-SHA256 under the chunk-name key; 32 bytes. */
  readonly name: Uint8Array;
  readonly address: Address;
}

/** Where the chunks of a plain file are listed. */
export type ChunkList =
  | { readonly kind: 'inline'; readonly chunks: readonly Chunk[] }
  | { readonly kind: 'table'; readonly table: Table };

interface CommonFields {
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  /** Change time and inode of the device that made the backup: if all agree, a file is not read again. */
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  readonly xattrs: readonly Xattr[];
}

export type FileEntry = CommonFields &
  (
    | { readonly kind: 'folder' }
    | { readonly kind: 'file'; readonly bytes: number; readonly chunks: ChunkList }
    | { readonly kind: 'link'; readonly target: Uint8Array }
    | {
        readonly kind: 'database';
        readonly bytes: number;
        /** Length of a page: a power of two, 512 to 65,536. */
        readonly pageBytes: number;
        readonly pages: Table;
        /** What the write-ahead log looked like; opaque to readers. */
        readonly walStamp: Uint8Array;
      }
  );

const KINDS = ['folder', 'file', 'link', 'database'] as const;

/**
 *     u8      kind: 0 folder, 1 file, 2 link, 3 database
 *     varint  mode, uid, gid
 *     i64     mtime, then ctime, in nanoseconds since 1970
 *     u64     inode
 *     varint  extended attributes, each: name, value (length as varint, then the bytes)
 *     file:     varint bytes; varint chunks + 1, or 0 for a table; then the chunks, or that table
 *       chunk:  varint gap since the end of the chunk before; 32 bytes name; varint address number
 *     link:     target (length as varint, then the bytes)
 *     database: varint bytes; u8 log2 of the page length; table of pages; stamp (length, bytes)
 */
export function encodeFileEntry(book: AddressBook, entry: FileEntry): Uint8Array {
  const writer = new ByteWriter().u8(KINDS.indexOf(entry.kind));
  writer.varint(entry.mode).varint(entry.uid).varint(entry.gid);
  writer.i64(entry.mtimeNs).i64(entry.ctimeNs).u64(entry.inode);
  writer.varint(entry.xattrs.length);
  for (const xattr of entry.xattrs) writer.bytes(xattr.name).bytes(xattr.value);
  switch (entry.kind) {
    case 'folder':
      break;
    case 'file':
      writer.varint(entry.bytes);
      if (entry.chunks.kind === 'table') {
        encodeTable(writer.varint(0), book, entry.chunks.table);
      } else {
        encodeChunks(writer, book, entry.chunks.chunks);
      }
      break;
    case 'link':
      writer.bytes(entry.target);
      break;
    case 'database':
      writer.varint(entry.bytes).u8(Math.log2(entry.pageBytes));
      encodeTable(writer, book, entry.pages);
      writer.bytes(entry.walStamp);
      break;
  }
  return writer.finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeFileEntry(addresses: readonly Address[], value: Uint8Array): FileEntry {
  const reader = new ByteReader(value, 'file entry');
  const kind = KINDS[reader.u8()];
  const common: CommonFields = {
    mode: reader.varint(MODE_MAX),
    uid: reader.varint(ID_MAX),
    gid: reader.varint(ID_MAX),
    mtimeNs: reader.i64(),
    ctimeNs: reader.i64(),
    inode: reader.u64(),
    xattrs: decodeXattrs(reader),
  };
  const entry = decodeContent(reader, addresses, kind, common);
  reader.end();
  return entry;
}

function decodeContent(
  reader: ByteReader,
  addresses: readonly Address[],
  kind: (typeof KINDS)[number] | undefined,
  common: CommonFields,
): FileEntry {
  switch (kind) {
    case 'folder':
      return { ...common, kind };
    case 'file': {
      const bytes = reader.varint();
      return { ...common, kind, bytes, chunks: decodeChunks(reader, addresses, bytes) };
    }
    case 'link': {
      const target = reader.bytes(KEY_MAX_BYTES);
      if (target.length === 0 || target.includes(0)) throw reader.damaged('its target is no path');
      return { ...common, kind, target };
    }
    case 'database': {
      const bytes = reader.varint();
      const exponent = reader.u8();
      const pageBytes = 2 ** exponent;
      if (exponent < 9 || exponent > 16 || bytes % pageBytes !== 0) {
        throw reader.damaged('its page length is impossible');
      }
      const pages = decodeTable(reader, addresses);
      return { ...common, kind, bytes, pageBytes, pages, walStamp: reader.bytes(STAMP_MAX_BYTES) };
    }
    default:
      throw reader.damaged('its kind is unknown');
  }
}

function decodeXattrs(reader: ByteReader): readonly Xattr[] {
  const xattrs: Xattr[] = [];
  const count = reader.varint(XATTRS_MAX);
  for (let i = 0; i < count; i++) {
    const name = reader.bytes(XATTR_NAME_MAX_BYTES);
    if (name.length === 0 || name.includes(0)) {
      throw reader.damaged('the name of an attribute is impossible');
    }
    xattrs.push({ name, value: reader.bytes(XATTR_VALUE_MAX_BYTES) });
  }
  if (count > 1 && new Set(xattrs.map(({ name }) => toHex(name))).size < count) {
    throw reader.damaged('two of its attributes have one name');
  }
  return xattrs;
}

function encodeChunks(writer: ByteWriter, book: AddressBook, chunks: readonly Chunk[]): void {
  writer.varint(chunks.length + 1);
  let end = 0;
  for (const chunk of chunks) {
    writer
      .varint(chunk.fileOffset - end)
      .raw(chunk.name)
      .varint(book.number(chunk.address));
    end = chunk.fileOffset + chunk.address.plainBytes;
  }
}

function decodeChunks(
  reader: ByteReader,
  addresses: readonly Address[],
  fileBytes: number,
): ChunkList {
  const count = reader.varint(INLINE_CHUNKS_MAX + 1) - 1;
  if (count < 0) return { kind: 'table', table: decodeTable(reader, addresses) };
  const chunks: Chunk[] = [];
  let end = 0;
  for (let i = 0; i < count; i++) {
    const fileOffset = end + reader.varint();
    const name = reader.raw(CHUNK_NAME_BYTES);
    const address = readAddress(reader, addresses);
    end = fileOffset + address.plainBytes;
    if (address.kind !== 'chunk' || end > fileBytes)
      throw reader.damaged('a chunk does not fit it');
    chunks.push({ fileOffset, name, address });
  }
  return { kind: 'inline', chunks };
}

/** Key of a chunk in a file's own chunk table: its offset as u64. */
export function chunkKey(fileOffset: number): Uint8Array {
  return new ByteWriter(8).u64(BigInt(fileOffset)).finish();
}

/** Value of a chunk in a file's own chunk table: `32 bytes name; varint address number`. */
export function encodeChunkValue(book: AddressBook, chunk: Chunk): Uint8Array {
  return new ByteWriter(48).raw(chunk.name).varint(book.number(chunk.address)).finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeChunkEntry(
  addresses: readonly Address[],
  key: Uint8Array,
  value: Uint8Array,
): Chunk {
  const keyReader = new ByteReader(key, 'chunk entry');
  const fileOffset = Number(keyReader.u64());
  keyReader.end();
  const reader = new ByteReader(value, 'chunk entry');
  const name = reader.raw(CHUNK_NAME_BYTES);
  const address = readAddress(reader, addresses);
  reader.end();
  const fits = Number.isSafeInteger(fileOffset) && address.plainBytes <= CHUNK_MAX_BYTES;
  if (address.kind !== 'chunk' || !fits) throw reader.damaged('it does not name a chunk');
  return { fileOffset, name, address };
}
