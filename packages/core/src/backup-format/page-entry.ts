/**
 * Entries of a database's page table (spec/backup-format.md §7.2).
 *
 * New pages are compressed in groups of up to 256 KiB; an entry names the group and the page's
 * place in it. A page's name is the first half of its HMAC-SHA256: under a secret key 128 bits are
 * ample, and names are the larger part of the table.
 */
import { ByteReader, ByteWriter, VARINT_MAX_BYTES } from '../bytes/index.ts';
import { type Address, type AddressBook, readAddress } from './address.ts';
import { PAGE_NAME_BYTES } from './limits.ts';

export interface PagePlace {
  /** The group of pages that holds this one. */
  readonly group: Address;
  /** Position in the group, counted in pages. */
  readonly slot: number;
}

export interface PageEntry extends PagePlace {
  /** 16 bytes. */
  readonly name: Uint8Array;
}

/** Page number from 0 as u32. */
export function pageKey(page: number): Uint8Array {
  const key = new Uint8Array(4);
  for (let i = 0; i < 4; i++) key[i] = page >>> (24 - 8 * i);
  return key;
}

/** @throws {HoldfastError} `damaged`. */
export function decodePageKey(key: Uint8Array): number {
  const reader = new ByteReader(key, 'page entry');
  const page = reader.u32();
  reader.end();
  return page;
}

/** `16 bytes name; varint address number of the group; varint slot` */
export function encodePageEntry(book: AddressBook, entry: PageEntry): Uint8Array {
  const writer = new ByteWriter(PAGE_NAME_BYTES + 2 * VARINT_MAX_BYTES).raw(entry.name);
  return writer.varint(book.number(entry.group)).varint(entry.slot).finish();
}

/** @param pageBytes Length of a page. @throws {HoldfastError} `damaged`. */
export function decodePageEntry(
  addresses: readonly Address[],
  value: Uint8Array,
  pageBytes: number,
): PageEntry {
  const name = value.subarray(0, PAGE_NAME_BYTES);
  return { name, ...decodePagePlace(addresses, value, pageBytes) };
}

/** The same without the name, for where pages are many and names don't count. */
export function decodePagePlace(
  addresses: readonly Address[],
  value: Uint8Array,
  pageBytes: number,
): PagePlace {
  const reader = new ByteReader(value, 'page entry');
  reader.skip(PAGE_NAME_BYTES);
  const group = readAddress(reader, addresses);
  const slot = reader.varint();
  reader.end();
  if (group.kind !== 'pages' || (slot + 1) * pageBytes > group.plainBytes) {
    throw reader.damaged('it does not name a page');
  }
  return { group, slot };
}
