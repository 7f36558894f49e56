/**
 * One pass over the sources and the parent's file table, side by side: what is the same costs a look,
 * what is new or changed is stored, what is gone leaves a tombstone.
 */
import {
  decodeFileEntry,
  encodePathKey,
  type FileEntry,
  isWithin,
  type TableLayer,
} from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import { looksLikeSideFile } from '../sqlite/side-file-header.ts';
import { type Fate, FileLayerWriter } from './file-layer-writer.ts';
import type { Parent } from './parent.ts';
import { looksLikeDatabase, PathStore, type PathStoreOptions } from './path-store.ts';
import { lengthOf, type ScanCounts, ScanTally } from './scan-tally.ts';
import { SideFileKeys } from './side-file-keys.ts';
import { explainSourceError, isAboutSource, sourceGone } from './source-error.ts';
import { areSameXattrs, isSettled, isUnchanged } from './source-stat.ts';
import type { Source } from './sources.ts';
import { readWalStamp } from './wal-stamp.ts';
import type { Found, Seen } from './walk.ts';

const NO_STAMP = new Uint8Array(0);

export interface ScanOptions extends Omit<PathStoreOptions, 'sideFiles' | 'tally'> {
  readonly found: AsyncIterable<Found>;
  readonly sources: readonly Source[];
  readonly parent: Parent;
  /** Stores nothing. */
  readonly dryRun: boolean;
}

interface Scanned {
  /** What has changed; null when nothing has. */
  readonly layer: TableLayer | null;
  readonly counts: ScanCounts;
  /** Sources that have lost files since the parent was made of them. */
  readonly shrunk: ReadonlySet<Source>;
}

export class Scan {
  readonly #options: ScanOptions;
  /** What lay beside the sources before is not removed, but not asked for. */
  readonly #sourceKeys: readonly Uint8Array[];
  readonly #shrunk = new Set<Source>();
  readonly #sideFiles = new SideFileKeys();
  readonly #tally = new ScanTally();
  readonly #paths: PathStore;
  readonly #layer: FileLayerWriter;
  /** A folder that can't be listed: what it held stays. */
  #closedFolder: Uint8Array | null = null;

  constructor(options: ScanOptions) {
    const { parent, present, chunkStore, sources, writeNode } = options;
    this.#options = options;
    this.#sourceKeys = sources.map(({ baseName }) => encodePathKey([baseName]));
    this.#paths = new PathStore({ ...options, sideFiles: this.#sideFiles, tally: this.#tally });
    this.#layer = new FileLayerWriter({
      parent,
      present,
      tally: this.#tally,
      writeNode,
      send: () => chunkStore.send(),
    });
  }

  async run(): Promise<Scanned> {
    for await (const found of this.#options.found) {
      await this.#removeBefore(found.key);
      const before = await this.#takeBefore(found.key);
      await this.#look(found, before);
    }
    await this.#removeBefore(null);
    const layer = await this.#layer.finish();
    return { layer, counts: this.#tally.counts, shrunk: this.#shrunk };
  }

  async #look(found: Found, before: FileEntry | null): Promise<void> {
    const { path, key } = found;
    // They come and go with every transaction.
    const mayBeSideFile = found.stat === null || found.stat.isFile();
    const isSideFile = mayBeSideFile && this.#sideFiles.has(key) && looksLikeSideFile(path);
    if (isSideFile) return await this.#put(key, 'gone', before);
    if (found.names.length === 1 && found.error?.code === 'ENOENT') throw sourceGone(path);
    if (found.error !== null) {
      const fate = this.#explain(found, found.error, before);
      if (fate === 'unreadable' && this.#options.parent.isOwn(key)) this.#closedFolder = key;
      return await this.#put(key, fate, before);
    }
    const { stat } = found;
    if (!stat.isFile() && !stat.isDirectory() && !stat.isSymbolicLink()) {
      this.#options.note('special-file-skipped', 'Not stored: neither file, folder nor link', path);
      return await this.#put(key, 'gone', before);
    }
    if (before !== null && (await this.#isSame(found, before))) {
      return this.#keep(key, before, lengthOf(before));
    }
    try {
      if (this.#options.dryRun) this.#count(found, before);
      else await this.#store(found, before);
    } catch (error) {
      if (!isAboutSource(error)) throw error;
      await this.#put(key, this.#explain(found, error, before), before);
    }
  }

  /** Whether there is nothing to read. */
  async #isSame({ path, stat }: Seen, before: FileEntry): Promise<boolean> {
    const walStamp = before.kind === 'database' ? readWalStamp(path) : NO_STAMP;
    if (!isUnchanged(stat, before, walStamp)) return false;
    if (before.kind === 'folder') {
      const xattrs = this.#options.xattrs?.read(path).xattrs ?? [];
      return areSameXattrs(xattrs, before.xattrs);
    }
    const { parent, present } = this.#options;
    if (parent.readAtMs === null || !isSettled(before, parent.readAtMs)) return false;
    return await present.hasContent(before);
  }

  /**
   * Nothing to write: the parent's layers say it already.
   *
   * @param unreadBytes What is done of it by not being read.
   */
  #keep(key: Uint8Array, before: FileEntry, unreadBytes: number): void {
    if (before.kind === 'database') this.#sideFiles.addOf(key);
    this.#tally.addUnmodified(before);
    this.#options.progress.add(1, unreadBytes, 0);
  }

  #count({ stat, path, key }: Seen, before: FileEntry | null): void {
    const bytes = stat.isFile() ? stat.size : 0n;
    if (looksLikeDatabase(path, bytes)) this.#sideFiles.addOf(key);
    this.#tally.addUnread(stat.isDirectory() ? 'folder' : 'file', Number(bytes), before);
    this.#options.progress.add(1, Number(bytes), 0);
  }

  async #store(found: Seen, before: FileEntry | null): Promise<void> {
    const { key } = found;
    const stored = await this.#paths.store(found, before);
    // A database that was read, and is as it was.
    if (stored === null) return this.#keep(key, before as FileEntry, 0);
    const outcome = Promise.resolve(stored.entry).then(
      (entry) => ({ key, fate: entry, before }),
      (error: unknown) => {
        if (!isAboutSource(error)) throw error;
        return { key, fate: this.#explain(found, error, before), before };
      },
    );
    await this.#layer.add(outcome);
  }

  #put(key: Uint8Array, fate: Fate, before: FileEntry | null): Promise<void> {
    return this.#layer.add(Promise.resolve({ key, fate, before }));
  }

  /** Leaves tombstones for everything that the parent has before `key`; for null, for all the rest. */
  async #removeBefore(key: Uint8Array | null): Promise<void> {
    const { files } = this.#options.parent;
    while (files.peek() !== undefined || (await files.fill())) {
      const row = files.peek();
      if (row === undefined || (key !== null && compareBytes(row.key, key) >= 0)) return;
      files.skip();
      const before = decodeFileEntry(row.addresses, row.value);
      if (this.#closedFolder !== null && isWithin(row.key, this.#closedFolder)) {
        this.#tally.addCarried(before);
        continue;
      }
      this.#countRemoved(row.key, before);
      await this.#put(row.key, 'gone', before);
    }
  }

  #countRemoved(key: Uint8Array, before: FileEntry): void {
    const { sources, parent } = this.#options;
    const source = sources[this.#sourceKeys.findIndex((own) => isWithin(key, own))];
    if (source === undefined) return;
    this.#tally.addRemoved(before);
    if (before.kind !== 'folder' && parent.isOwn(key)) this.#shrunk.add(source);
  }

  async #takeBefore(key: Uint8Array): Promise<FileEntry | null> {
    const { files } = this.#options.parent;
    if (files.peek() === undefined && !(await files.fill())) return null;
    const row = files.peek();
    if (row === undefined || compareBytes(row.key, key) !== 0) return null;
    files.skip();
    return decodeFileEntry(row.addresses, row.value);
  }

  #explain({ path, key }: Found, error: unknown, before: FileEntry | null): Fate {
    const { code, message } = explainSourceError(error);
    if (code === 'vanished') {
      this.#options.note(code, message, path);
      return 'gone';
    }
    this.#tally.addUnreadable();
    const stays =
      before !== null && this.#options.parent.isOwn(key)
        ? '; it stays as it was in the snapshot before'
        : '';
    this.#options.note(code, message + stays, path);
    return 'unreadable';
  }
}
