/**
 * Keeps a second backup of the same device out while one is running
 * (docs/decisions/one-run-at-a-time.md).
 *
 * The lock is one that SQLite takes on an empty file: the operating system lets it go with the
 * process, however that ends.
 */
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';

const SQLITE_BUSY = 5;
/** SQLITE_PERM and SQLITE_IOERR_… of UNLOCK, RDLOCK, CHECKRESERVEDLOCK, LOCK: what a drive without locks says. */
const NO_LOCKS: ReadonlySet<number> = new Set([3, 2058, 2314, 3594, 3850]);

export class DeviceLock implements Disposable {
  readonly #database: DatabaseSync;

  /**
   * @param path Of the lock's file; made when missing.
   * @throws {HoldfastError} `already-running`, or what SQLite throws when the file is no lock.
   */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 0 });
    try {
      this.#database.exec('BEGIN EXCLUSIVE');
    } catch (cause) {
      const { errcode = 0 } = cause as { errcode?: number };
      // Some network drives have no locks: better to back up without than not at all.
      if (NO_LOCKS.has(errcode)) return;
      this.#database.close();
      // The lowest byte is the kind of error; the next tells more about it.
      if ((errcode & 0xff) !== SQLITE_BUSY) throw cause;
      const message = 'Cannot back up: another backup of this device is running';
      throw new HoldfastError('already-running', message, { cause });
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
