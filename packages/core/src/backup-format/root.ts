/**
 * The root of a backup's state (spec/backup-format.md §7.5): the blob that a head points to.
 *
 *     …       address book
 *     table   index: stream segments
 *     table   catalog: snapshots
 *     varint  number of the next snapshot
 */
import { ByteReader, ByteWriter } from '../bytes/index.ts';
import { AddressBook } from './address.ts';
import { decodeTable, encodeTable, type Table } from './table.ts';

export interface Root {
  readonly index: Table;
  readonly catalog: Table;
  /** Numbers are never used twice, also after `forget`. */
  readonly nextSnapshotNumber: number;
}

export function encodeRoot(root: Root): Uint8Array {
  const book = new AddressBook();
  const tables = new ByteWriter();
  encodeTable(tables, book, root.index);
  encodeTable(tables, book, root.catalog);
  const writer = new ByteWriter();
  book.encode(writer);
  return writer.raw(tables.finish()).varint(root.nextSnapshotNumber).finish();
}

/** @throws {HoldfastError} `damaged`. */
export function decodeRoot(bytes: Uint8Array): Root {
  const reader = new ByteReader(bytes, 'root');
  const addresses = AddressBook.decode(reader);
  const index = decodeTable(reader, addresses);
  const catalog = decodeTable(reader, addresses);
  const nextSnapshotNumber = reader.varint(0xffffffff);
  reader.end();
  return { index, catalog, nextSnapshotNumber };
}
