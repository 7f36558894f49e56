/**
 * Looking into snapshots: what is in one, and what differs between two.
 */
import {
  decodeFileEntry,
  decodePathKey,
  encodePathKey,
  type FileEntry,
  isWithin,
} from '@holdfast/core/backup-format';
import { compareBytes, equalBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { OnEvent } from '../events.ts';
import { pathBytes, splitPath } from '../paths/path-text.ts';
import type { Backup } from '../repository/backup.ts';
import { throwIfCancelled } from '../stores/index.ts';
import { type CursorEntry, findEntry, TableCursor } from '../table/index.ts';
import { BrokenStretches } from './broken-stretches.ts';
import { contentOf } from './content-of.ts';
import type { Snapshot } from './list-snapshots.ts';

/** One path of a snapshot. */
export interface Entry {
  /** From the source's base name down, with slashes; bytes as the file system gave them. */
  readonly path: Uint8Array;
  readonly kind: FileEntry['kind'];
  /** Length of a file; 0 for others. */
  readonly bytes: number;
  /** Permission bits. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  /** Of a link only. */
  readonly linkTarget?: Uint8Array;
}

export interface ListEntriesOptions {
  /** A file or folder of the snapshot; its top when missing. */
  readonly path?: string;
  /** Also what is in folders further down. */
  readonly recursive?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

/**
 * A path and, when it is a folder, what is in it; without a path, all sources. Where the list is
 * damaged, a note (`not-listed`) names the stretch of paths: there, some may be missing, and some be
 * those of an older snapshot.
 *
 * @throws {HoldfastError} `path-missing`, `damaged`, or what the store throws.
 */
export async function* listEntries(
  backup: Backup,
  snapshot: Snapshot,
  options: ListEntriesOptions = {},
): AsyncIterable<Entry> {
  const { read } = backup.reader(options.signal);
  const top = options.path === undefined ? [] : splitPath(options.path);
  const key = encodePathKey(top);
  const broken = new BrokenStretches(noteBroken(options.onEvent));
  const onBroken = broken.within(top.length > 0 ? key : undefined);
  const found = top.length === 0 || (await findEntry(read, snapshot.files, key, onBroken)) !== null;
  if (!found && broken.isEmpty) {
    throw new HoldfastError('path-missing', 'Cannot list: the snapshot has no such path');
  }
  const cursor = new TableCursor(read, snapshot.files, { from: key, onBroken });
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
    if (top.length > 0 && !isWithin(row.key, key)) return;
    throwIfCancelled(options.signal, 'list');
    const depth = decodePathKey(row.key).length - top.length;
    if (options.recursive || depth <= 1) yield toEntry(row);
  }
}

export interface Difference {
  readonly path: Uint8Array;
  /** `metadata`: the content is the same; times, permissions or owner are not. */
  readonly change: 'added' | 'removed' | 'changed' | 'metadata';
  /** As it is in the newer snapshot, or was in the older when removed. */
  readonly entry: Entry;
}

/**
 * What differs between two snapshots, in order of path. Of a stretch of paths where the list of one
 * is damaged nothing is told but a note (`not-listed`).
 */
export async function* diffSnapshots(
  backup: Backup,
  older: Snapshot,
  newer: Snapshot,
  options: Pick<ListEntriesOptions, 'signal' | 'onEvent'> = {},
): AsyncIterable<Difference> {
  const { read } = backup.reader(options.signal);
  const broken = new BrokenStretches(noteBroken(options.onEvent));
  const onBroken = broken.within();
  const before = new TableCursor(read, older.files, { onBroken });
  const after = new TableCursor(read, newer.files, { onBroken });
  let a = await before.next();
  let b = await after.next();
  while (a !== null || b !== null) {
    throwIfCancelled(options.signal, 'compare');
    const order = a === null ? 1 : b === null ? -1 : compareBytes(a.key, b.key);
    if (a !== null && order < 0) {
      if (!broken.covers(a.key))
        yield { path: pathBytes(a.key), change: 'removed', entry: toEntry(a) };
      a = await before.next();
    } else if (b !== null && order > 0) {
      if (!broken.covers(b.key))
        yield { path: pathBytes(b.key), change: 'added', entry: toEntry(b) };
      b = await after.next();
    } else if (a !== null && b !== null) {
      const change = changeBetween(a, b);
      if (change !== null && !broken.covers(b.key))
        yield { path: pathBytes(b.key), change, entry: toEntry(b) };
      a = await before.next();
      b = await after.next();
    }
  }
}

function noteBroken(onEvent: OnEvent | undefined) {
  return (key: Uint8Array, { message }: HoldfastError, before: Uint8Array | null): void =>
    onEvent?.({
      type: 'note',
      code: 'not-listed',
      path: pathBytes(key),
      before: before && pathBytes(before),
      message,
    });
}

function toEntry({ key, value, addresses }: CursorEntry): Entry {
  const entry = decodeFileEntry(addresses, value);
  const { kind, mode, mtimeNs, uid, gid } = entry;
  const bytes = kind === 'file' || kind === 'database' ? entry.bytes : 0;
  const common = { path: pathBytes(key), kind, bytes, mode, mtimeNs, uid, gid };
  return kind === 'link' ? { ...common, linkTarget: entry.target } : common;
}

function changeBetween(a: CursorEntry, b: CursorEntry): 'changed' | 'metadata' | null {
  const before = decodeFileEntry(a.addresses, a.value);
  const after = decodeFileEntry(b.addresses, b.value);
  if (contentOf(before) !== contentOf(after)) return 'changed';
  const same =
    before.mode === after.mode &&
    before.uid === after.uid &&
    before.gid === after.gid &&
    before.mtimeNs === after.mtimeNs &&
    before.xattrs.length === after.xattrs.length &&
    before.xattrs.every((xattr, i) => {
      const other = after.xattrs[i];
      return (
        other !== undefined &&
        equalBytes(xattr.name, other.name) &&
        equalBytes(xattr.value, other.value)
      );
    });
  return same ? null : 'metadata';
}
