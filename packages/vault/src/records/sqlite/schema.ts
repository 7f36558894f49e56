/**
 * The tables of a vault in SQLite, as numbered steps: `user_version` is the last one that was made.
 * A released step never changes.
 */
import type { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';

/** "HFVA", so that no other program's database is taken for a vault's. */
const APPLICATION_ID = 0x48465641;

const STEPS: readonly string[] = [
  `
  CREATE TABLE ledgers (
    row_id INTEGER PRIMARY KEY,
    ledger_id BLOB NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    log_entries INTEGER NOT NULL,
    due_at_ms INTEGER,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX ledgers_due ON ledgers (due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE TABLE log_entries (
    ledger INTEGER NOT NULL REFERENCES ledgers,
    number INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (ledger, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE objects (
    row_id INTEGER PRIMARY KEY,
    ledger INTEGER NOT NULL REFERENCES ledgers,
    name BLOB NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (ledger, name)
  ) STRICT;
  CREATE TABLE used_tokens (
    token_hash BLOB PRIMARY KEY,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX used_tokens_expiry ON used_tokens (expires_at_ms);
  CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE last_check (at_ms INTEGER NOT NULL) STRICT;
  INSERT INTO last_check VALUES (0);
  PRAGMA application_id = ${APPLICATION_ID};
  `,
];

/**
 * Brings the tables up to date, in one transaction: of many who try at once, one does it.
 *
 * @throws {HoldfastError} `format-too-new` for a newer version's, `store-invalid` for another program's.
 */
export function migrate(database: DatabaseSync, steps: readonly string[] = STEPS): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = pragma(database, 'user_version');
    assertOurs(database, version);
    assertKnown(version, steps);
    for (const step of steps.slice(version)) database.exec(step);
    if (version < steps.length) database.exec(`PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

/**
 * Whether the tables are those of today, for who must not change them.
 *
 * @throws {HoldfastError} as `migrate()`; `store-invalid` for an older version's, too.
 */
export function assertMigrated(database: DatabaseSync): void {
  const version = pragma(database, 'user_version');
  assertOurs(database, version);
  assertKnown(version, STEPS);
  if (version === STEPS.length) return;
  const state = 'its tables are of an older version. Make a new copy';
  throw new HoldfastError('store-invalid', `Cannot use a copy of the vault's database: ${state}`);
}

function assertKnown(version: number, steps: readonly string[]): void {
  if (version <= steps.length) return;
  throw new HoldfastError(
    'format-too-new',
    `Cannot open the vault's database: its tables are of version ${version}, and this program ` +
      `knows them up to ${steps.length}. Install the version that made them, or a newer one`,
  );
}

function assertOurs(database: DatabaseSync, version: number): void {
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (isEmpty && version === 0) return;
  if (pragma(database, 'application_id') === APPLICATION_ID) return;
  throw new HoldfastError(
    'store-invalid',
    "Cannot open the vault's database: the file is another program's",
  );
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return (database.prepare(`PRAGMA ${name}`).get() as Record<typeof name, number>)[name];
}
