/** The tables of a provider in SQLite. */
import type { Schema } from '@holdfast/serving/sqlite';

/** "HFPR", so that no other program's database is taken for a provider's. */
const APPLICATION_ID = 0x48465052;

const STEPS: readonly string[] = [
  `
  CREATE TABLE accounts (
    row_id INTEGER PRIMARY KEY,
    account_id BLOB NOT NULL UNIQUE,
    backup_id BLOB NOT NULL UNIQUE,
    generation INTEGER NOT NULL,
    owner_key BLOB NOT NULL UNIQUE,
    head_key BLOB NOT NULL,
    revision INTEGER NOT NULL,
    greatest_head INTEGER NOT NULL,
    used_bytes INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    quota_bytes INTEGER,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE account_keys (
    auth_key BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts,
    generation INTEGER NOT NULL,
    UNIQUE (account, generation)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE subjects (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject BLOB NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES accounts
  ) STRICT;
  CREATE INDEX subjects_account ON subjects (account);
  CREATE TABLE tokens (
    token_hash BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts,
    generation INTEGER NOT NULL,
    scope TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tokens_expiry ON tokens (expires_at_ms);
  CREATE TABLE used_challenges (
    hash BLOB PRIMARY KEY,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX used_challenges_expiry ON used_challenges (expires_at_ms);
  CREATE TABLE invites (invite_hash BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE objects (
    row_id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts,
    name TEXT NOT NULL,
    length_bytes INTEGER NOT NULL,
    hash BLOB NOT NULL,
    written_at_ms INTEGER NOT NULL,
    place BLOB,
    is_signed INTEGER NOT NULL,
    deleted_at_ms INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX objects_name ON objects (account, name) WHERE deleted_at_ms IS NULL;
  CREATE INDEX objects_deleted ON objects (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
  CREATE INDEX objects_place ON objects (place) WHERE place IS NOT NULL;
  CREATE TABLE inline_bytes (
    object INTEGER PRIMARY KEY REFERENCES objects,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE last_check (at_ms INTEGER NOT NULL) STRICT;
  INSERT INTO last_check VALUES (0);
  PRAGMA application_id = ${APPLICATION_ID};
  `,
];

export const SCHEMA: Schema = {
  owner: 'provider',
  applicationId: APPLICATION_ID,
  steps: STEPS,
};
