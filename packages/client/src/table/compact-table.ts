/**
 * Keeps a table's stack of layers low: small and similar layers become one, so that an entry is
 * rewritten about log2 times in its life and a reader meets few layers.
 */
import type { AddressBook, Table, TableLayer } from '@holdfast/core/backup-format';
import type { CursorEntry, ReadBlob } from './layer-cursor.ts';
import { TableBuilder, type WriteNode } from './table-builder.ts';
import { TableCursor, type TableCursorOptions } from './table-cursor.ts';

/** Layers up to this size are merged whatever their neighbours' size: a read costs 64 KiB anyway. */
const SMALL_LAYER_BYTES = 24 * 1024;

/** Makes an entry's value anew for another node; null leaves the entry out. */
export type Recode = (entry: CursorEntry) => ((book: AddressBook) => Uint8Array) | null;

/** How many of the newest layers to merge; fewer than 2 means none. */
function layersToMerge(table: Table): number {
  let merged = 0;
  let bytes = 0;
  for (let i = table.length - 1; i >= 0; i--) {
    const layer = table[i] as TableLayer;
    if (merged > 0 && layer.storedBytes > Math.max(2 * bytes, SMALL_LAYER_BYTES)) break;
    bytes += layer.storedBytes;
    merged++;
  }
  return merged;
}

/** Merges the newest layers where that pays. Tombstones that hide nothing any more are dropped. */
export async function compactTable(
  readBlob: ReadBlob,
  writeNode: WriteNode,
  table: Table,
  recode: Recode,
): Promise<Table> {
  const count = layersToMerge(table);
  if (count < 2) return table;
  const older = table.slice(0, table.length - count);
  const merged = await mergeLayers(readBlob, writeNode, table.slice(-count), recode, {
    tombstones: older.length > 0,
  });
  return merged === null ? older : [...older, merged];
}

/** All entries of `table` as one new layer; null when none is left. */
export async function mergeLayers(
  readBlob: ReadBlob,
  writeNode: WriteNode,
  table: Table,
  recode: Recode,
  options: Pick<TableCursorOptions, 'tombstones' | 'onBroken'>,
): Promise<TableLayer | null> {
  const builder = new TableBuilder(writeNode);
  const cursor = new TableCursor(readBlob, table, options);
  while (await cursor.fill()) {
    for (let entry = cursor.peek(); entry !== undefined; entry = cursor.peek()) {
      const encode = entry.value.length === 0 ? () => TOMBSTONE : recode(entry);
      const written = encode === null ? undefined : builder.add(entry.key, encode);
      cursor.skip();
      if (written !== undefined) await written;
    }
  }
  return await builder.finish();
}

/** The value that says a key is gone. */
export const TOMBSTONE: Uint8Array = new Uint8Array(0);
