/**
 * What a scan counts: every path once, by what became of it.
 */
import type { FileEntry } from '@holdfast/core/backup-format';
import { contentOf } from '../snapshots/content-of.ts';
import { isSameAttributes } from './source-stat.ts';

export interface ScanCounts {
  readonly filesNew: number;
  /** Those whose content differs. */
  readonly filesChanged: number;
  /** Files of the same content with other permissions, times or attributes. */
  readonly filesMetadata: number;
  /** Unchanged ones whose content the store had lost or damaged. */
  readonly filesStoredAgain: number;
  readonly filesUnmodified: number;
  /** Files and links of these sources that the parent has and they have not. */
  readonly filesRemoved: number;
  readonly folders: number;
  /** Of those that could not be read, the ones that stay as they are in the parent. */
  readonly carried: number;
  /** Length of all files together. */
  readonly totalBytes: number;
  /** Bytes of sources that were read; for a dry run, that would be. */
  readonly bytesRead: number;
  /** Files and folders that could not be read. */
  readonly unreadable: number;
}

export class ScanTally {
  readonly #counts = {
    filesNew: 0,
    filesChanged: 0,
    filesMetadata: 0,
    filesStoredAgain: 0,
    filesUnmodified: 0,
    filesRemoved: 0,
    carried: 0,
    folders: 0,
    totalBytes: 0,
    bytesRead: 0,
    unreadable: 0,
  };

  get counts(): ScanCounts {
    return this.#counts;
  }

  /** An entry that says what the parent's does. */
  addUnmodified(entry: FileEntry): void {
    if (entry.kind === 'folder') this.#counts.folders++;
    else this.#counts.filesUnmodified++;
    this.#counts.totalBytes += lengthOf(entry);
  }

  /** @param before What the parent has there. */
  addStored(entry: FileEntry, before: FileEntry | null): void {
    if (entry.kind === 'folder') this.#counts.folders++;
    else if (before === null) this.#counts.filesNew++;
    else if (contentOf(entry) !== contentOf(before)) this.#counts.filesChanged++;
    else if (isSameAttributes(entry, before)) this.#counts.filesUnmodified++;
    else this.#counts.filesMetadata++;
    this.#counts.totalBytes += lengthOf(entry);
  }

  /** What is as before, and was not in the store any more. */
  addAgain(entry: FileEntry): void {
    this.#counts.filesStoredAgain++;
    this.#counts.totalBytes += lengthOf(entry);
  }

  /** What a dry run does not store. Whether the content of a file differs is not looked at. */
  addUnread(kind: 'folder' | 'file', bytes: number, before: FileEntry | null): void {
    if (kind === 'folder') this.#counts.folders++;
    else if (before === null) this.#counts.filesNew++;
    else this.#counts.filesChanged++;
    this.#counts.totalBytes += bytes;
    this.#counts.bytesRead += bytes;
  }

  /** An entry of the parent that stays though what it stands for can't be read. */
  addCarried(before: FileEntry): void {
    if (before.kind === 'folder') this.#counts.folders++;
    else this.#counts.carried++;
    this.#counts.totalBytes += lengthOf(before);
  }

  addRemoved(before: FileEntry): void {
    if (before.kind !== 'folder') this.#counts.filesRemoved++;
  }

  addRead(bytes: number): void {
    this.#counts.bytesRead += bytes;
  }

  addUnreadable(): void {
    this.#counts.unreadable++;
  }
}

/** Length of the content, in bytes; 0 for what has none. */
export function lengthOf(entry: FileEntry): number {
  return entry.kind === 'file' || entry.kind === 'database' ? entry.bytes : 0;
}

/** Files, databases and links that a snapshot has then. */
export function fileCount(counts: ScanCounts): number {
  const { filesNew, filesChanged, filesMetadata, filesStoredAgain, filesUnmodified } = counts;
  const { carried } = counts;
  return filesNew + filesChanged + filesMetadata + filesStoredAgain + filesUnmodified + carried;
}
