/**
 * Nodes of tables (spec/backup-format.md §6): sorted keys with values, in leaves, and branches
 * above them that name the first key of each child.
 *
 *     u8      height, 0 for a leaf
 *     …       address book (address.ts)
 *     varint  entries, at least 1, each:
 *       varint  bytes that the key shares with the key before
 *       varint  length of the rest of the key, and the rest
 *       varint  length of the value, and the value
 *
 * Keys rise strictly. A branch's value is one varint, the number of the child's address. Every
 * blob that a node refers to is in its address book, so that what a backup uses can be found
 * without understanding any value.
 */
import { ByteReader, ByteWriter, compareBytes } from '../bytes/index.ts';
import { type Address, AddressBook } from './address.ts';
import {
  KEY_MAX_BYTES,
  NODE_KEYS_MAX_BYTES,
  NODE_MAX_BYTES,
  TABLE_MAX_HEIGHT,
  VALUE_MAX_BYTES,
} from './limits.ts';

const KEY_MEMORY_BYTES = 4096;

export interface TableEntry {
  readonly key: Uint8Array;
  /** Encoded by the table's own codec; refers to addresses by number. */
  readonly value: Uint8Array;
}

export interface TableNode {
  readonly height: number;
  readonly addresses: readonly Address[];
  readonly entries: readonly TableEntry[];
}

/** Gathers the entries of one node. */
export class TableNodeWriter {
  readonly height: number;
  readonly book = new AddressBook();
  readonly #entries = new ByteWriter(64 * 1024);
  #count = 0;
  #keyBytes = 0;
  #firstKey: Uint8Array | null = null;
  #lastKey = new Uint8Array(0);

  constructor(height: number) {
    this.height = height;
  }

  get count(): number {
    return this.#count;
  }

  get firstKey(): Uint8Array | null {
    return this.#firstKey;
  }

  /** About how long the node is by now. */
  get roughBytes(): number {
    const written = this.#entries.lengthBytes + this.book.addresses.length * 8;
    // Long keys that share their beginnings take memory when they are read.
    return Math.max(written, this.#keyBytes / 64);
  }

  /** @throws {RangeError} when keys do not rise or a limit of the format is passed. */
  add(key: Uint8Array, value: Uint8Array): void {
    if (this.#firstKey !== null && compareBytes(this.#lastKey, key) >= 0) {
      throw new RangeError('"key" must be greater than the key before');
    }
    if (key.length > KEY_MAX_BYTES || value.length > VALUE_MAX_BYTES) {
      throw new RangeError('"key" or "value" is longer than the format allows');
    }
    let shared = 0;
    while (shared < this.#lastKey.length && this.#lastKey[shared] === key[shared]) shared++;
    this.#keyBytes += key.length;
    this.#entries.varint(shared).rest(key, shared).bytes(value);
    this.#lastKey = new Uint8Array(key);
    this.#firstKey ??= this.#lastKey;
    this.#count++;
  }

  /** @throws {RangeError} when the node is longer than the format allows. */
  finish(): Uint8Array {
    const writer = new ByteWriter(this.#entries.lengthBytes + 1024).u8(this.height);
    this.book.encode(writer);
    const node = writer.varint(this.#count).raw(this.#entries.finish()).finish();
    if (node.length > NODE_MAX_BYTES) {
      throw new RangeError(`A node must be at most ${NODE_MAX_BYTES} bytes: got ${node.length}`);
    }
    return node;
  }
}

/** @throws {HoldfastError} `damaged`. */
export function decodeTableNode(bytes: Uint8Array): TableNode {
  const reader = new ByteReader(bytes, 'table node');
  const height = reader.u8();
  if (height >= TABLE_MAX_HEIGHT) throw reader.damaged('it is too high');
  const addresses = AddressBook.decode(reader);
  const count = reader.varint(reader.remaining);
  if (count === 0) throw reader.damaged('it is empty');
  const entries: TableEntry[] = [];
  const keys = new KeyMemory();
  let last = new Uint8Array(0);
  let keyBytes = 0;
  for (let i = 0; i < count; i++) {
    const shared = reader.varint(last.length);
    const lengthBytes = shared + reader.varint(KEY_MAX_BYTES - shared);
    keyBytes += lengthBytes;
    if (keyBytes > NODE_KEYS_MAX_BYTES) throw reader.damaged('its keys are too long');
    const key = keys.take(lengthBytes);
    for (let at = 0; at < shared; at++) key[at] = last[at] as number;
    reader.copy(key, shared);
    if (i > 0 && compareBytes(last, key) >= 0) throw reader.damaged('its keys do not rise');
    entries.push({ key, value: reader.bytes(VALUE_MAX_BYTES) });
    last = key;
  }
  reader.end();
  return { height, addresses, entries };
}

/** Cuts many short keys from few pieces of memory. */
class KeyMemory {
  #piece = new Uint8Array(0);
  #at = 0;

  take(lengthBytes: number): Uint8Array<ArrayBuffer> {
    if (this.#at + lengthBytes > this.#piece.length) {
      this.#piece = new Uint8Array(Math.max(KEY_MEMORY_BYTES, lengthBytes));
      this.#at = 0;
    }
    this.#at += lengthBytes;
    return this.#piece.subarray(this.#at - lengthBytes, this.#at);
  }
}

/** The child that a branch entry names. @throws {HoldfastError} `damaged`. */
export function childAddress(node: TableNode, entry: TableEntry): Address {
  const reader = new ByteReader(entry.value, 'table branch');
  const address = node.addresses[reader.varint()];
  reader.end();
  if (address === undefined || address.kind !== 'node') {
    throw reader.damaged('its child is not a node');
  }
  return address;
}
