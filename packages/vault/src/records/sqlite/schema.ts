/** The tables of a vault in SQLite. */
import type { Schema } from '@holdfast/serving/sqlite';

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

export const SCHEMA: Schema = { owner: 'vault', applicationId: APPLICATION_ID, steps: STEPS };
