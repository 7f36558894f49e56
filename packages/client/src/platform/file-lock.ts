/**
 * A lock that the operating system lets go with the process, however that ends: the one that SQLite
 * takes on an empty file. Node has none of its own.
 */
import { DatabaseSync } from 'node:sqlite';

/** Why there is no lock; `unavailable` where the drive has none. */
export type LockRefusal =
  | 'held'
  | 'unavailable'
  | 'no-room'
  | 'no-lock-file'
  | 'not-writable'
  | 'other';

/** Primary result codes (https://www.sqlite.org/rescode.html). */
const REFUSALS: ReadonlyMap<number, LockRefusal> = new Map([
  [5, 'held'],
  [8, 'not-writable'],
  [13, 'no-room'],
  [14, 'not-writable'],
  [26, 'no-lock-file'],
]);
/** SQLITE_PERM and SQLITE_IOERR_… of UNLOCK, RDLOCK, CHECKRESERVEDLOCK, LOCK: what a drive without locks says. */
const NO_LOCKS: ReadonlySet<number> = new Set([3, 2058, 2314, 3594, 3850]);

export class FileLock implements Disposable {
  readonly #database: DatabaseSync | null;

  /**
   * @param path Of the lock's file; made when missing.
   * @param onRefused What it returns is thrown; after null all goes on without a lock.
   */
  constructor(path: string, onRefused: (why: LockRefusal, cause: Error) => Error | null) {
    this.#database = lock(path, onRefused);
  }

  /** Whether there is a lock. */
  get isHeld(): boolean {
    return this.#database !== null;
  }

  [Symbol.dispose](): void {
    this.#database?.close();
  }
}

function lock(
  path: string,
  onRefused: (why: LockRefusal, cause: Error) => Error | null,
): DatabaseSync | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    const { errcode } = cause as { errcode?: number };
    if (errcode === undefined) throw cause;
    // The lowest byte is the kind of error; the next tells more about it.
    const why = NO_LOCKS.has(errcode) ? 'unavailable' : (REFUSALS.get(errcode & 0xff) ?? 'other');
    const error = onRefused(why, cause as Error);
    if (error !== null) throw error;
    return null;
  }
}
