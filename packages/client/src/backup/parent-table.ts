/**
 * A table of the parent, as far as it can be read. Where a node is damaged, nothing counts
 * as known: neither what older layers say of its keys, nor the node itself for the table that follows.
 */
import type { Table } from '@holdfast/core/backup-format';
import type { HoldfastError } from '@holdfast/core/errors';
import { BrokenStretches } from '../snapshots/broken-stretches.ts';
import {
  type CursorEntry,
  compactTable,
  mergeLayers,
  type OnBroken,
  type ReadBlob,
  type Recode,
  TableCursor,
  type WriteNode,
} from '../table/index.ts';

/** Told of all keys from one on to before another, or to the end when that is null. */
export type TellBroken = (key: Uint8Array, error: HoldfastError, before: Uint8Array | null) => void;

export class ParentTable {
  readonly #read: ReadBlob;
  readonly #table: Table;
  readonly #broken: BrokenStretches;
  readonly #cursor: TableCursor;

  /** @param tell Told of each stretch of keys that can't be read, once. */
  constructor(read: ReadBlob, table: Table, tell: TellBroken = () => undefined) {
    this.#read = read;
    this.#table = table;
    this.#broken = new BrokenStretches(tell);
    this.#cursor = new TableCursor(read, table, { onBroken: this.#broken.within() });
  }

  /** Whether all that was read of it so far could be. */
  get isWhole(): boolean {
    return this.#broken.isEmpty;
  }

  /** The entry at hand; undefined when `fill` has to be called first, or at the end. */
  peek(): CursorEntry | undefined {
    for (let entry = this.#cursor.peek(); entry !== undefined; entry = this.#cursor.peek()) {
      if (!this.#broken.covers(entry.key)) return entry;
      this.#cursor.skip();
    }
    return undefined;
  }

  skip(): void {
    this.#cursor.skip();
  }

  /** Reads on. @returns false at the end of the table. */
  async fill(): Promise<boolean> {
    while (this.peek() === undefined) if (!(await this.#cursor.fill())) return false;
    return true;
  }

  /** Reads it to its end, so that `isWhole` is of all of it. */
  async finish(): Promise<void> {
    while (await this.fill()) while (this.peek() !== undefined) this.skip();
  }

  /**
   * The table for the snapshot that follows, without what it changes. A whole one mostly stays as it
   * is; of a damaged one a new one is made of what can be read. To be called after `finish`.
   *
   * @throws {HoldfastError} `damaged` or `object-missing` when more can't be read than before.
   */
  async carryOver(writeNode: WriteNode, recode: Recode): Promise<Table> {
    if (this.isWhole) return await compactTable(this.#read, writeNode, this.#table, recode);
    const known: Recode = (entry) => (this.#broken.covers(entry.key) ? null : recode(entry));
    const options = { tombstones: false, onBroken: this.#assertKnown };
    const layer = await mergeLayers(this.#read, writeNode, this.#table, known, options);
    return layer === null ? [] : [layer];
  }

  #assertKnown: OnBroken = (range, error) => {
    if (!this.#broken.includes(range)) throw error;
  };
}
