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

export class DeviceLock implements Disposable {
  readonly #database: DatabaseSync;

  /**
   * @param path Of the lock's file; made when missing.
   * @throws {HoldfastError} `already-running`.
   */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 0 });
    try {
      this.#database.exec('BEGIN EXCLUSIVE');
    } catch (cause) {
      // Some network drives have no locks: better to back up without than not at all.
      if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) return;
      this.#database.close();
      const message = 'Cannot back up: another backup of this device is running';
      throw new HoldfastError('already-running', message, { cause });
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
