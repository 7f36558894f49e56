/**
 * Fills the index of chunks from the file tables of snapshots that it has not seen yet: on a new
 * device all of them, later those of other devices.
 */
import {
  addressKey,
  decodeChunkEntry,
  decodeFileEntry,
  type TableLayer,
} from '@holdfast/core/backup-format';
import type { Snapshot } from '../snapshots/list-snapshots.ts';
import { type ReadBlob, TableCursor } from '../table/index.ts';
import type { ChunkIndex } from './chunk-index.ts';

export async function learnChunks(
  read: ReadBlob,
  snapshots: readonly Snapshot[],
  index: ChunkIndex,
): Promise<void> {
  for (const { files } of snapshots) {
    for (const layer of files) {
      const key = addressKey(layer.root);
      if (index.knowsLayer(key)) continue;
      // What can't be read now is asked for again, in case it comes back.
      if (await learnLayer(read, layer, index)) index.addLayer(key);
    }
  }
}

/** @returns Whether all of the layer could be read: what could not is just not known. */
async function learnLayer(read: ReadBlob, layer: TableLayer, index: ChunkIndex): Promise<boolean> {
  let isWhole = true;
  const onBroken = (): void => {
    isWhole = false;
  };
  const cursor = new TableCursor(read, [layer], { onBroken });
  for (let entry = await cursor.next(); entry !== null; entry = await cursor.next()) {
    const file = decodeFileEntry(entry.addresses, entry.value);
    if (file.kind !== 'file') continue;
    if (file.chunks.kind === 'inline') {
      for (const { name, address } of file.chunks.chunks) index.add(name, address);
      continue;
    }
    const chunks = new TableCursor(read, file.chunks.table, { onBroken });
    for (let row = await chunks.next(); row !== null; row = await chunks.next()) {
      const { name, address } = decodeChunkEntry(row.addresses, row.key, row.value);
      index.add(name, address);
    }
  }
  return isWhole;
}
