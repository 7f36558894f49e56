/**
 * Storing what is at one path: a folder, a link, a plain file, or a database page by page.
 */
import { closeSync, constants, openSync, readlinkSync, readSync } from 'node:fs';
import type { FileEntry, Xattr } from '@holdfast/core/backup-format';
import type { NoteCode } from '../events.ts';
import type { Xattrs } from '../platform/xattrs.ts';
import type { Progress } from '../progress.ts';
import { DATABASE_HEADER_BYTES, databasePageBytes } from '../sqlite/database-header.ts';
import { openStableDatabase } from '../sqlite/stable-database.ts';
import type { ChunkStore } from './chunk-store.ts';
import type { ScanTally } from './scan-tally.ts';
import type { SideFileKeys } from './side-file-keys.ts';
import { commonFields, isUnchanged } from './source-stat.ts';
import { type StoreDatabaseOptions, storeDatabase } from './store-database.ts';
import { storeFile } from './store-file.ts';
import { readWalStamp } from './wal-stamp.ts';
import type { Seen } from './walk.ts';

const PAGES_BROKEN =
  'The list of its pages in the snapshot before is damaged: what it does not tell is stored anew';

/** Tells the person something about a path. */
export type NotePath = (code: NoteCode, message: string, path: Uint8Array) => void;

export interface PathStoreOptions extends Omit<StoreDatabaseOptions, 'noteBroken' | 'onRun'> {
  readonly chunkStore: ChunkStore;
  readonly temporaryFolder: () => Promise<string>;
  readonly xattrs: Xattrs | null;
  readonly sideFiles: SideFileKeys;
  readonly tally: ScanTally;
  readonly progress: Progress;
  readonly note: NotePath;
  readonly signal?: AbortSignal | undefined;
}

/** A box, so that taking a path and having it stored are awaited apart. */
export interface Stored {
  readonly entry: FileEntry | Promise<FileEntry>;
}

export class PathStore {
  readonly #options: PathStoreOptions;

  constructor(options: PathStoreOptions) {
    this.#options = options;
  }

  /**
   * @param before What the parent has there.
   * @returns null when it turns out to be what it was.
   * @throws What `isAboutSource` tells apart, here or from the entry's promise.
   */
  async store(found: Seen, before: FileEntry | null): Promise<Stored | null> {
    const { stat, path } = found;
    if (stat.isDirectory()) {
      return { entry: { ...commonFields(stat, this.#readXattrs(path)), kind: 'folder' } };
    }
    if (stat.isSymbolicLink()) {
      const target = readlinkSync(path, 'buffer');
      return { entry: { ...commonFields(stat, []), kind: 'link', target } };
    }
    if (looksLikeDatabase(path, stat.size)) return await this.#storeDatabase(found, before);
    return await this.#storeFile(path);
  }

  async #storeFile(path: Buffer): Promise<Stored> {
    const { chunkStore, writeNode, note, progress, tally } = this.#options;
    const xattrs = this.#readXattrs(path);
    const onRead = (bytes: number): void => progress.add(0, bytes);
    const { done } = await storeFile(path, { chunkStore, writeNode, onRead });
    const entry = done.then(({ stat, bytes, chunks, changedWhileRead }): FileEntry => {
      if (changedWhileRead) note('changed-while-read', 'Stored as it was when read', path);
      tally.addRead(bytes);
      progress.add(1, 0);
      return { ...commonFields(stat, xattrs), kind: 'file', bytes, chunks };
    });
    return { entry };
  }

  /** As a plain file when SQLite does not take it for a sound database. */
  async #storeDatabase(
    { path, key, stat }: Seen,
    before: FileEntry | null,
  ): Promise<Stored | null> {
    const { signal, progress, sideFiles, note, tally } = this.#options;
    const temporaryFolder = await this.#options.temporaryFolder();
    // Read before the database is: what comes in between is seen as a change the next time.
    const walStamp = readWalStamp(path);
    const xattrs = this.#readXattrs(path);
    // They belong to the database, also when that can't be read.
    sideFiles.addOf(key);
    const database = await openStableDatabase(path, { temporaryFolder, signal });
    if (database === null) {
      sideFiles.removeOf(key);
      note('database-as-file', 'Stored as a plain file: not a sound database', path);
      return await this.#storeFile(path);
    }
    try {
      const { bytes, pageBytes } = database;
      const hasSamePages = before?.kind === 'database' && before.pageBytes === pageBytes;
      const pages = await storeDatabase(database, hasSamePages ? before.pages : [], {
        ...this.#options,
        noteBroken: () => note('stored-anew', PAGES_BROKEN, path),
        onRun: (runBytes) => progress.add(0, runBytes),
      });
      tally.addRead(bytes);
      if (hasSamePages && pages === before.pages && isUnchanged(stat, before, walStamp))
        return null;
      progress.add(1, 0);
      const entry = { ...commonFields(stat, xattrs), bytes, pageBytes, pages, walStamp };
      return { entry: { ...entry, kind: 'database' } };
    } finally {
      await database.release();
    }
  }

  #readXattrs(path: Buffer): readonly Xattr[] {
    const read = this.#options.xattrs?.read(path);
    if (read?.isComplete === false) {
      this.#options.note('xattrs-skipped', 'Stored without some of its attributes', path);
    }
    return read?.xattrs ?? [];
  }
}

/** A database's length is a multiple of 512, which saves opening most other files. */
export function looksLikeDatabase(path: Buffer, bytes: bigint): boolean {
  if (bytes < 512n || bytes % 512n !== 0n) return false;
  const header = new Uint8Array(DATABASE_HEADER_BYTES);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return databasePageBytes(header.subarray(0, readSync(fd, header))) !== null;
  } finally {
    closeSync(fd);
  }
}
