/**
 * The one connection that writes: many changes in one transaction, each of which stands or falls by
 * itself.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDurable, transactionsOf } from '@holdfast/serving/sqlite';
import type { CheckedChange } from '../arguments.ts';
import type { CommitOutcome } from '../record-store.ts';
import type { Write } from './packed-writes.ts';
import { SCHEMA } from './schema.ts';

/** Forgotten in one transaction, so that commits never wait for long. */
const TOKENS_AT_ONCE = 10_000;

export type Written = CommitOutcome | WrongLogNumber | DroppedTokens;

/** The entries of a change don't go on where the log ends. */
export interface WrongLogNumber {
  /** Where it does. */
  readonly nextLogNumber: number;
}

export interface DroppedTokens {
  readonly dropped: number;
  readonly mayBeMore: boolean;
}

interface LedgerRow {
  readonly row_id: number;
  readonly revision: number;
  readonly log_entries: number;
}

export class SqliteWriter {
  readonly #database: DatabaseSync;
  readonly #inTransaction: ReturnType<typeof transactionsOf>;
  readonly #statements: ReturnType<typeof prepareAll>;

  /**
   * Opens the database, and makes it when the file is empty.
   *
   * @throws {HoldfastError} `database-unsafe` when SQLite can't make it durable there.
   */
  constructor(path: string) {
    this.#database = openDurable(path, SCHEMA);
    try {
      this.#inTransaction = transactionsOf(this.#database);
      this.#statements = prepareAll(this.#database);
      // Syncs the log, too: a killed process can leave commits in it that only the page cache has.
      this.write([{ kind: 'check' }]);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /**
   * Makes all that can be made, durable when it returns.
   *
   * @throws what SQLite throws: then nothing was written, unless the error came from the disk.
   */
  write(writes: readonly Write[]): Written[] {
    return this.#inTransaction(() => writes.map((write) => this.#writeOne(write)));
  }

  close(): void {
    this.#database.close();
  }

  #writeOne(write: Write): Written {
    switch (write.kind) {
      case 'change':
        return this.#change(write.change);
      case 'setting':
        return this.#setting(write.name, write.expected, write.value);
      case 'drop-tokens': {
        const dropped = Number(
          this.#statements.dropTokens.run(write.nowMs, TOKENS_AT_ONCE).changes,
        );
        return { dropped, mayBeMore: dropped === TOKENS_AT_ONCE };
      }
      case 'check':
        this.#statements.check.run();
        return 'committed';
    }
  }

  /** Looks at everything before it writes anything: there is nothing to take back. */
  #change(change: CheckedChange): Written {
    const statements = this.#statements;
    const row = statements.find.get(change.ledgerId) as LedgerRow | undefined;
    if ((row?.revision ?? null) !== change.expectedRevision) return 'conflict';
    const logEntries = row?.log_entries ?? 0;
    if (change.firstNumber !== 0 && change.firstNumber !== logEntries + 1) {
      return { nextLogNumber: logEntries + 1 };
    }
    if (
      change.tokenHash !== null &&
      statements.useToken.run(change.tokenHash, change.tokenExpiresAtMs).changes === 0
    ) {
      return 'token-used';
    }
    const ledger = this.#writeState(row, logEntries + change.entries.length, change);
    for (const [i, entry] of change.entries.entries()) {
      statements.append.run(ledger, change.firstNumber + i, entry);
    }
    for (const [i, name] of change.putNames.entries()) {
      statements.putObject.run(ledger, name, change.putBytes[i] as Uint8Array);
    }
    for (const name of change.deleteNames) statements.deleteObject.run(ledger, name);
    return 'committed';
  }

  /** @returns The number of the ledger's row. */
  #writeState(row: LedgerRow | undefined, logEntries: number, change: CheckedChange): number {
    const { dueAtMs, ledgerId, sealed } = change;
    if (row === undefined) {
      const { lastInsertRowid } = this.#statements.create.run(
        ledgerId,
        logEntries,
        dueAtMs,
        sealed,
      );
      return Number(lastInsertRowid);
    }
    this.#statements.update.run(logEntries, dueAtMs, sealed, row.row_id);
    return row.row_id;
  }

  #setting(name: string, expected: Uint8Array | null, value: Uint8Array): Written {
    const { changes } =
      expected === null
        ? this.#statements.createSetting.run(name, value)
        : this.#statements.updateSetting.run(value, name, expected);
    return changes === 0 ? 'conflict' : 'committed';
  }
}

function prepareAll(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    find: prepare('SELECT row_id, revision, log_entries FROM ledgers WHERE ledger_id = ?'),
    useToken: prepare('INSERT INTO used_tokens VALUES (?, ?) ON CONFLICT DO NOTHING'),
    create: prepare(
      'INSERT INTO ledgers (ledger_id, revision, log_entries, due_at_ms, sealed) VALUES (?, 1, ?, ?, ?)',
    ),
    update: prepare(
      'UPDATE ledgers SET revision = revision + 1, log_entries = ?, due_at_ms = ?, sealed = ? ' +
        'WHERE row_id = ?',
    ),
    append: prepare('INSERT INTO log_entries VALUES (?, ?, ?)'),
    putObject: prepare(
      'INSERT INTO objects (ledger, name, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    deleteObject: prepare('DELETE FROM objects WHERE ledger = ? AND name = ?'),
    dropTokens: prepare(
      'DELETE FROM used_tokens WHERE token_hash IN ' +
        '(SELECT token_hash FROM used_tokens WHERE expires_at_ms <= ? LIMIT ?)',
    ),
    createSetting: prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING'),
    updateSetting: prepare('UPDATE settings SET value = ? WHERE name = ? AND value = ?'),
    check: prepare('UPDATE last_check SET at_ms = at_ms + 1'),
  };
}
