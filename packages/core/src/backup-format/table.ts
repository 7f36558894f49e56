/**
 * Tables: sorted maps from keys to values that change little from day to day
 * (spec/backup-format.md §6).
 *
 * A table is a stack of layers, each a tree of nodes; a key's newest layer wins. A day's changes
 * are one more layer, and small layers are merged, so that a change costs about its own size.
 */
import type { ByteReader, ByteWriter } from '../bytes/index.ts';
import { type Address, type AddressBook, readAddress } from './address.ts';
import { TABLE_MAX_HEIGHT, TABLE_MAX_LAYERS } from './limits.ts';

/** One immutable tree of a table. */
export interface TableLayer {
  readonly root: Address;
  /** Height of the root: 0 when it is a leaf. */
  readonly height: number;
  /** Number of leaf entries, tombstones included. */
  readonly entries: number;
  /** Stored bytes of all its nodes; decides about merging. */
  readonly storedBytes: number;
}

/** Oldest layer first. An empty table has none. */
export type Table = readonly TableLayer[];

/**
 *     varint  layers, oldest first, each:
 *       varint  number of the root's address
 *       varint  height
 *       varint  entries
 *       varint  stored bytes of all nodes
 */
export function encodeTable(writer: ByteWriter, book: AddressBook, table: Table): void {
  writer.varint(table.length);
  for (const layer of table) {
    writer.varint(book.number(layer.root)).varint(layer.height);
    writer.varint(layer.entries).varint(layer.storedBytes);
  }
}

/** @throws {HoldfastError} `damaged`. */
export function decodeTable(reader: ByteReader, addresses: readonly Address[]): Table {
  const layers: TableLayer[] = [];
  const count = reader.varint(TABLE_MAX_LAYERS);
  for (let i = 0; i < count; i++) {
    const root = readAddress(reader, addresses);
    if (root.kind !== 'node') throw reader.damaged('a layer does not begin with a node');
    const height = reader.varint(TABLE_MAX_HEIGHT - 1);
    layers.push({ root, height, entries: reader.varint(), storedBytes: reader.varint() });
  }
  return layers;
}
