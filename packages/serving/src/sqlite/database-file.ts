/** A database in a file of its own, and a connection whose commits are durable. */
import { chmodSync, closeSync, fsyncSync, openSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';
import { migrate, type Schema } from './migrate.ts';
import type { DatabaseOwner } from './sqlite-error.ts';

/** How long another process may hold the lock for writing. */
const BUSY_TIMEOUT_MS = 3000;

/**
 * Makes the file when there is none; others than its owner can't read it. Never opens one that is there: closing
 * it again would drop the locks that SQLite has on it.
 *
 * @throws {HoldfastError} `store-unreachable`, `store-denied`.
 */
export function claimDatabaseFile(owner: DatabaseOwner, file: string): void {
  try {
    const { mode } = statSync(file, { throwIfNoEntry: false }) ?? makeFile(file);
    if ((mode & 0o077) !== 0) chmodSync(file, 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return; // another process was first
    const [errorCode, state] =
      code === 'ENOENT'
        ? (['store-unreachable', 'its folder is not there'] as const)
        : (['store-denied', 'the system denies it'] as const);
    throw new HoldfastError(errorCode, `Cannot make the ${owner}'s database: ${state}`, { cause });
  }
}

function makeFile(file: string): Stats {
  closeSync(openSync(file, 'wx', 0o600));
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return statSync(file);
}

/**
 * The connection that writes; its tables are up to date.
 *
 * @throws {HoldfastError} `database-unsafe` when SQLite can't make it durable there; what `migrate` throws.
 */
export function openDurable(path: string, schema: Schema): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    assertDurable(database, schema.owner);
    migrate(database, schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * A write-ahead log that is synced with every commit. `fullfsync` is for macOS, whose plain fsync
 * leaves the data in the drive's cache.
 */
function assertDurable(database: DatabaseSync, owner: DatabaseOwner): void {
  const { journal_mode: mode } = database.prepare('PRAGMA journal_mode = WAL').get() as {
    journal_mode: string;
  };
  database.exec(
    'PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; ' +
      'PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF',
  );
  const { synchronous } = database.prepare('PRAGMA synchronous').get() as { synchronous: number };
  if (mode === 'wal' && synchronous === 2) return;
  throw new HoldfastError(
    'database-unsafe',
    `Cannot open the ${owner}'s database: SQLite can't keep a write-ahead log there. Put it on a local disk`,
  );
}
