/**
 * Which entries of a layer count, when tables share layers: an entry is shown by a table unless a
 * layer above has the same key, and hidden for good when no table shows it.
 */
import { addressKey, type Table, type TableLayer } from '@holdfast/core/backup-format';
import { compareBytes, toHex } from '@holdfast/core/bytes';
import { type CursorEntry, type ReadBlob, TableCursor } from '../table/index.ts';

/** Layers above one that are read beside it, at most; with more, all its entries pass for shown. */
const ABOVE_MOST = 64;

/** What stands above a layer in one table. */
interface Context {
  readonly above: ReadonlyMap<string, TableLayer>;
  /** Keys from this on are not part of the table; null when all are. */
  readonly end: Uint8Array | null;
}

interface StackedLayer {
  readonly layer: TableLayer;
  readonly contexts: Map<string, Context>;
}

export class LayerStacks {
  readonly #layers = new Map<string, StackedLayer>();

  /** Every layer, once, by the key of its root's address. */
  get layers(): ReadonlyMap<string, { readonly layer: TableLayer }> {
    return this.#layers;
  }

  /** @param end Keys from this on are not part of the table. */
  add(table: Table, end: Uint8Array | null): void {
    const above = new Map<string, TableLayer>();
    for (const layer of table.toReversed()) {
      const key = addressKey(layer.root);
      const stacked = this.#layers.get(key) ?? { layer, contexts: new Map() };
      this.#layers.set(key, stacked);
      const text = [...above.keys(), end === null ? '' : toHex(end)].join();
      stacked.contexts.set(text, { above: new Map(above), end });
      above.set(key, layer);
    }
  }

  /** Goes over all entries of a layer, tombstones too, in order of key. */
  async visit(
    read: ReadBlob,
    key: string,
    onEntry: (entry: CursorEntry, isShown: boolean) => Promise<void> | undefined,
  ): Promise<void> {
    const { layer, contexts } = this.#layers.get(key) as StackedLayer;
    const telling = withoutRedundant([...contexts.values()]);
    const above = new Map(telling.flatMap((context) => [...context.above]));
    const isClear = above.size <= ABOVE_MOST;
    const cursors = [...(isClear ? above : [])].map(([aboveKey, one]) => ({
      aboveKey,
      cursor: new TableCursor(read, [one], { tombstones: true }),
    }));
    const cursor = new TableCursor(read, [layer], { tombstones: true });
    const hiding = new Set<string>();
    while (await cursor.fill()) {
      for (let entry = cursor.peek(); entry !== undefined; entry = cursor.peek()) {
        hiding.clear();
        for (const one of cursors) {
          if (await seek(one.cursor, entry.key)) hiding.add(one.aboveKey);
        }
        const isShown = !isClear || telling.some((context) => shows(context, hiding, entry.key));
        const done = onEntry(entry, isShown);
        cursor.skip();
        if (done !== undefined) await done;
      }
    }
  }
}

function shows({ above, end }: Context, hiding: ReadonlySet<string>, key: Uint8Array): boolean {
  if (end !== null && compareBytes(key, end) >= 0) return false;
  for (const one of hiding) if (above.has(one)) return false;
  return true;
}

/** Leaves out what shows nothing that another context doesn't: it has more above, or ends before. */
function withoutRedundant(contexts: readonly Context[]): readonly Context[] {
  const sorted = contexts.toSorted((a, b) => a.above.size - b.above.size);
  const telling: Context[] = [];
  for (const context of sorted) {
    const isCovered = telling.some(
      (other) =>
        (other.end === null ||
          (context.end !== null && compareBytes(other.end, context.end) >= 0)) &&
        [...other.above.keys()].every((key) => context.above.has(key)),
    );
    if (!isCovered) telling.push(context);
  }
  return telling;
}

/** Moves on to `key`. @returns Whether it is there. */
async function seek(cursor: TableCursor, key: Uint8Array): Promise<boolean> {
  for (;;) {
    const entry = cursor.peek();
    if (entry === undefined) {
      if (!(await cursor.fill())) return false;
      continue;
    }
    const order = compareBytes(entry.key, key);
    if (order >= 0) return order === 0;
    cursor.skip();
  }
}
