/**
 * Keeps a second backup of the same device out while one is running
 * (docs/decisions/one-run-at-a-time.md).
 *
 * The lock is one that SQLite takes on an empty file: the operating system lets it go with the
 * process, however that ends.
 */
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';

/** Primary result codes (https://www.sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
/** SQLITE_PERM and SQLITE_IOERR_… of UNLOCK, RDLOCK, CHECKRESERVEDLOCK, LOCK: what a drive without locks says. */
const NO_LOCKS: ReadonlySet<number> = new Set([3, 2058, 2314, 3594, 3850]);

export class DeviceLock implements Disposable {
  readonly #database: DatabaseSync | null;

  /**
   * @param path Of the lock's file; made when missing.
   * @throws {HoldfastError} `already-running`; `device-unusable` or `disk-full` when the file can't
   *   be used as a lock.
   */
  constructor(path: string) {
    this.#database = lock(path);
  }

  [Symbol.dispose](): void {
    this.#database?.close();
  }
}

/** @returns null where there are no locks. */
function lock(path: string): DatabaseSync | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    const { errcode } = cause as { errcode?: number };
    if (errcode === undefined) throw cause;
    // Some network drives have no locks: better to back up without than not at all.
    if (NO_LOCKS.has(errcode)) return null;
    throw asLockError(path, errcode, cause as Error);
  }
}

function asLockError(path: string, errcode: number, cause: Error): HoldfastError {
  // The lowest byte is the kind of error; the next tells more about it.
  switch (errcode & 0xff) {
    case SQLITE_BUSY: {
      const message = 'Cannot back up: another backup of this device is running';
      return new HoldfastError('already-running', message, { cause });
    }
    case SQLITE_FULL: {
      const message = `Cannot lock ${path}: no room is left on this device`;
      return new HoldfastError('disk-full', message, { cause });
    }
    case SQLITE_NOTADB:
      return unusable(path, 'it is no lock; remove it while no backup is running', cause);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return unusable(path, 'it is no file that can be written', cause);
    default:
      return unusable(path, cause.message, cause);
  }
}

function unusable(path: string, state: string, cause: Error): HoldfastError {
  return new HoldfastError('device-unusable', `Cannot lock ${path}: ${state}`, { cause });
}
