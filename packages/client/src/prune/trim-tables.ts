/**
 * Writing tables anew with nothing in them that no snapshot shows, and with the new places of pages
 * that were moved. Layers that stay as they are are not written.
 */
import {
  addressKey,
  decodeFileEntry,
  decodePageEntry,
  encodeFileEntry,
  encodePageEntry,
  encodeSnapshotEntry,
  snapshotKey,
  type Table,
  type TableLayer,
} from '@holdfast/core/backup-format';
import { type CursorEntry, TableBuilder, TOMBSTONE, type WriteNode } from '../table/index.ts';
import type { LayerStacks } from './layer-stacks.ts';
import type { MovedPages } from './regroup-pages.ts';
import type { ShownTables } from './shown-tables.ts';

/** New layers by the key of the old; null where nothing is left. */
type Replaced = Map<string, TableLayer | null>;

/** Carries an entry that is shown over into a new layer. */
type AddEntry = (builder: TableBuilder, row: CursorEntry) => Promise<void> | undefined;

/** @returns A catalog of the same snapshots, which show the same. */
export async function trimTables(
  shown: ShownTables,
  moved: MovedPages,
  writeNode: WriteNode,
): Promise<Table> {
  const replaced: Replaced = new Map();
  const replace = async (stacks: LayerStacks, key: string, add: AddEntry): Promise<void> => {
    const builder = new TableBuilder(writeNode);
    await stacks.visit(shown.read, key, (row, isShown) => {
      // Tombstones stay: they hide what another table would show.
      if (row.value.length === 0) return builder.add(row.key, () => TOMBSTONE);
      return isShown ? add(builder, row) : undefined;
    });
    replaced.set(key, await builder.finish());
  };
  for (const [key, groups] of shown.groupsOf) {
    if (!shown.stale.has(key) && ![...groups].some((pages) => moved.has(pages))) continue;
    const pageBytes = shown.pageBytes.get(key) as number;
    await replace(shown.pages, key, (builder, row) => {
      const old = decodePageEntry(row.addresses, row.value, pageBytes);
      const entry = { ...old, ...moved.placeOf(old, pageBytes) };
      return builder.add(row.key, (book) => encodePageEntry(book, entry));
    });
  }
  for (const [key, pages] of shown.pagesOf) {
    if (!shown.stale.has(key) && ![...pages].some((layer) => replaced.has(layer))) continue;
    await replace(shown.files, key, (builder, row) => {
      const old = decodeFileEntry(row.addresses, row.value);
      const entry =
        old.kind === 'database' ? { ...old, pages: withReplaced(old.pages, replaced) } : old;
      return builder.add(row.key, (book) => encodeFileEntry(book, entry));
    });
  }
  const builder = new TableBuilder(writeNode);
  for (const snapshot of shown.snapshots) {
    const entry = { ...snapshot, files: withReplaced(snapshot.files, replaced) };
    await builder.add(snapshotKey(snapshot.number), (book) => encodeSnapshotEntry(book, entry));
  }
  const layer = await builder.finish();
  return layer === null ? [] : [layer];
}

function withReplaced(table: Table, replaced: Replaced): Table {
  return table.flatMap((layer) => {
    const other = replaced.get(addressKey(layer.root));
    return other === undefined ? [layer] : other === null ? [] : [other];
  });
}
