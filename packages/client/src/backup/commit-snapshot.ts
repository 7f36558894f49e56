/**
 * Committing a snapshot: its entry becomes one more layer of the catalog.
 */
import {
  encodeSnapshotEntry,
  PACK_UNIT_BYTES,
  type SnapshotEntry,
  snapshotKey,
} from '@holdfast/core/backup-format';
import { HEAD_BYTES } from '@holdfast/core/head';
import type { Filling } from '../repository/pack-filler.ts';
import type { WriteSession } from '../repository/write-session.ts';
import { compactTable, recodeSnapshot, TableBuilder } from '../table/index.ts';

/** About the length of what is written after the snapshot's entry: catalog, index and root. */
const LAST_BYTES = 4096;

/**
 * @param fillings Packs of contents that are not full.
 * @param entry All but what the store grows by, which only the commit tells.
 * @returns The number of the new snapshot.
 * @throws {HoldfastError} As `WriteSession.commit`.
 */
export async function commitSnapshot(
  session: WriteSession,
  fillings: readonly Filling[],
  entry: Omit<SnapshotEntry, 'bytesAdded'>,
): Promise<number> {
  const pieces = fillings.flatMap(({ layout }) => layout);
  const unsealedBytes = pieces.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const state = await session.commit(fillings, async (base, { read, write }) => {
    const number = base?.root.nextSnapshotNumber ?? 1;
    const layers = await compactTable(read, write, base?.root.catalog ?? [], recodeSnapshot);
    const builder = new TableBuilder(write);
    const tailBytes = unsealedBytes + session.unsealedBytes + LAST_BYTES;
    const bytesAdded = session.bytesAdded + roundUp(tailBytes) + HEAD_BYTES;
    await builder.add(snapshotKey(number), (book) =>
      encodeSnapshotEntry(book, { ...entry, bytesAdded }),
    );
    const layer = await builder.finish();
    return {
      catalog: layer === null ? layers : [...layers, layer],
      nextSnapshotNumber: number + 1,
    };
  });
  return state.root.nextSnapshotNumber - 1;
}

/** To the padding's step. */
function roundUp(bytes: number): number {
  return Math.ceil(bytes / PACK_UNIT_BYTES) * PACK_UNIT_BYTES;
}
