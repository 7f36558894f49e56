// A stream of blobs, none compressed, for vectors of structures that name others.

import {
  type Address,
  type AddressBook,
  type BlobKind,
  type TableLayer,
  TableNodeWriter,
} from '@holdfast/core/backup-format';
import { ByteWriter, concatBytes } from '@holdfast/core/bytes';
import { drawn } from './counting-crypto.ts';

const ID = drawn('stream of a vector', 16);

/** What every entry of a table of files has. */
export const PLAIN_FIELDS = {
  mode: 0o600,
  uid: 0,
  gid: 0,
  mtimeNs: 0n,
  ctimeNs: 0n,
  inode: 0n,
  xattrs: [],
};

export interface Row {
  readonly key: Uint8Array;
  readonly encode: (book: AddressBook) => Uint8Array;
}

export class BlobStream {
  #bytes: Uint8Array = new Uint8Array(0);

  /** All blobs, one after another. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  append(kind: BlobKind, plain: Uint8Array): Address {
    const lengths = { storedBytes: plain.length, plainBytes: plain.length, compressed: false };
    const address: Address = { kind, stream: ID, offset: this.#bytes.length, ...lengths };
    this.#bytes = concatBytes(this.#bytes, plain);
    return address;
  }

  leaf(rows: readonly Row[]): Address {
    return this.append('node', encodeNode(0, rows));
  }

  /** @param children By the key that the branch gives each. */
  branch(height: number, children: readonly (readonly [string, Address])[]): Address {
    const rows = children.map(([key, address]) => ({
      key: new TextEncoder().encode(key),
      encode: (book: AddressBook) => new ByteWriter().varint(book.number(address)).finish(),
    }));
    return this.append('node', encodeNode(height, rows));
  }
}

export function layer(root: Address, height: number, entries = 1): TableLayer {
  return { root, height, entries, storedBytes: root.storedBytes };
}

export function encodeNode(height: number, rows: readonly Row[]): Uint8Array {
  const writer = new TableNodeWriter(height);
  for (const { key, encode } of rows) writer.add(key, encode(writer.book));
  return writer.finish();
}
