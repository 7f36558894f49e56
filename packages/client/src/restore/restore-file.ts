/**
 * One file while it is restored: written under a temporary name, and given its own only when it is
 * whole. A restore that was stopped or killed thus leaves no half file under its right name; after a
 * loss of power there may be one that lacks content (`same-content.ts` finds out).
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import type { FileEntry } from '@holdfast/core/backup-format';
import { HoldfastError } from '@holdfast/core/errors';
import { partialName } from '../paths/partial-name.ts';
import { DIRECT_MIN_BYTES, O_DIRECT } from '../platform/direct-io.ts';
import { SIDE_FILE_SUFFIXES } from '../sqlite/database-header.ts';
import { looksLikeSideFile } from '../sqlite/side-file-header.ts';

const WRITE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Not waiting for a reader, should a pipe have taken the file's place. */
const DIRECT_FLAGS =
  constants.O_WRONLY | O_DIRECT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

type FileContent = Extract<FileEntry, { kind: 'file' | 'database' }>;

export interface RestoreFileOptions {
  readonly folder: Buffer;
  readonly name: Uint8Array;
  readonly entry: FileContent;
  readonly overwrite: boolean;
  /** Gives the file all but its content; called when nothing more is written to it. */
  readonly finish: (fd: number, path: Buffer) => void;
  /** Told once, when the file is whole or lost. */
  readonly ended: (failure: unknown) => void;
}

export class RestoreFile {
  readonly fd: number;
  /** For long stretches in whole blocks, past the page cache; −1 where there is no such thing. */
  readonly directFd: number = -1;
  readonly #options: RestoreFileOptions;
  readonly #temporary: Buffer;
  readonly #path: Buffer;
  #pending = 1;
  #failure: unknown = null;
  #isClosed = false;

  /** Makes the temporary file at its full length; what is not written stays zeros. */
  constructor(options: RestoreFileOptions) {
    this.#options = options;
    this.#path = Buffer.concat([options.folder, SLASH, options.name]);
    this.#temporary = Buffer.concat([options.folder, SLASH, partialName(options.name)]);
    rmSync(this.#temporary, { force: true });
    this.fd = openSync(this.#temporary, WRITE_FLAGS, 0o600);
    try {
      ftruncateSync(this.fd, options.entry.bytes);
    } catch (error) {
      this.#discard();
      throw error;
    }
    this.directFd =
      options.entry.bytes < DIRECT_MIN_BYTES ? -1 : openDirect(this.#temporary, this.fd);
  }

  /** Length that it is to have. */
  get bytes(): number {
    return this.#options.entry.bytes;
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Something more will be written. */
  expect(): void {
    this.#pending++;
  }

  /** Something that was expected is written, or will never be. The first failure counts. */
  arrive(failure: unknown = null): void {
    this.#failure ??= failure;
    if (--this.#pending === 0) this.#end();
  }

  /** Gives the file up and removes what there is of it. @throws What the system throws. */
  abandon(): void {
    if (!this.#isClosed) this.#discard();
  }

  #end(): void {
    if (this.#isClosed) return;
    if (this.#failure === null) {
      try {
        this.#finish();
      } catch (error) {
        this.#failure = error;
      }
    }
    if (this.#failure !== null) this.#discard();
    this.#options.ended(this.#failure);
  }

  #finish(): void {
    const { entry, overwrite, finish } = this.#options;
    // Through the descriptor: others who may write to the folder could put a link at the path.
    finish(this.fd, this.#temporary);
    if (!this.#isInPlace()) {
      const message = 'Cannot restore a file: something else changes the folder that it goes to';
      throw new HoldfastError('target-unusable', message);
    }
    this.#close();
    if (!overwrite && lstatSync(this.#path, { throwIfNoEntry: false }) !== undefined) {
      throw new HoldfastError('target-unusable', 'Cannot restore a file: its name is taken');
    }
    if (entry.kind === 'database') this.#removeSideFiles();
    renameSync(this.#temporary, this.#path);
  }

  /**
   * A log that belonged to the database before would be replayed into this one. What only has such
   * a name stays: SQLite takes no notice of a log or journal without its header.
   */
  #removeSideFiles(): void {
    for (const suffix of SIDE_FILE_SUFFIXES) {
      const path = Buffer.concat([this.#path, Buffer.from(suffix)]);
      if (!looksLikeSideFile(path)) continue;
      if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) rmSync(path, { force: true });
    }
  }

  /** Whether what stands under the temporary name is this file, not one that took its place. */
  #isInPlace(): boolean {
    const there = lstatSync(this.#temporary, { bigint: true, throwIfNoEntry: false });
    return isSame(there, fstatSync(this.fd, { bigint: true }));
  }

  #discard(): void {
    const isOurs = this.#isClosed || this.#isInPlace();
    if (!this.#isClosed) this.#close();
    if (isOurs) rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    this.#isClosed = true;
    if (this.directFd >= 0) closeSync(this.directFd);
    closeSync(this.fd);
  }
}

/** @returns One more descriptor of the file that is open as `fd`; −1 where there is no such thing. */
function openDirect(path: Buffer, fd: number): number {
  if (O_DIRECT === 0) return -1;
  let directFd: number;
  try {
    directFd = openSync(path, DIRECT_FLAGS);
  } catch {
    // A file system that has no such writes: the other descriptor does for everything.
    return -1;
  }
  const [ours, there] = [fd, directFd].map((one) => fstatSync(one, { bigint: true }));
  if (isSame(ours, there)) return directFd;
  closeSync(directFd);
  return -1;
}

function isSame(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}

const SLASH = Buffer.from('/');
