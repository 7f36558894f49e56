/**
 * Entries of the catalog, the table of snapshots (spec/backup-format.md §7.3).
 */
import { ByteReader, ByteWriter } from '../bytes/index.ts';
import type { Address, AddressBook } from './address.ts';
import { decodeTable, encodeTable, type Table } from './table.ts';

const TEXT_MAX_BYTES = 1024;
const SOURCES_MAX = 1024;
const SOURCE_MAX_BYTES = 32 * 1024;
const DEVICE_ID_BYTES = 16;

export interface SnapshotEntry {
  /** When the backup began, in milliseconds since 1970. */
  readonly atMs: number;
  /** 16 random bytes that a device draws once. */
  readonly deviceId: Uint8Array;
  readonly deviceName: string;
  /** Absolute paths that were backed up, as bytes. */
  readonly sources: readonly Uint8Array[];
  readonly files: Table;
  /** Files and databases in the snapshot. */
  readonly fileCount: number;
  readonly folderCount: number;
  /** Sum of the lengths of all files. */
  readonly totalBytes: number;
  /** About how much this backup added to the store, in multiples of 256 KiB. */
  readonly bytesAdded: number;
  /** Files that could not be read. Above zero, the snapshot is not the whole source. */
  readonly unreadableCount: number;
}

/** Number of the snapshot, from 1, as u32. */
export function snapshotKey(number: number): Uint8Array {
  return new ByteWriter(4).u32(number).finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeSnapshotKey(key: Uint8Array): number {
  const reader = new ByteReader(key, 'snapshot');
  const number = reader.u32();
  reader.end();
  if (number === 0) throw reader.damaged('its number is impossible');
  return number;
}

/**
 *     varint  time in milliseconds since 1970
 *     16      device id
 *     text    device name (length as varint, then UTF-8)
 *     varint  sources, each: length as varint, then the bytes
 *     table   files
 *     varint  files, folders, total bytes, bytes added, unreadable files
 */
export function encodeSnapshotEntry(book: AddressBook, entry: SnapshotEntry): Uint8Array {
  const writer = new ByteWriter().varint(entry.atMs).raw(entry.deviceId).text(entry.deviceName);
  writer.varint(entry.sources.length);
  for (const source of entry.sources) writer.bytes(source);
  encodeTable(writer, book, entry.files);
  writer.varint(entry.fileCount).varint(entry.folderCount).varint(entry.totalBytes);
  return writer.varint(entry.bytesAdded).varint(entry.unreadableCount).finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeSnapshotEntry(
  addresses: readonly Address[],
  value: Uint8Array,
): SnapshotEntry {
  const reader = new ByteReader(value, 'snapshot');
  const atMs = reader.varint();
  const deviceId = reader.raw(DEVICE_ID_BYTES).slice();
  const deviceName = reader.text(TEXT_MAX_BYTES);
  const sources: Uint8Array[] = [];
  const count = reader.varint(SOURCES_MAX);
  for (let i = 0; i < count; i++) sources.push(reader.bytes(SOURCE_MAX_BYTES).slice());
  const files = decodeTable(reader, addresses);
  const entry: SnapshotEntry = {
    atMs,
    deviceId,
    deviceName,
    sources,
    files,
    fileCount: reader.varint(),
    folderCount: reader.varint(),
    totalBytes: reader.varint(),
    bytesAdded: reader.varint(),
    unreadableCount: reader.varint(),
  };
  reader.end();
  return entry;
}
