/**
 * Reads a table in order of key: all layers merged, the newest entry of a key winning.
 */
import type { Table } from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import { type CursorEntry, LayerCursor, type OnBroken, type ReadBlob } from './layer-cursor.ts';

export interface TableCursorOptions {
  /** First key of interest. */
  readonly from?: Uint8Array;
  /** Also yields entries with an empty value, which say that a key is gone. */
  readonly tombstones?: boolean;
  /**
   * Has the cursor go on past nodes that can't be read. Within the range that is told, what older
   * layers say of a key is yielded though a newer may have said otherwise.
   */
  readonly onBroken?: OnBroken | undefined;
}

/**
 *     for (let entry = await cursor.next(); entry !== null; entry = await cursor.next()) …
 *
 * or, without a promise per entry, `peek` and `skip` until `peek` gives undefined, then `fill`.
 */
export class TableCursor {
  /** Newest first. */
  readonly #layers: LayerCursor[];
  readonly #tombstones: boolean;
  #ended: boolean[];
  #best: CursorEntry | undefined;

  constructor(readBlob: ReadBlob, table: Table, options: TableCursorOptions = {}) {
    const { from = null, onBroken = null } = options;
    this.#layers = table.map((layer) => new LayerCursor(readBlob, layer, from, onBroken)).reverse();
    this.#tombstones = options.tombstones ?? false;
    this.#ended = this.#layers.map(() => false);
  }

  /** The entry at hand; undefined when `fill` has to be called first, or at the end. */
  peek(): CursorEntry | undefined {
    while (this.#best === undefined) {
      let best: CursorEntry | undefined;
      for (let i = 0; i < this.#layers.length; i++) {
        if (this.#ended[i]) continue;
        const entry = this.#layers[i]?.peek();
        if (entry === undefined) return undefined;
        if (best === undefined || compareBytes(entry.key, best.key) < 0) best = entry;
      }
      if (best === undefined) return undefined;
      this.#best = best;
      if (best.value.length === 0 && !this.#tombstones) this.skip();
    }
    return this.#best;
  }

  /** Goes past the entry at hand, and past the same key in older layers. */
  skip(): void {
    const key = this.#best?.key;
    if (key === undefined) return;
    for (let i = 0; i < this.#layers.length; i++) {
      if (this.#ended[i]) continue;
      const layer = this.#layers[i];
      const entry = layer?.peek();
      if (entry !== undefined && compareBytes(entry.key, key) === 0) layer?.skip();
    }
    this.#best = undefined;
  }

  /** Reads on. @returns false at the end of the table. */
  async fill(): Promise<boolean> {
    for (;;) {
      if (this.peek() !== undefined) return true;
      let more = false;
      for (const [i, layer] of this.#layers.entries()) {
        if (this.#ended[i]) continue;
        if (layer.peek() === undefined) this.#ended[i] = !(await layer.fill());
        more ||= !this.#ended[i];
      }
      if (!more) return false;
    }
  }

  /** The next entry, or null at the end. */
  async next(): Promise<CursorEntry | null> {
    if (this.peek() === undefined && !(await this.fill())) return null;
    const entry = this.peek() as CursorEntry;
    this.skip();
    return entry;
  }
}

/** Whole tables that are known to be small, such as the catalog. */
export async function readTable(readBlob: ReadBlob, table: Table): Promise<CursorEntry[]> {
  const entries: CursorEntry[] = [];
  const cursor = new TableCursor(readBlob, table);
  for (let entry = await cursor.next(); entry !== null; entry = await cursor.next()) {
    entries.push(entry);
  }
  return entries;
}

/** The entry of one key, or null. */
export async function findEntry(
  readBlob: ReadBlob,
  table: Table,
  key: Uint8Array,
  onBroken?: OnBroken,
): Promise<CursorEntry | null> {
  const cursor = new TableCursor(readBlob, table, { from: key, onBroken });
  const entry = await cursor.next();
  return entry !== null && compareBytes(entry.key, key) === 0 ? entry : null;
}
