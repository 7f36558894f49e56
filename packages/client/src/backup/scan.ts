/**
 * One pass over the sources and the file table of the snapshot before, side by side: what is the
 * same costs a look, what is new or changed is stored, what is gone leaves a tombstone.
 */
import { type BigIntStats, closeSync, constants, openSync, readlinkSync, readSync } from 'node:fs';
import {
  decodeFileEntry,
  encodeFileEntry,
  type FileEntry,
  isWithin,
  type TableLayer,
  type Xattr,
} from '@holdfast/core/backup-format';
import { compareBytes } from '@holdfast/core/bytes';
import { HoldfastError } from '@holdfast/core/errors';
import type { NoteCode } from '../events.ts';
import type { Xattrs } from '../platform/xattrs.ts';
import type { Progress } from '../progress.ts';
import { contentOf } from '../snapshots/content-of.ts';
import {
  DATABASE_HEADER_BYTES,
  databasePageBytes,
  SIDE_FILE_SUFFIXES,
} from '../sqlite/database-header.ts';
import { looksLikeSideFile } from '../sqlite/side-file-header.ts';
import { openStableDatabase } from '../sqlite/stable-database.ts';
import { type ReadBlob, TableBuilder, TOMBSTONE, type WriteNode } from '../table/index.ts';
import type { ChunkStore } from './chunk-store.ts';
import type { StoredBlobs } from './lost-packs.ts';
import type { OlderTable } from './older-table.ts';
import { OrderedQueue } from './ordered-queue.ts';
import { areSameXattrs, commonFields, isSameEntry, isSettled, isUnchanged } from './source-stat.ts';
import { type StoreDatabaseOptions, storeDatabase } from './store-database.ts';
import { storeFile } from './store-file.ts';
import { readWalStamp } from './wal-stamp.ts';
import type { Found } from './walk.ts';
import { UnreadableError } from './workers/worker-pool.ts';

/** Entries that may wait for one before them. */
const ENTRIES_HELD = 1024;
/** System calls that are made of sources only; copying a database also needs room for the copy. */
const ABOUT_SOURCE = new Set(['copyfile', 'fstat', 'lstat', 'open', 'read', 'readlink', 'stat']);
const PAGES_BROKEN =
  'The list of its pages in the snapshot before is damaged: what it does not tell is stored anew';
const NO_STAMP = new Uint8Array(0);

export interface ScanCounts {
  readonly filesNew: number;
  /** Those whose content differs. */
  readonly filesChanged: number;
  /** Files of the same content with other permissions, times or attributes. */
  readonly filesMetadata: number;
  readonly filesUnmodified: number;
  /** Files and links of these sources that the snapshot before has and they have not. */
  readonly filesRemoved: number;
  readonly folders: number;
  /**
   * Of those that could not be read, the ones that stay as they were in the snapshot before.
   */
  readonly carried: number;
  /** Length of all files together. */
  readonly totalBytes: number;
  /** Bytes of sources that were read; for a dry run, that would be. */
  readonly bytesRead: number;
  /** Files and folders that could not be read. */
  readonly unreadable: number;
}

export interface ScanOptions {
  readonly found: AsyncIterable<Found>;
  /** Keys of the sources themselves: what lay beside them before is not removed, but not asked for. */
  readonly sourceKeys: readonly Uint8Array[];
  /** File table of the snapshot before; empty for the first. */
  readonly older: OlderTable;
  /**
   * Keys of the sources that this device itself put into that snapshot, from the same path: what
   * can't be read of these stays as it was.
   */
  readonly ownKeys: readonly Uint8Array[];
  /**
   * When this device began to read what that snapshot holds, or last found it unchanged, in
   * milliseconds since 1970; null for a snapshot of another device, whose inodes and times of
   * status say nothing here.
   */
  readonly olderReadAtMs: number | null;
  readonly read: ReadBlob;
  readonly writeNode: WriteNode;
  readonly chunkStore: ChunkStore;
  readonly stored: StoredBlobs;
  readonly database: Omit<StoreDatabaseOptions, 'read' | 'writeNode' | 'noteBroken' | 'onRun'>;
  readonly temporaryFolder: () => Promise<string>;
  readonly xattrs: Xattrs | null;
  readonly dryRun: boolean;
  readonly progress: Progress;
  readonly note: (code: NoteCode, message: string, path: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a path. Of what is unreadable the entry before stays, if it is of this source. */
type Fate = FileEntry | 'gone' | 'unreadable';

interface Outcome {
  readonly key: Uint8Array;
  readonly fate: Fate;
  /** Whether the snapshot before has something there. */
  readonly hadEntry: boolean;
  /** What it has. */
  readonly older: FileEntry | null;
}

export class Scan {
  readonly #options: ScanOptions;
  readonly #builder: TableBuilder;
  readonly #queue: OrderedQueue<Outcome>;
  /** Side files of databases: never stored. Keys as Latin-1 text. */
  readonly #sideFiles = new Set<string>();
  /** A folder that can't be listed: what it held stays. */
  #closedFolder: Uint8Array | null = null;
  readonly #counts = {
    filesNew: 0,
    filesChanged: 0,
    filesMetadata: 0,
    filesUnmodified: 0,
    filesRemoved: 0,
    carried: 0,
    folders: 0,
    totalBytes: 0,
    bytesRead: 0,
    unreadable: 0,
  };

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#builder = new TableBuilder(options.writeNode);
    this.#queue = new OrderedQueue(ENTRIES_HELD, (outcome) => this.#write(outcome));
  }

  /** @returns The layer of what has changed; null when nothing has. */
  async run(): Promise<{ readonly layer: TableLayer | null; readonly counts: ScanCounts }> {
    for await (const found of this.#options.found) {
      await this.#removeBefore(found.key);
      const older = await this.#takeOlder(found.key);
      await this.#look(found, older);
    }
    await this.#removeBefore(null);
    await this.#options.chunkStore.send();
    await this.#queue.drain();
    return { layer: await this.#builder.finish(), counts: this.#counts };
  }

  async #look(found: Found, older: FileEntry | null): Promise<void> {
    const { stat, error, path, key } = found;
    // They come and go with every transaction.
    const mayBeSideFile = stat === null || stat.isFile();
    const isSideFile = mayBeSideFile && this.#sideFiles.has(textOf(key)) && looksLikeSideFile(path);
    if (isSideFile) return await this.#put(key, 'gone', older);
    if (found.names.length === 1 && error?.code === 'ENOENT') throw sourceGone(path);
    if (error !== null || stat === null) {
      const fate = this.#explain(found, error, older);
      if (fate === 'unreadable' && this.#isOwn(key)) this.#closedFolder = key;
      return await this.#put(key, fate, older);
    }
    const isFile = stat.isFile();
    if (!isFile && !stat.isDirectory() && !stat.isSymbolicLink()) {
      this.#options.note('special-file-skipped', 'Not stored: neither file, folder nor link', path);
      return await this.#put(key, 'gone', older);
    }
    if (this.#isSame(found, stat, older)) return this.#keep(found, older);
    if (this.#options.dryRun) return await this.#count(found, older);
    await this.#store(found, older);
  }

  /** Whether there is nothing to read. */
  #isSame({ path }: Found, stat: BigIntStats, older: FileEntry | null): older is FileEntry {
    if (older === null) return false;
    const walStamp = older.kind === 'database' ? readWalStamp(path) : NO_STAMP;
    if (!isUnchanged(stat, older, walStamp)) return false;
    if (older.kind === 'folder') {
      const xattrs = this.#options.xattrs?.read(path).xattrs ?? [];
      return areSameXattrs(xattrs, older.xattrs);
    }
    const { olderReadAtMs, stored } = this.#options;
    if (olderReadAtMs === null || !isSettled(older, olderReadAtMs)) return false;
    return stored.hasContent(older);
  }

  /** Nothing to write: the older layers say it already. */
  #keep({ key }: Found, entry: FileEntry): void {
    if (entry.kind === 'folder') this.#counts.folders++;
    else this.#counts.filesUnmodified++;
    if (entry.kind === 'database') this.#skipSideFiles(key);
    const bytes = lengthOf(entry);
    this.#counts.totalBytes += bytes;
    this.#options.progress.add(1, bytes, 0);
  }

  /** Counts without storing; whether the content of a file differs is not looked at. */
  async #count(found: Found, older: FileEntry | null): Promise<void> {
    const { stat, path, key } = found;
    const bytes = stat?.isFile() ? stat.size : 0n;
    try {
      if (looksLikeDatabase(path, bytes)) this.#skipSideFiles(key);
    } catch (error) {
      if (!isAboutSource(error)) throw error;
      return await this.#put(key, this.#explain(found, error, older), older);
    }
    if (stat?.isDirectory()) this.#counts.folders++;
    else if (older === null) this.#counts.filesNew++;
    else this.#counts.filesChanged++;
    this.#counts.totalBytes += Number(bytes);
    this.#counts.bytesRead += Number(bytes);
    this.#options.progress.add(1, Number(bytes), 0);
  }

  async #store(found: Found, older: FileEntry | null): Promise<void> {
    const { stat, path, key } = found;
    if (stat === null) return;
    try {
      if (stat.isDirectory()) {
        const entry: FileEntry = { ...commonFields(stat, this.#readXattrs(path)), kind: 'folder' };
        await this.#put(key, entry, older);
      } else if (stat.isSymbolicLink()) {
        const target = readlinkSync(path, 'buffer');
        await this.#put(key, { ...commonFields(stat, []), kind: 'link', target }, older);
      } else if (!(await this.#storeDatabase(found, older))) {
        await this.#storeFile(found, older);
      }
    } catch (error) {
      if (!isAboutSource(error)) throw error;
      await this.#put(key, this.#explain(found, error, older), older);
    }
  }

  async #storeFile(found: Found, older: FileEntry | null): Promise<void> {
    const { path, key } = found;
    const { chunkStore, writeNode, note, progress } = this.#options;
    const xattrs = this.#readXattrs(path);
    const onRead = (bytes: number): void => progress.add(0, bytes);
    const { done } = await storeFile(path, { chunkStore, writeNode, onRead });
    const entry = done.then(
      ({ stat, bytes, chunks, changedWhileRead }): Fate => {
        if (changedWhileRead) note('changed-while-read', 'Stored as it was when read', path);
        this.#counts.bytesRead += bytes;
        progress.add(1, 0);
        return { ...commonFields(stat, xattrs), kind: 'file', bytes, chunks };
      },
      (error: unknown) => {
        if (!isAboutSource(error)) throw error;
        return this.#explain(found, error, older);
      },
    );
    await this.#put(key, entry, older);
  }

  /** @returns false when the file is to be stored as a plain one. */
  async #storeDatabase(found: Found, older: FileEntry | null): Promise<boolean> {
    const { path, key, stat } = found;
    if (stat === null || !looksLikeDatabase(path, stat.size)) return false;
    const { signal, progress, database: options, read, writeNode } = this.#options;
    const temporaryFolder = await this.#options.temporaryFolder();
    // Read before the database is: what comes in between is seen as a change the next time.
    const walStamp = readWalStamp(path);
    const xattrs = this.#readXattrs(path);
    // They belong to the database, also when that can't be read.
    this.#skipSideFiles(key);
    const database = await openStableDatabase(path, { temporaryFolder, signal });
    if (database === null) {
      this.#storeSideFiles(key);
      this.#options.note('database-as-file', 'Stored as a plain file: not a sound database', path);
      return false;
    }
    try {
      const { bytes, pageBytes } = database;
      const samePages = older?.kind === 'database' && older.pageBytes === pageBytes;
      const pages = await storeDatabase(database, samePages ? older.pages : [], {
        ...options,
        read,
        writeNode,
        noteBroken: () => this.#options.note('stored-anew', PAGES_BROKEN, path),
        onRun: (runBytes) => progress.add(0, runBytes),
      });
      this.#counts.bytesRead += bytes;
      if (samePages && pages === older.pages && isUnchanged(stat, older, walStamp)) {
        this.#keep(found, older);
        return true;
      }
      progress.add(1, 0);
      const common = commonFields(stat, xattrs);
      await this.#put(
        key,
        { ...common, kind: 'database', bytes, pageBytes, pages, walStamp },
        older,
      );
      return true;
    } finally {
      await database.release();
    }
  }

  #put(key: Uint8Array, fate: Promise<Fate> | Fate, older: FileEntry | null): Promise<void> {
    const hadEntry = older !== null;
    return this.#add(Promise.resolve(fate).then((own) => ({ key, fate: own, hadEntry, older })));
  }

  /** The entry at the head of a full queue may be of a file that still waits to be sent off. */
  async #add(outcome: Promise<Outcome>): Promise<void> {
    if (this.#queue.length >= ENTRIES_HELD - 1) await this.#options.chunkStore.send();
    await this.#queue.add(outcome);
  }

  async #write({ key, fate, hadEntry, older }: Outcome): Promise<void> {
    if (fate === 'gone') {
      if (hadEntry) await this.#builder.add(key, () => TOMBSTONE);
    } else if (fate === 'unreadable') {
      if (older === null) return;
      if (this.#isOwn(key)) this.#carry(older);
      else await this.#builder.add(key, () => TOMBSTONE);
    } else if (
      older !== null &&
      isSameEntry(fate, older) &&
      this.#options.stored.hasContent(older)
    ) {
      this.#counts.filesUnmodified++;
      this.#counts.totalBytes += lengthOf(older);
    } else {
      if (fate.kind === 'folder') this.#counts.folders++;
      else if (older === null) this.#counts.filesNew++;
      else if (contentOf(fate) === contentOf(older)) this.#counts.filesMetadata++;
      else this.#counts.filesChanged++;
      this.#counts.totalBytes += lengthOf(fate);
      await this.#builder.add(key, (book) => encodeFileEntry(book, fate));
    }
  }

  #isOwn(key: Uint8Array): boolean {
    return this.#options.ownKeys.some((source) => isWithin(key, source));
  }

  /** Leaves an entry as it is though what it stands for can't be read. */
  #carry(older: FileEntry): void {
    if (older.kind === 'folder') this.#counts.folders++;
    else this.#counts.carried++;
    this.#counts.totalBytes += lengthOf(older);
  }

  /** Leaves tombstones for everything that the snapshot before has before `key`. */
  async #removeBefore(key: Uint8Array | null): Promise<void> {
    const { older } = this.#options;
    while (older.peek() !== undefined || (await older.fill())) {
      const entry = older.peek();
      if (entry === undefined || (key !== null && compareBytes(entry.key, key) >= 0)) return;
      older.skip();
      if (this.#closedFolder !== null && isWithin(entry.key, this.#closedFolder)) {
        this.#carry(decodeFileEntry(entry.addresses, entry.value));
        continue;
      }
      const { kind } = decodeFileEntry(entry.addresses, entry.value);
      const isOurs = this.#options.sourceKeys.some((source) => isWithin(entry.key, source));
      if (isOurs && kind !== 'folder') this.#counts.filesRemoved++;
      const gone = { key: entry.key, fate: 'gone', hadEntry: true, older: null } as const;
      await this.#add(Promise.resolve(gone));
    }
  }

  async #takeOlder(key: Uint8Array): Promise<FileEntry | null> {
    const { older } = this.#options;
    if (older.peek() === undefined && !(await older.fill())) return null;
    const entry = older.peek();
    if (entry === undefined || compareBytes(entry.key, key) !== 0) return null;
    older.skip();
    return decodeFileEntry(entry.addresses, entry.value);
  }

  #skipSideFiles(key: Uint8Array): void {
    for (const suffix of SIDE_FILE_SUFFIXES) this.#sideFiles.add(textOf(key) + suffix);
  }

  /** Of what is stored as a plain file: SQLite may recover more from them than we could. */
  #storeSideFiles(key: Uint8Array): void {
    for (const suffix of SIDE_FILE_SUFFIXES) this.#sideFiles.delete(textOf(key) + suffix);
  }

  #readXattrs(path: Buffer): readonly Xattr[] {
    const read = this.#options.xattrs?.read(path);
    if (read?.isComplete === false) {
      this.#options.note('xattrs-skipped', 'Stored without some of its attributes', path);
    }
    return read?.xattrs ?? [];
  }

  #explain({ path, key }: Found, error: unknown, older: FileEntry | null): Fate {
    const { code, message } = error as { code?: string; message?: string };
    if (code === 'ENOENT') {
      this.#options.note('vanished', 'Gone before it could be read', path);
      return 'gone';
    }
    this.#counts.unreadable++;
    const stays =
      older !== null && this.#isOwn(key) ? '; it stays as it was in the snapshot before' : '';
    if (error instanceof HoldfastError) {
      this.#options.note('database-busy', `${error.message}${stays}`, path);
      return 'unreadable';
    }
    const errno = error instanceof UnreadableError ? error.errno : code;
    const why = errno ?? message ?? 'unknown';
    this.#options.note('unreadable', `Can't be read: ${why}${stays}`, path);
    return 'unreadable';
  }
}

/** Failures of this device that would befall every other file too. */
const ABOUT_DEVICE = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Whether an error concerns one file, so that the rest of the backup goes on. */
function isAboutSource(error: unknown): boolean {
  if (error instanceof HoldfastError) return error.code === 'source-unreadable';
  if (error instanceof UnreadableError) return true;
  const { syscall = '', code } = error as NodeJS.ErrnoException;
  return ABOUT_SOURCE.has(syscall) && !ABOUT_DEVICE.has(code ?? '');
}

/** Not an empty snapshot: a disk was unplugged, or a folder moved. */
export function sourceGone(path: Buffer): HoldfastError {
  return new HoldfastError(
    'source-unreadable',
    `Cannot back up ${path.toString()}: it went away meanwhile`,
  );
}

/** A database's length is a multiple of 512, which saves opening most other files. */
function looksLikeDatabase(path: Buffer, bytes: bigint): boolean {
  if (bytes < 512n || bytes % 512n !== 0n) return false;
  const header = new Uint8Array(DATABASE_HEADER_BYTES);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return databasePageBytes(header.subarray(0, readSync(fd, header))) !== null;
  } finally {
    closeSync(fd);
  }
}

function lengthOf(entry: FileEntry): number {
  return entry.kind === 'file' || entry.kind === 'database' ? entry.bytes : 0;
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}
