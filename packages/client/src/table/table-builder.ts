/**
 * Writes one layer of a table, entry by entry in order of key (spec/backup-format.md §6).
 *
 * Holds one unfinished node per level, whatever the number of entries.
 */
import {
  type Address,
  type AddressBook,
  NODE_TARGET_BYTES,
  type TableLayer,
  TableNodeWriter,
} from '@holdfast/core/backup-format';
import { ByteWriter } from '@holdfast/core/bytes';

/** Stores the plaintext of a node and tells where. */
export type WriteNode = (plain: Uint8Array) => Promise<Address>;

export class TableBuilder {
  readonly #writeNode: WriteNode;
  readonly #levels: TableNodeWriter[] = [];
  #entries = 0;
  #storedBytes = 0;

  constructor(writeNode: WriteNode) {
    this.#writeNode = writeNode;
  }

  get entries(): number {
    return this.#entries;
  }

  /**
   * @param key Greater than every key before.
   * @param encode Makes the value; refers to blobs by the numbers that the book gives them.
   * @returns A promise only when a node was full and had to be written.
   */
  add(key: Uint8Array, encode: (book: AddressBook) => Uint8Array): Promise<void> | undefined {
    const leaf = this.#level(0);
    leaf.add(key, encode(leaf.book));
    this.#entries++;
    return leaf.roughBytes >= NODE_TARGET_BYTES ? this.#close(0) : undefined;
  }

  /** @returns null when no entry was added. */
  async finish(): Promise<TableLayer | null> {
    if (this.#entries === 0) return null;
    for (let height = 0; ; height++) {
      const level = this.#level(height);
      const isTop = height === this.#levels.length - 1;
      if (isTop && (height === 0 || level.count > 1)) {
        const root = await this.#write(level);
        return { root, height, entries: this.#entries, storedBytes: this.#storedBytes };
      }
      if (isTop) return await this.#onlyChild(level, height);
      if (level.count > 0) await this.#close(height);
    }
  }

  /** A branch over a single node is left out: that node is the root. */
  async #onlyChild(level: TableNodeWriter, height: number): Promise<TableLayer> {
    const root = level.book.addresses[0] as Address;
    return { root, height: height - 1, entries: this.#entries, storedBytes: this.#storedBytes };
  }

  async #close(height: number): Promise<void> {
    const node = this.#level(height);
    this.#levels[height] = new TableNodeWriter(height);
    const address = await this.#write(node);
    const parent = this.#level(height + 1);
    const number = parent.book.number(address);
    parent.add(node.firstKey as Uint8Array, new ByteWriter(16).varint(number).finish());
    if (parent.roughBytes >= NODE_TARGET_BYTES) await this.#close(height + 1);
  }

  async #write(node: TableNodeWriter): Promise<Address> {
    const address = await this.#writeNode(node.finish());
    this.#storedBytes += address.storedBytes;
    return address;
  }

  #level(height: number): TableNodeWriter {
    this.#levels[height] ??= new TableNodeWriter(height);
    return this.#levels[height];
  }
}
