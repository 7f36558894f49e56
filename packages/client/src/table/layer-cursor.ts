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
import type { HoldfastError } from '@holdfast/core/errors';
import { isDamage } from '../damage.ts';
import { assertFits, type KeyRange } from './assert-fits.ts';

/** Fetches and opens a blob. */
export type ReadBlob = (address: Address) => Promise<Uint8Array>;

/** An entry with what its value's numbers stand for. */
export interface CursorEntry extends TableEntry {
  readonly addresses: readonly Address[];
}

/** Told of keys that nothing is known of, because a node could not be read. */
export type OnBroken = (range: KeyRange, error: HoldfastError) => void;

interface Position {
  readonly node: TableNode;
  next: number;
}

export class LayerCursor {
  readonly #readBlob: ReadBlob;
  readonly #layer: TableLayer;
  readonly #from: Uint8Array | null;
  readonly #onBroken: OnBroken | null;
  #path: Position[] | null = null;
  #entry: CursorEntry | undefined;

  /**
   * @param from First key of interest; null for all.
   * @param onBroken Has the cursor go on past nodes that can't be read; null: they end it.
   */
  constructor(
    readBlob: ReadBlob,
    layer: TableLayer,
    from: Uint8Array | null,
    onBroken: OnBroken | null,
  ) {
    this.#readBlob = readBlob;
    this.#layer = layer;
    this.#from = from;
    this.#onBroken = onBroken;
  }

  /** The entry at hand, or undefined: then `fill` finds out whether there are more. */
  peek(): CursorEntry | undefined {
    if (this.#entry !== undefined) return this.#entry;
    const leaf = this.#path?.at(-1);
    const entry = leaf?.node.entries[leaf.next];
    if (leaf === undefined || entry === undefined || leaf.node.height > 0) return undefined;
    this.#entry = { key: entry.key, value: entry.value, addresses: leaf.node.addresses };
    return this.#entry;
  }

  /** Goes past the entry at hand. */
  skip(): void {
    this.#entry = undefined;
    const position = this.#path?.at(-1);
    if (position !== undefined) position.next++;
  }

  /** Reads on until an entry is at hand. @returns false at the end. */
  async fill(): Promise<boolean> {
    if (this.#path === null) {
      this.#path = [];
      const { root, height } = this.#layer;
      await this.#enter(() => root, height, null);
    }
    while (this.#path.length > 0) {
      const { node, next } = this.#path.at(-1) as Position;
      const entry = node.entries[next];
      if (entry === undefined) this.#path.pop();
      else if (node.height === 0) return true;
      else {
        this.skip();
        await this.#enter(() => childAddress(node, entry), node.height - 1, entry.key);
      }
    }
    return false;
  }

  /**
   * Opens a node. A branch's child begins with the key that the branch gives it, and ends before the
   * next: however the nodes were made, no chain of them leads round in a circle, and none is read
   * twice.
   */
  async #enter(address: () => Address, height: number, first: Uint8Array | null): Promise<void> {
    try {
      const node = decodeTableNode(await this.#readBlob(address()));
      assertFits(node, height, { from: first, to: this.#nextKey() });
      const next = this.#from === null ? 0 : firstOf(node, this.#from);
      this.#path?.push({ node, next });
    } catch (error) {
      if (this.#onBroken === null || !isDamage(error)) throw error;
      this.#onBroken({ from: first, to: this.#nextKey() }, error);
    }
  }

  /** The first key of what follows the node that was to be opened. */
  #nextKey(): Uint8Array | null {
    for (const { node, next } of this.#path?.toReversed() ?? []) {
      const entry = node.entries[next];
      if (entry !== undefined) return entry.key;
    }
    return null;
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
