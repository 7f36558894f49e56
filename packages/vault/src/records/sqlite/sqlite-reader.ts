/** What is asked of a vault's database in SQLite, by a connection that reads only. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { sqliteError } from '@holdfast/serving/sqlite';
import {
  checkedCount,
  checkedHash,
  checkedLimit,
  checkedSettingName,
  checkedTime,
} from '../arguments.ts';
import type { RecordReader, RecordStore, StoredLedger } from '../record-store.ts';

export class SqliteReader
  implements RecordReader, Pick<RecordStore, 'readLog' | 'readObject' | 'listDue'>
{
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareReads>;

  /** @param database Taken over. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepareReads(database);
  }

  async read(ledgerId: Uint8Array): Promise<StoredLedger | null> {
    const row = this.#readOne((statements) => statements.ledger, checkedHash('ledgerId', ledgerId));
    if (row === undefined) return null;
    const { revision, sealed, dueAtMs } = row as StoredLedger;
    return { revision, sealed, dueAtMs };
  }

  async readLog(ledgerId: Uint8Array, fromNumber: number, count: number): Promise<Uint8Array[]> {
    const rows = this.#readAll(
      (statements) => statements.log,
      checkedHash('ledgerId', ledgerId),
      checkedCount('fromNumber', fromNumber),
      checkedLimit('count', count),
    );
    return rows.map(({ bytes }) => bytes);
  }

  async readObject(ledgerId: Uint8Array, name: Uint8Array): Promise<Uint8Array | null> {
    const row = this.#readOne(
      (statements) => statements.object,
      checkedHash('ledgerId', ledgerId),
      checkedHash('name', name),
    );
    return (row as BytesRow | undefined)?.bytes ?? null;
  }

  async listDue(atMs: number, limit: number): Promise<Uint8Array[]> {
    const rows = this.#readAll(
      (statements) => statements.due,
      checkedTime('atMs', atMs),
      checkedLimit('limit', limit),
    );
    return rows.map(({ bytes }) => bytes);
  }

  async listLedgers(after: Uint8Array | null, limit: number): Promise<Uint8Array[]> {
    const rows = this.#readAll(
      (statements) => statements.ledgers,
      after === null ? new Uint8Array() : checkedHash('after', after),
      checkedLimit('limit', limit),
    );
    return rows.map(({ bytes }) => bytes);
  }

  async readSetting(name: string): Promise<Uint8Array | null> {
    const row = this.#readOne((statements) => statements.setting, checkedSettingName(name));
    return (row as BytesRow | undefined)?.bytes ?? null;
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #readOne(choose: ChooseRead, ...values: SQLInputValue[]): unknown {
    return this.#read(() => choose(this.#statements).get(...values));
  }

  #readAll(choose: ChooseRead, ...values: SQLInputValue[]): BytesRow[] {
    return this.#read(() => choose(this.#statements).all(...values)) as unknown as BytesRow[];
  }

  #read<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      throw sqliteError('vault', 'read', error);
    }
  }
}

interface BytesRow {
  readonly bytes: Uint8Array;
}

type ChooseRead = (statements: ReturnType<typeof prepareReads>) => StatementSync;

function prepareReads(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  const ledger = '(SELECT row_id FROM ledgers WHERE ledger_id = ?)';
  return {
    ledger: prepare(
      'SELECT revision, sealed, due_at_ms AS dueAtMs FROM ledgers WHERE ledger_id = ?',
    ),
    log: prepare(
      `SELECT entry AS bytes FROM log_entries WHERE ledger = ${ledger} AND number >= ? ` +
        'ORDER BY number LIMIT ?',
    ),
    object: prepare(`SELECT bytes FROM objects WHERE ledger = ${ledger} AND name = ?`),
    due: prepare(
      'SELECT ledger_id AS bytes FROM ledgers WHERE due_at_ms <= ? ' +
        'ORDER BY due_at_ms, ledger_id LIMIT ?',
    ),
    ledgers: prepare(
      'SELECT ledger_id AS bytes FROM ledgers WHERE ledger_id > ? ORDER BY ledger_id LIMIT ?',
    ),
    setting: prepare('SELECT value AS bytes FROM settings WHERE name = ?'),
  };
}
