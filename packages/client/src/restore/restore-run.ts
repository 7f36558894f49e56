/**
 * One restore, from its first folder to its last.
 *
 * First every folder and file, in the order of the file table, contents in the order of packs;
 * then links, when nothing can be written through them any more; last the folders' own times.
 */
import { closeSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { type FileEntry, isWithin } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { isDamage } from '../damage.ts';
import { partialName } from '../paths/partial-name.ts';
import { sameTime } from '../platform/file-times.ts';
import type { Xattrs } from '../platform/xattrs.ts';
import { Progress } from '../progress.ts';
import type { Backup } from '../repository/backup.ts';
import type { BlobReader } from '../repository/blob-reader.ts';
import type { Snapshot } from '../snapshots/list-snapshots.ts';
import { type RestoreFailure, RestoreFailures } from './failures.ts';
import { placeContent } from './file-content.ts';
import { RestoredMetadata } from './metadata.ts';
import type { RestoreOptions } from './options.ts';
import { PlacementQueue } from './placement-queue.ts';
import { PlacementWriter } from './placement-writer.ts';
import { RestoreFile } from './restore-file.ts';
import type { RestorePool } from './restore-pool.ts';
import { hasSameContent } from './same-content.ts';
import { type Selected, Selection } from './selection.ts';
import { openFolder, TargetFolders } from './target-folders.ts';

const SLASH = Buffer.from('/');
/** Files that are open at a time, with two descriptors each: a process may have some thousand. */
const OPEN_MAX = 256;

export class RestoreRun {
  readonly counts = { files: 0, folders: 0, bytes: 0, skipped: 0 };
  readonly #failures: RestoreFailures;
  readonly #backup: Backup;
  readonly #snapshot: Snapshot;
  readonly #options: RestoreOptions;
  readonly #metadata: RestoredMetadata;
  readonly #reader: BlobReader;
  readonly #progress: Progress;
  readonly #open = new Set<RestoreFile>();
  readonly #selection: Selection;
  readonly #queue: PlacementQueue;
  #folders: TargetFolders | null = null;

  constructor(
    backup: Backup,
    snapshot: Snapshot,
    options: RestoreOptions,
    pool: RestorePool,
    xattrs: Xattrs | null,
  ) {
    this.#backup = backup;
    this.#snapshot = snapshot;
    this.#failures = new RestoreFailures(options.onEvent);
    this.#options = options;
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
      onFailure: (key, error, before) => this.#failures.add(key, error, before),
      signal: options.signal,
    });
    this.#progress = new Progress('restoring', options.onEvent);
    const writer = new PlacementWriter({
      reader: this.#reader,
      segments: backup.state.segments,
      pool,
      onWritten: (bytes) => this.#progress.add(0, bytes),
      signal: options.signal,
    });
    this.#queue = new PlacementQueue(writer);
  }

  get failed(): readonly RestoreFailure[] {
    return this.#failures.list;
  }

  get unmatched(): readonly string[] {
    return this.#selection.unmatched;
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
    if (include !== undefined && !(await this.#selection.hasAny())) {
      if (this.failed.length > 0) return;
      throw new HoldfastError('path-missing', 'Cannot restore: the snapshot has no such path');
    }
    if (!dryRun) this.#folders = new TargetFolders(resolve(to), (path) => this.#noteShared(path));
    using _ = this.#folders?.lock();
    let hasLinks = false;
    for await (const item of this.#selection.entries()) {
      hasLinks ||= item.entry.kind === 'link';
      await this.#failures.guard(item.key, () => this.#restoreOne(item));
    }
    await this.#queue.drain();
    if (dryRun) return;
    if (hasLinks) {
      for await (const item of this.#selection.entries()) {
        if (item.entry.kind === 'link')
          await this.#failures.guard(item.key, () => this.#restoreLink(item));
      }
    }
    await this.#finishFolders();
    this.#folders?.finish();
    this.#metadata.finish();
    this.#progress.tell();
  }

  /** Removes what is unfinished, after a failure or a stop, as far as the system lets it. */
  async abandon(): Promise<void> {
    // Nobody may write to a descriptor any more when it is closed.
    await this.#queue.abandon();
    for (const file of this.#open) {
      try {
        file.abandon();
      } catch {
        // What ended the restore is told. The next one into this folder removes what stays.
      }
    }
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
      await placeContent(this.#reader.read, entry, file, this.#queue);
    } catch (error) {
      if (!isDamage(error)) throw error;
      sealFailure = error;
    }
    file.arrive(sealFailure);
    await this.#queue.endFile();
    while (this.#open.size >= OPEN_MAX && (await this.#queue.advance()));
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
        await this.#failures.guard(folder.key, () => this.#finishFolder(folder));
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

  #ended(file: RestoreFile, key: Uint8Array, bytes: number, failure: unknown): void {
    this.#open.delete(file);
    if (failure !== null) {
      this.#failures.take(key, failure);
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
}

/** Whether a folder has the time and permissions that it is to have in the end. */
function isAsBefore(path: Buffer, { mtimeNs, mode }: FileEntry): boolean {
  const stat = lstatSync(path, { bigint: true });
  return sameTime(stat.mtimeNs, mtimeNs) && (Number(stat.mode) & 0o7777) === mode;
}
