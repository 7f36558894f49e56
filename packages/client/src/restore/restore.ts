/**
 * Restoring a snapshot, whole or in part.
 *
 * First every folder and file, in the order of the file table, contents in the order of packs;
 * then links, when nothing can be written through them any more; last the folders' own times.
 */
import { closeSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type FileEntry, isWithin } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import type { OnEvent } from '../events.ts';
import { partialName } from '../paths/partial-name.ts';
import { pathBytes } from '../paths/path-text.ts';
import { sameTime } from '../platform/file-times.ts';
import { Xattrs } from '../platform/xattrs.ts';
import { Progress } from '../progress.ts';
import type { Backup } from '../repository/backup.ts';
import type { BlobReader } from '../repository/blob-reader.ts';
import { isDamage } from '../repository/damage.ts';
import type { Snapshot } from '../snapshots/list-snapshots.ts';
import { placeContent } from './file-content.ts';
import { RestoredMetadata } from './metadata.ts';
import { JOB_BYTES, type Placement, writePlacements } from './placements.ts';
import { RestoreFile } from './restore-file.ts';
import { RestorePool } from './restore-pool.ts';
import { hasSameContent } from './same-content.ts';
import { type Selected, Selection } from './selection.ts';
import { openFolder, TargetFolders } from './target-folders.ts';

const SLASH = Buffer.from('/');
const WORKERS_MAX = 8;
/** Files that are made before they are written; as many are being written meanwhile. */
const FILES_GATHERED = 128;
/** Placements that are gathered before they are written. */
const PLACEMENTS_HELD = 4096;

export interface RestoreOptions {
  /** Folder to restore into; made when missing. */
  readonly to: string;
  /** Paths or patterns (paths/path-pattern.ts); everything when missing. */
  readonly include?: readonly string[];
  /** Replaces files that are there already. */
  readonly overwrite?: boolean;
  /**
   * Also restores what grants rights: set-user-ID and set-group-ID bits of files, `security.*` and
   * `trusted.*` attributes. For a backup whose writers are all trusted with this device.
   */
  readonly privileged?: boolean;
  /** Only tells what would be restored. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

export interface RestoreFailure {
  readonly path: Uint8Array;
  /**
   * When the list of files is damaged: not one path is meant but all from `path` on that come before
   * this one in order of their names' bytes; all that follow when null. Older versions of them may
   * have been restored, and some that were deleted.
   */
  readonly before?: Uint8Array | null;
  readonly code: string;
  readonly message: string;
}

export interface RestoreSummary {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
  /** Files that were there already, with the same time and content. */
  readonly skipped: number;
  /** Paths restored without some attribute, because the file system or platform takes it not. */
  readonly withoutAttributes: number;
  /** Paths restored without something that grants rights. */
  readonly withoutRights: number;
  readonly failed: readonly RestoreFailure[];
  readonly durationMs: number;
  readonly requests: number;
  readonly bytesFetched: number;
}

/**
 * Restores a snapshot. What can't be restored is named in the summary, and the rest is restored.
 * Cut off, it may be run again: what is there already is not written twice.
 *
 * @throws {HoldfastError} `path-missing` when nothing matches `include`, `cancelled`, `disk-full`,
 *   `target-unusable` when nothing can be written, or what the store throws.
 */
export async function restore(
  backup: Backup,
  snapshot: Snapshot,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const startedAtMs = performance.now();
  const workers = Math.min(Math.max(availableParallelism(), 1), WORKERS_MAX);
  const pool = new RestorePool(options.dryRun ? 0 : workers, JOB_BYTES);
  const run = new RestoreRun(backup, snapshot, options, pool, await Xattrs.load());
  try {
    await run.run();
  } finally {
    await run.abandon();
    await pool.terminate();
  }
  const { requests, bytesFetched } = backup.counts;
  const durationMs = Math.round(performance.now() - startedAtMs);
  const { attributes: withoutAttributes, rights: withoutRights } = run.lacking;
  const lacking = { withoutAttributes, withoutRights };
  return { ...run.counts, failed: run.failed, ...lacking, durationMs, requests, bytesFetched };
}

class RestoreRun {
  readonly counts = { files: 0, folders: 0, bytes: 0, skipped: 0 };
  readonly failed: RestoreFailure[] = [];
  readonly #backup: Backup;
  readonly #snapshot: Snapshot;
  readonly #options: RestoreOptions;
  readonly #pool: RestorePool;
  readonly #metadata: RestoredMetadata;
  readonly #reader: BlobReader;
  readonly #progress: Progress;
  readonly #open = new Set<RestoreFile>();
  readonly #selection: Selection;
  #folders: TargetFolders | null = null;
  #placements: Placement[] = [];
  #filesGathered = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    backup: Backup,
    snapshot: Snapshot,
    options: RestoreOptions,
    pool: RestorePool,
    xattrs: Xattrs | null,
  ) {
    this.#backup = backup;
    this.#snapshot = snapshot;
    this.#options = options;
    this.#pool = pool;
    this.#metadata = new RestoredMetadata({
      xattrs,
      privileged: options.privileged ?? false,
      note: (code, message, path) =>
        options.onEvent?.({ type: 'note', code, message, ...(path === undefined ? {} : { path }) }),
    });
    this.#reader = backup.reader(options.signal);
    this.#selection = new Selection({
      read: this.#reader.read,
      files: snapshot.files,
      include: options.include,
      onFailure: (key, error, before) => this.#fail(key, error, before),
      signal: options.signal,
    });
    this.#progress = new Progress('restoring', options.onEvent);
  }

  get lacking(): RestoredMetadata['lacking'] {
    return this.#metadata.lacking;
  }

  async run(): Promise<void> {
    const { include, dryRun = false, to } = this.#options;
    if (include === undefined) {
      const { fileCount, folderCount, totalBytes } = this.#snapshot;
      this.#progress.expect({ items: fileCount + folderCount, bytes: totalBytes });
    }
    if (!dryRun) this.#folders = new TargetFolders(resolve(to), (path) => this.#noteShared(path));
    let hasLinks = false;
    let selected = 0;
    for await (const item of this.#selection.entries()) {
      selected++;
      hasLinks ||= item.entry.kind === 'link';
      await this.#guard(item, () => this.#restoreOne(item));
    }
    if (selected === 0 && include !== undefined && this.failed.length === 0) {
      throw new HoldfastError('path-missing', 'Cannot restore: the snapshot has no such path');
    }
    await this.#writeAll();
    if (dryRun) return;
    if (hasLinks) {
      for await (const item of this.#selection.entries()) {
        if (item.entry.kind === 'link') await this.#guard(item, () => this.#restoreLink(item));
      }
    }
    await this.#finishFolders();
    this.#folders?.finish();
    this.#metadata.finish();
    this.#progress.tell();
  }

  /** Removes what is unfinished, after a failure or a stop. */
  async abandon(): Promise<void> {
    // Nobody may write to a descriptor any more when it is closed.
    await this.#writing.catch(() => undefined);
    for (const file of this.#open) file.abandon();
  }

  async #restoreOne({ key, names, entry }: Selected): Promise<void> {
    const folders = this.#folders;
    if (entry.kind === 'folder') {
      const path = folders?.ensure(names);
      if (path !== undefined && isAsBefore(path, entry)) folders?.claim(names);
      this.counts.folders++;
      this.#progress.add(1, 0);
      return;
    }
    if (entry.kind === 'link') {
      if (folders === null) this.counts.files++;
      return;
    }
    if (folders === null) {
      this.counts.files++;
      this.counts.bytes += entry.bytes;
      return;
    }
    const folder = folders.ensure(names.slice(0, -1));
    if (await this.#isThere(folders.pathOf(names), entry)) {
      this.counts.skipped++;
      this.#progress.add(1, entry.bytes, 0);
      return;
    }
    const { overwrite = false } = this.#options;
    const file: RestoreFile = new RestoreFile({
      folder,
      name: names.at(-1) as Uint8Array,
      entry,
      overwrite,
      finish: (fd, path) => this.#metadata.applyOpen(fd, path, key, entry),
      ended: (failure) => this.#ended(file, key, entry.bytes, failure),
    });
    this.#open.add(file);
    let sealFailure: unknown = null;
    try {
      await placeContent(this.#reader.read, entry, file, (batch) => this.#take(batch));
    } catch (error) {
      if (!isDamage(error)) throw error;
      sealFailure = error;
    }
    file.settle(sealFailure);
    if (++this.#filesGathered >= FILES_GATHERED) await this.#writeGathered();
  }

  /** @throws {HoldfastError} `target-unusable` when something else is there and may not be replaced. */
  async #isThere(
    path: Buffer,
    entry: Extract<FileEntry, { kind: 'file' | 'database' }>,
  ): Promise<boolean> {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return false;
    if (stat.isDirectory()) {
      throw new HoldfastError('target-unusable', 'Cannot restore a file: a folder has its name');
    }
    if (this.#options.overwrite) return false;
    const same = stat.isFile() && Number(stat.size) === entry.bytes;
    if (same && sameTime(stat.mtimeNs, entry.mtimeNs)) {
      const { chunkNameKey } = this.#backup;
      if (await hasSameContent(path, entry, this.#reader.read, chunkNameKey)) return true;
    }
    throw new HoldfastError('target-unusable', 'Cannot restore a file: another is there already');
  }

  #restoreLink({ key, names, entry }: Selected): void {
    if (entry.kind !== 'link' || this.#folders === null) return;
    const folder = this.#folders.ensure(names.slice(0, -1));
    const path = this.#folders.pathOf(names);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() && readlinkSync(path, 'buffer').equals(entry.target)) {
      this.counts.skipped++;
      return;
    }
    if (stat !== undefined && (!this.#options.overwrite || stat.isDirectory())) {
      throw new HoldfastError('target-unusable', 'Cannot restore a link: its name is taken');
    }
    const temporary = Buffer.concat([folder, SLASH, partialName(names.at(-1) as Uint8Array)]);
    rmSync(temporary, { force: true });
    symlinkSync(Buffer.from(entry.target), temporary);
    this.#metadata.applyLink(temporary, key, entry);
    renameSync(temporary, path);
    this.counts.files++;
    this.#progress.add(1, 0);
  }

  /**
   * From below: a folder may lock out who restores, or be given to somebody who could then put a link
   * in the way to those inside it.
   */
  async #finishFolders(): Promise<void> {
    const around: Selected[] = [];
    const leave = async (next: Uint8Array | null): Promise<void> => {
      for (let last = around.at(-1); last !== undefined; last = around.at(-1)) {
        if (next !== null && isWithin(next, last.key)) return;
        around.pop();
        const folder = last;
        await this.#guard(folder, () => this.#finishFolder(folder));
      }
    };
    for await (const item of this.#selection.entries()) {
      if (item.entry.kind !== 'folder') continue;
      await leave(item.key);
      around.push(item);
    }
    await leave(null);
  }

  #finishFolder({ key, names, entry }: Selected): void {
    if (!this.#folders?.hasMade(names)) return;
    const path = this.#folders.ensure(names);
    const fd = openFolder(path);
    try {
      if (fd === null) this.#metadata.touch(path, entry);
      else this.#metadata.applyOpen(fd, path, key, entry);
    } finally {
      if (fd !== null) closeSync(fd);
    }
  }

  async #take(batch: readonly Placement[]): Promise<void> {
    for (const placement of batch) {
      placement.file.expect();
      this.#placements.push(placement);
    }
    if (this.#placements.length >= PLACEMENTS_HELD) await this.#writeGathered();
  }

  /** Begins to write what was gathered, as soon as what was gathered before is written: waits for that. */
  async #writeGathered(): Promise<void> {
    const placements = this.#placements;
    this.#placements = [];
    this.#filesGathered = 0;
    const before = this.#writing;
    this.#writing = before.then(() =>
      writePlacements(placements, {
        reader: this.#reader,
        segments: this.#backup.state.segments,
        pool: this.#pool,
        onWritten: (bytes) => this.#progress.add(0, bytes),
        signal: this.#options.signal,
      }),
    );
    this.#writing.catch(() => undefined);
    await before;
  }

  async #writeAll(): Promise<void> {
    await this.#writeGathered();
    await this.#writing;
  }

  #ended(file: RestoreFile, key: Uint8Array, bytes: number, failure: unknown): void {
    this.#open.delete(file);
    if (failure !== null) {
      this.#fail(key, failure);
      return;
    }
    this.counts.files++;
    this.counts.bytes += bytes;
    this.#progress.add(1, 0);
  }

  #noteShared(path: Buffer): void {
    const message =
      'Others can rename folders here while root restores, and so lead the restore elsewhere';
    this.#options.onEvent?.({ type: 'note', code: 'target-shared', message, path });
  }

  /** Has a failure count for one path only, unless it would befall all others too. */
  async #guard({ key }: Selected, act: () => Promise<void> | void): Promise<void> {
    try {
      await act();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'ENOSPC' || code === 'EDQUOT') {
        const message = 'Cannot restore: this device has no room left';
        throw new HoldfastError('disk-full', message, { cause: error });
      }
      const isErrno = typeof (error as NodeJS.ErrnoException).syscall === 'string';
      const isAboutPath = isErrno || code === 'target-unusable';
      if (!isAboutPath && !isDamage(error)) throw error;
      this.#fail(key, error);
    }
  }

  /** @param before End of the stretch that is meant, when it is more than one path. */
  #fail(key: Uint8Array, error: unknown, before?: Uint8Array | null): void {
    const { code: errno, message: text } = error as { code?: string; message: string };
    const isOurs = error instanceof HoldfastError;
    const code = isOurs ? error.code : 'target-unusable';
    const message = isOurs ? text : `Cannot restore: ${errno ?? text}`;
    const path = pathBytes(key);
    const stretch = before === undefined ? {} : { before: before && pathBytes(before) };
    this.failed.push({ path, code, message, ...stretch });
    this.#options.onEvent?.({ type: 'note', code: 'not-restored', path, message, ...stretch });
  }
}

/** Whether a folder has the time and permissions that it is to have in the end. */
function isAsBefore(path: Buffer, { mtimeNs, mode }: FileEntry): boolean {
  const stat = lstatSync(path, { bigint: true });
  return sameTime(stat.mtimeNs, mtimeNs) && (Number(stat.mode) & 0o7777) === mode;
}
