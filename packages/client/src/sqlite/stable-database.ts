/**
 * A database whose bytes hold still while they are read, though others keep writing to it.
 *
 * A read transaction on our own connection pins one state. When no frame of the write-ahead log is
 * part of that state, the database file itself holds still (writers append to the log, and with a
 * rollback journal they wait), so its pages are read in place. Otherwise SQLite's online backup
 * makes a copy on temporary disk, still under that transaction, which keeps writers from
 * restarting it.
 *
 * POSIX locks belong to the process: closing any descriptor of the file would drop SQLite's. So
 * ours is closed only after the connection is.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/core/errors';
import { throwIfCancelled } from '../stores/index.ts';
import { DATABASE_HEADER_BYTES, databasePageBytes, SIDE_FILE_SUFFIXES } from './database-header.ts';
import { recoverCopy } from './recover-copy.ts';
import { fileBytes, isSideNameTaken, noteSideFiles, sideFile } from './side-files.ts';

/** How long to wait for a writer that holds the database alone. */
const BUSY_TIMEOUT_MS = 15_000;
/** Pages per step of the online backup. */
const PAGES_PER_STEP = 1000;

/** How often to ask again meanwhile. */
const BUSY_STEP_MS = 100;

/** Primary result codes (https://www.sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_PROTOCOL = 15;
const SQLITE_NOTADB = 26;

export interface StableDatabase {
  /** A descriptor whose content does not change until `release`. */
  readonly fd: number;
  /** A multiple of `pageBytes`. */
  readonly bytes: number;
  readonly pageBytes: number;
  /** Ends the read transaction and removes temporary copies. */
  release(): Promise<void>;
}

/** Undone in reverse order. */
type Cleanups = (() => Promise<void> | void)[];
type Pinned = Omit<StableDatabase, 'release'>;

export interface StableDatabaseOptions {
  /** An existing folder of this run, where copies may lie; who made it removes it. */
  readonly temporaryFolder: string;
  /** How long to wait for a writer that holds the database alone; 15,000 by default. */
  readonly busyTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns null when the file is no sound SQLite database: it is to be stored as a plain file.
 * @throws {HoldfastError} `source-unreadable` when another process keeps it locked, `disk-full` when
 *   there is no room for a copy, `cancelled`.
 */
export async function openStableDatabase(
  path: Buffer,
  options: StableDatabaseOptions,
): Promise<StableDatabase | null> {
  const cleanups: Cleanups = [];
  const release = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  let pinned: Pinned | null = null;
  try {
    pinned = await pin(path, options, cleanups);
  } finally {
    if (pinned === null) await release();
  }
  return pinned === null ? null : { ...pinned, release };
}

async function pin(
  path: Buffer,
  options: StableDatabaseOptions,
  cleanups: Cleanups,
): Promise<Pinned | null> {
  cleanups.push(await noteSideFiles(path));
  const file = await openKept(path, cleanups);
  if ((await readPageBytes(file)) === null) return null;
  const copy = join(options.temporaryFolder, `${process.hrtime.bigint()}.db`);
  cleanups.push(() => removeCopy(copy));
  // SQLite opens no database beside such a name, and may wait for ever for what is a pipe.
  const isCopied = (await hasOrphanLog(path)) || (await isSideNameTaken(path));
  const begun = isCopied ? 'needs-recovery' : await beginRead(path, options);
  if (begun === 'unsound') return null;
  if (begun === 'needs-recovery') {
    if (!(await recoverCopy(path, copy))) return null;
    return await describe(await openKept(copy, cleanups));
  }
  cleanups.push(() => begun.close());
  if ((await fileBytes(sideFile(path, '-wal'))) === 0) return await describe(file);
  try {
    await backup(begun, copy, { rate: PAGES_PER_STEP });
  } catch (error) {
    if (isUnsound(error)) return null;
    if (resultCode(error) !== SQLITE_FULL) throw error;
    const message = 'Cannot copy a database: this device has no room left';
    throw new HoldfastError('disk-full', message, { cause: error });
  }
  return await describe(await openKept(copy, cleanups));
}

/**
 * Whether there is a log that nobody has open, for it has no index. Reading it in place would leave
 * that index behind.
 */
async function hasOrphanLog(path: Buffer): Promise<boolean> {
  const logBytes = await fileBytes(sideFile(path, '-wal'));
  return logBytes > 0 && (await fileBytes(sideFile(path, '-shm'))) === 0;
}

async function removeCopy(copy: string): Promise<void> {
  for (const suffix of ['', ...SIDE_FILE_SUFFIXES]) await rm(`${copy}${suffix}`, { force: true });
}

/** A connection inside a read transaction, or why there is none. */
async function beginRead(
  path: Buffer,
  { busyTimeoutMs = BUSY_TIMEOUT_MS, signal }: StableDatabaseOptions,
): Promise<DatabaseSync | 'unsound' | 'needs-recovery'> {
  const giveUpAtMs = performance.now() + busyTimeoutMs;
  for (;;) {
    let database: DatabaseSync | null = null;
    try {
      database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_STEP_MS });
      database.exec('BEGIN');
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      return database;
    } catch (error) {
      database?.close();
      const code = resultCode(error);
      if (code === null) throw error;
      if (code === SQLITE_READONLY || code === SQLITE_CANTOPEN) return 'needs-recovery';
      // Whatever else SQLite has against it, a plain copy of the file is better than none.
      if (code !== SQLITE_BUSY && code !== SQLITE_PROTOCOL) return 'unsound';
      if (performance.now() > giveUpAtMs) {
        throw new HoldfastError('source-unreadable', 'Cannot read a database: it stays locked', {
          cause: error,
        });
      }
      throwIfCancelled(signal, 'read a database');
      await sleep(BUSY_STEP_MS);
    }
  }
}

async function describe(file: FileHandle): Promise<Pinned | null> {
  const pageBytes = await readPageBytes(file);
  const bytes = (await file.stat()).size;
  if (pageBytes === null || bytes % pageBytes !== 0) return null;
  return { fd: file.fd, bytes, pageBytes };
}

async function openKept(path: string | Buffer, cleanups: Cleanups): Promise<FileHandle> {
  const file = await open(path, 'r');
  cleanups.push(() => file.close());
  return file;
}

async function readPageBytes(file: FileHandle): Promise<number | null> {
  const header = new Uint8Array(DATABASE_HEADER_BYTES);
  const { bytesRead } = await file.read(header, 0, header.length, 0);
  return databasePageBytes(header.subarray(0, bytesRead));
}

function isUnsound(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** SQLite's primary result code; null for other errors. */
function resultCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' ? code & 0xff : null;
}
