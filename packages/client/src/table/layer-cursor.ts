/**
 * Reads one layer of a table in order of key, a leaf at a time.
 */
import {
  type Address,
  childAddress,
  decodeTableNode,
  type TableEntry,
  type TableLayer,
  type TableNode,
} from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';

/** Fetches and opens a blob. */
export type ReadBlob = (address: Address) => Promise<Uint8Array>;

/** An entry with what its value's numbers stand for. */
export interface CursorEntry extends TableEntry {
  readonly addresses: readonly Address[];
}

interface Position {
  readonly node: TableNode;
  next: number;
}

export class LayerCursor {
  readonly #readBlob: ReadBlob;
  readonly #layer: TableLayer;
  readonly #from: Uint8Array | null;
  #path: Position[] | null = null;

  /** @param from First key of interest; null for all. */
  constructor(readBlob: ReadBlob, layer: TableLayer, from: Uint8Array | null) {
    this.#readBlob = readBlob;
    this.#layer = layer;
    this.#from = from;
  }

  /** The entry at hand, or undefined: then `fill` finds out whether there are more. */
  peek(): CursorEntry | undefined {
    const leaf = this.#path?.at(-1);
    const entry = leaf?.node.entries[leaf.next];
    if (leaf === undefined || entry === undefined || leaf.node.height > 0) return undefined;
    return { key: entry.key, value: entry.value, addresses: leaf.node.addresses };
  }

  /** Goes past the entry at hand. */
  skip(): void {
    const leaf = this.#path?.at(-1);
    if (leaf !== undefined) leaf.next++;
  }

  /** Reads on until an entry is at hand. @returns false at the end. */
  async fill(): Promise<boolean> {
    if (this.#path === null) {
      this.#path = [];
      await this.#open(this.#layer.root, this.#layer.height, this.#from);
    }
    while (this.#path.length > 0) {
      const position = this.#path.at(-1) as Position;
      const entry = position.node.entries[position.next];
      if (entry === undefined) this.#path.pop();
      else if (position.node.height === 0) return true;
      else {
        position.next++;
        await this.#descendInto(position.node, entry, null);
      }
    }
    return false;
  }

  /**
   * Opens a branch's child. It begins with the key that the branch gives it, and so comes after all
   * before it: no chain of nodes, however made, leads round in a circle.
   */
  async #descendInto(branch: TableNode, entry: TableEntry, from: Uint8Array | null): Promise<void> {
    const child = await this.#open(childAddress(branch, entry), branch.height - 1, from);
    const [first] = child.entries;
    if (first === undefined || compareBytes(first.key, entry.key) !== 0) {
      throw new HoldfastError('damaged', 'Cannot read a table: a node stands at a wrong place');
    }
  }

  /** Opens nodes down to the leaf that could hold `from`. */
  async #open(address: Address, height: number, from: Uint8Array | null): Promise<TableNode> {
    const node = decodeTableNode(await this.#readBlob(address));
    if (node.height !== height) {
      throw new HoldfastError('damaged', 'Cannot read a table: a node stands at a wrong height');
    }
    const position = { node, next: from === null ? 0 : firstOf(node, from) };
    (this.#path as Position[]).push(position);
    if (height === 0) return node;
    await this.#descendInto(node, node.entries[position.next++] as TableEntry, from);
    return node;
  }
}

/** In a leaf the first entry at or after `key`; in a branch the child that would hold it. */
function firstOf(node: TableNode, key: Uint8Array): number {
  let low = 0;
  let high = node.entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes((node.entries[middle] as TableEntry).key, key) < 0) low = middle + 1;
    else high = middle;
  }
  if (node.height === 0) return low;
  const exact = node.entries[low];
  return exact !== undefined && compareBytes(exact.key, key) === 0 ? low : Math.max(low - 1, 0);
}
