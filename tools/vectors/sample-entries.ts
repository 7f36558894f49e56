// What the vectors of entries are made of.

import { type Address, AddressBook, type Chunk, type Table } from '@holdfast/core/backup-format';
import { ADDRESSES } from './address-vectors.ts';
import { drawn } from './counting-crypto.ts';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const [CHUNK, ZIPPED_CHUNK, GROUP, NODE] = ADDRESSES as [Address, Address, Address, Address];
export const TABLE: Table = [
  { root: NODE, height: 2, entries: 100_000, storedBytes: 3_000_000 },
  { root: { ...NODE, offset: 0 }, height: 0, entries: 1, storedBytes: 60 },
];
/** Encodes with a book of its own; the case then lists the book's addresses. */
export function withBook<Value>(
  kind: string,
  name: string,
  value: Value,
  encodeValue: (book: AddressBook, value: Value) => Uint8Array,
): { readonly kind: string; readonly addresses: readonly Address[]; readonly hex: Uint8Array } {
  const book = new AddressBook();
  const hex = encodeValue(book, value);
  return { kind, addresses: book.addresses, hex, ...{ name, value } };
}

export function chunk(fileOffset: number, address: Address): Chunk {
  return { fileOffset, name: drawn(`name of the chunk at ${fileOffset}`), address };
}
