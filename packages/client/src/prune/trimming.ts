/**
 * When tables name much that no snapshot shows: a state whose tables name less (spec/prune.md §1.1).
 */
import { PAGE_NAME_BYTES } from '@holdfast/core/backup-format';
import { concatBytes } from '@holdfast/core/bytes';
import type { Backup } from '../repository/backup.ts';
import type { BackupState } from '../repository/read-state.ts';
import type { StreamRanges } from '../repository/stream-ranges.ts';
import { WriteSession } from '../repository/write-session.ts';
import { throwIfCancelled } from '../stores/index.ts';
import type { ShownPages } from './page-groups.ts';
import { MovedPages } from './regroup-pages.ts';
import { ShownTables } from './shown-tables.ts';
import type { Survey } from './survey.ts';
import { trimTables } from './trim-tables.ts';

type Signal = AbortSignal | undefined;

/** Packs of 16 MiB: one of pages, one of tables, one on its way. */
const PACK_BUFFERS = 3;

export interface Trimming {
  readonly shown: ShownTables;
  /** Groups whose shown pages are to be moved. */
  readonly sparse: ReadonlySet<ShownPages>;
  /** What is then still live of what is live now. */
  readonly left: StreamRanges;
}

/**
 * @param maxUnusedFraction Part of what snapshots show that may be named beside it, from 0 to 1.
 * @returns null when tables name no more than that.
 */
export async function planTrimming(
  backup: Backup,
  { state, reached }: Survey,
  { maxUnusedFraction, signal }: { readonly maxUnusedFraction: number; readonly signal: Signal },
): Promise<Trimming | null> {
  const shown = await look(backup, state, signal);
  const left = shown.chunks;
  for (const { stream, start, lengthBytes } of reached.nodes.all()) {
    left.add(stream, start, lengthBytes);
  }
  let shownBytes = left.totalBytes;
  for (const { group, hiddenBytes } of shown.groups.all()) {
    shownBytes += group.storedBytes - hiddenBytes;
  }
  const allowedBytes = shownBytes * maxUnusedFraction;
  const sparse = shown.groups.chooseSparse(allowedBytes);
  for (const pages of shown.groups.all()) {
    const { stream, offset, storedBytes } = pages.group;
    if (!sparse.has(pages)) left.add(stream, offset, storedBytes);
  }
  const isMuch = reached.live.totalBytes - shownBytes > allowedBytes;
  return isMuch ? { shown, sparse, left } : null;
}

/** Makes the state, if it is any better. What snapshots show is the same in it. */
export async function trim(
  backup: Backup,
  state: BackupState,
  { shown, sparse }: Trimming,
  signal: Signal,
): Promise<void> {
  const session = new WriteSession(backup, { packBuffers: PACK_BUFFERS, signal });
  const stream = session.newStream();
  const moved = new MovedPages();
  await moved.write(sparse, {
    read: shown.read,
    writeGroup: async (plain, pageBytes) => {
      throwIfCancelled(signal, 'move pages');
      const names = await namePages(backup, plain, pageBytes);
      return await stream.append({ kind: 'pages', plain, names, compress: 'thorough' });
    },
  });
  if (moved.isEmpty && shown.stale.size === 0) return;
  const filling = await stream.takeFilling();
  await session.commit(filling === null ? [] : [filling], async (base, { write }) => {
    if (base === null) throw new TypeError('"backup" must have a state');
    const known = base === state ? shown : await look(backup, base, signal);
    const { nextSnapshotNumber } = base.root;
    return { catalog: await trimTables(known, moved, write), nextSnapshotNumber };
  });
}

function look(
  backup: Backup,
  { root, segments }: BackupState,
  signal: Signal,
): Promise<ShownTables> {
  const { read } = backup.reader(signal, segments);
  return ShownTables.look(read, root.catalog, signal);
}

/** 16 bytes per page. */
async function namePages(
  { crypto, chunkNameKey }: Backup,
  plain: Uint8Array,
  pageBytes: number,
): Promise<Uint8Array> {
  const names: Uint8Array[] = [];
  for (let at = 0; at < plain.length; at += pageBytes) {
    const page = plain.subarray(at, at + pageBytes);
    const name = await crypto.hmacSha256(chunkNameKey.bytes(), page);
    names.push(name.subarray(0, PAGE_NAME_BYTES));
  }
  return concatBytes(...names);
}
