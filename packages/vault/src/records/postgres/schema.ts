/**
 * The tables of a vault in PostgreSQL, as numbered steps. A released step never changes.
 *
 * A change is one call of one function: one round trip, and a row is locked for no longer than it takes.
 */
import { HoldfastError } from '@holdfast/core/errors';
import type { ClientBase } from 'pg';

/** Of the advisory lock that nodes take to migrate one after the other: "HFVA". */
const MIGRATION_LOCK = 0x48465641;

const STEPS: readonly string[] = [
  `
  CREATE TABLE holdfast_vault.ledgers (
    row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ledger_id bytea NOT NULL UNIQUE,
    revision bigint NOT NULL,
    log_entries bigint NOT NULL,
    due_at_ms bigint,
    sealed bytea NOT NULL
  );
  -- What is sealed can't be compressed: not tried.
  ALTER TABLE holdfast_vault.ledgers ALTER COLUMN sealed SET STORAGE EXTERNAL;
  CREATE INDEX ledgers_due ON holdfast_vault.ledgers (due_at_ms, ledger_id)
    WHERE due_at_ms IS NOT NULL;
  CREATE TABLE holdfast_vault.log_entries (
    ledger bigint NOT NULL,
    number bigint NOT NULL,
    entry bytea NOT NULL,
    PRIMARY KEY (ledger, number)
  );
  CREATE TABLE holdfast_vault.objects (
    ledger bigint NOT NULL,
    name bytea NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (ledger, name)
  );
  CREATE TABLE holdfast_vault.used_tokens (
    token_hash bytea PRIMARY KEY,
    expires_at_ms bigint NOT NULL
  );
  CREATE INDEX used_tokens_expiry ON holdfast_vault.used_tokens (expires_at_ms);
  CREATE TABLE holdfast_vault.settings (name text PRIMARY KEY, value bytea NOT NULL);
  CREATE TABLE holdfast_vault.last_check (at_ms bigint NOT NULL);
  INSERT INTO holdfast_vault.last_check VALUES (0);

  -- Looks at everything before it writes anything, the ledger's row being locked meanwhile.
  CREATE FUNCTION holdfast_vault.commit_change(
    p_ledger_id bytea, p_expected bigint, p_sealed bytea, p_due_at_ms bigint,
    p_first_number bigint, p_entries bytea[],
    p_put_names bytea[], p_put_bytes bytea[], p_delete_names bytea[],
    p_token_hash bytea, p_token_expires_at_ms bigint
  ) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    found_row bigint;
    found_revision bigint;
    log_length bigint := 0;
  BEGIN
    SELECT row_id, revision, log_entries INTO found_row, found_revision, log_length
      FROM holdfast_vault.ledgers WHERE ledger_id = p_ledger_id FOR UPDATE;
    IF found_revision IS DISTINCT FROM p_expected THEN
      RETURN 'conflict';
    END IF;
    log_length := coalesce(log_length, 0);
    IF p_first_number NOT IN (0, log_length + 1) THEN
      RETURN 'log-goes-on-at ' || log_length + 1;
    END IF;
    IF p_token_hash IS NOT NULL THEN
      INSERT INTO holdfast_vault.used_tokens VALUES (p_token_hash, p_token_expires_at_ms)
        ON CONFLICT DO NOTHING;
      IF NOT FOUND THEN
        RETURN 'token-used';
      END IF;
    END IF;
    log_length := log_length + cardinality(p_entries);
    IF p_expected IS NULL THEN
      INSERT INTO holdfast_vault.ledgers (ledger_id, revision, log_entries, due_at_ms, sealed)
        VALUES (p_ledger_id, 1, log_length, p_due_at_ms, p_sealed)
        ON CONFLICT DO NOTHING RETURNING row_id INTO found_row;
      IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
          MESSAGE = 'another node made this ledger at the same time';
      END IF;
    ELSE
      UPDATE holdfast_vault.ledgers
        SET revision = revision + 1, log_entries = log_length, due_at_ms = p_due_at_ms,
          sealed = p_sealed
        WHERE row_id = found_row;
    END IF;
    INSERT INTO holdfast_vault.log_entries
      SELECT found_row, p_first_number + place - 1, entry
      FROM unnest(p_entries) WITH ORDINALITY AS entries (entry, place);
    INSERT INTO holdfast_vault.objects
      SELECT found_row, name, bytes FROM unnest(p_put_names, p_put_bytes) AS puts (name, bytes)
      ON CONFLICT DO NOTHING;
    DELETE FROM holdfast_vault.objects WHERE ledger = found_row AND name = ANY (p_delete_names);
    RETURN 'committed';
  END $$;

  CREATE FUNCTION holdfast_vault.write_setting(p_name text, p_expected bytea, p_value bytea)
  RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    IF p_expected IS NULL THEN
      INSERT INTO holdfast_vault.settings VALUES (p_name, p_value) ON CONFLICT DO NOTHING;
    ELSE
      UPDATE holdfast_vault.settings SET value = p_value
        WHERE name = p_name AND value = p_expected;
    END IF;
    RETURN CASE WHEN FOUND THEN 'written' ELSE 'conflict' END;
  END $$;
  `,
];

/**
 * Brings the tables up to date, in one transaction: of many nodes that try at once, one does it.
 *
 * @throws {HoldfastError} `format-too-new` for a newer version's.
 */
export async function migrate(client: ClientBase, steps: readonly string[] = STEPS): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    const version = await currentVersion(client);
    if (version > steps.length) {
      throw new HoldfastError(
        'format-too-new',
        `Cannot open the vault's database: its tables are of version ${version}, and this program ` +
          `knows them up to ${steps.length}. Install the version that made them, or a newer one`,
      );
    }
    if (version === 0) {
      await client.query(
        'CREATE SCHEMA holdfast_vault; ' +
          'CREATE TABLE holdfast_vault.migrations (' +
          'number integer PRIMARY KEY, made_at timestamptz NOT NULL DEFAULT now())',
      );
    }
    for (const [i, step] of steps.entries()) {
      if (i < version) continue;
      await client.query(step);
      await client.query('INSERT INTO holdfast_vault.migrations VALUES ($1)', [i + 1]);
    }
    await client.query('COMMIT');
  } catch (error) {
    // When the connection itself is gone, so is the transaction.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** The last step that was made; 0 when there is no schema. */
async function currentVersion(client: ClientBase): Promise<number> {
  const { rows } = await client.query(
    "SELECT to_regnamespace('holdfast_vault') IS NOT NULL AS is_there",
  );
  if (rows[0]?.is_there !== true) return 0;
  const versions = await client.query(
    'SELECT max(number) AS version FROM holdfast_vault.migrations',
  );
  return versions.rows[0]?.version ?? 0;
}
