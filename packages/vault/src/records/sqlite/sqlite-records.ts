/**
 * A vault's database in one SQLite file, for a vault of one node: commits go through a thread of
 * their own, reads see what is durable and nothing else.
 */
import { chmodSync, closeSync, fsyncSync, openSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';
import {
  assertOpen,
  checkedChange,
  checkedCount,
  checkedHash,
  checkedLimit,
  checkedSetting,
  checkedSettingName,
  checkedTime,
  wrongLogNumber,
} from '../arguments.ts';
import type { CommitOutcome, LedgerChange, RecordStore, StoredLedger } from '../record-store.ts';
import { GroupCommit } from './group-commit.ts';
import { sqliteError } from './sqlite-error.ts';
import type { DroppedTokens, Write, Written, WrongLogNumber } from './writer.ts';

const READER = { readOnly: true, timeout: 1000 };

/**
 * Opens a vault's database, and makes it when there is none. Other processes may have it open, too:
 * their commits take turns.
 *
 * @param path Of the file, on a local disk; its folder exists. Others than its owner can't read it.
 * @throws {HoldfastError} `store-unreachable`, `store-denied`, `store-invalid`, `database-unsafe`,
 *   `damaged`, or `format-too-new`.
 */
export async function openSqliteRecords(path: string): Promise<RecordStore> {
  const file = resolve(path);
  claimFile(file);
  const commits = await GroupCommit.open(file);
  try {
    return new SqliteRecords(commits, new DatabaseSync(file, READER));
  } catch (error) {
    await commits.close();
    throw sqliteError('open', error);
  }
}

/** Never opens a file that is there: closing it again would drop the locks that SQLite has on it. */
function claimFile(file: string): void {
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
    throw new HoldfastError(errorCode, `Cannot make the vault's database: ${state}`, { cause });
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

class SqliteRecords implements RecordStore {
  readonly #commits: GroupCommit;
  readonly #reader: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareReads>;
  #hasClosed: Promise<void> | null = null;

  constructor(commits: GroupCommit, reader: DatabaseSync) {
    this.#commits = commits;
    this.#reader = reader;
    this.#statements = prepareReads(reader);
  }

  async read(ledgerId: Uint8Array): Promise<StoredLedger | null> {
    const row = this.#readOne((statements) => statements.ledger, checkedHash('ledgerId', ledgerId));
    if (row === undefined) return null;
    const { revision, sealed } = row as StoredLedger;
    return { revision, sealed };
  }

  /** A commit shows only once it is durable. */
  readSettled(ledgerId: Uint8Array): Promise<StoredLedger | null> {
    return this.read(ledgerId);
  }

  async commit(change: LedgerChange): Promise<CommitOutcome> {
    const checked = checkedChange(change);
    const written = await this.#write({ kind: 'change', change: checked });
    if (typeof written === 'string') return written;
    throw wrongLogNumber((written as WrongLogNumber).nextLogNumber, checked.firstNumber);
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

  async dropExpiredTokens(nowMs: number): Promise<number> {
    const write = { kind: 'drop-tokens', nowMs: checkedTime('nowMs', nowMs) } as const;
    let total = 0;
    for (;;) {
      const { dropped, mayBeMore } = (await this.#write(write)) as DroppedTokens;
      total += dropped;
      if (!mayBeMore) return total;
    }
  }

  async readSetting(name: string): Promise<Uint8Array | null> {
    const row = this.#readOne((statements) => statements.setting, checkedSettingName(name));
    return (row as BytesRow | undefined)?.bytes ?? null;
  }

  async writeSetting(
    name: string,
    expected: Uint8Array | null,
    value: Uint8Array,
  ): Promise<'written' | 'conflict'> {
    const written = await this.#write({
      kind: 'setting',
      name: checkedSettingName(name),
      expected: expected === null ? null : checkedSetting('expected', expected),
      value: checkedSetting('value', value),
    });
    return written === 'committed' ? 'written' : 'conflict';
  }

  async check(): Promise<void> {
    await this.#write({ kind: 'check' });
  }

  close(): Promise<void> {
    this.#hasClosed ??= this.#close();
    return this.#hasClosed;
  }

  /** The writer last: only then does SQLite take the log into the file and remove it. */
  async #close(): Promise<void> {
    this.#reader.close();
    await this.#commits.close();
  }

  #write(write: Write): Promise<Written> {
    assertOpen(this.#hasClosed);
    return this.#commits.write(write);
  }

  #readOne(choose: ChooseRead, ...values: SQLInputValue[]): unknown {
    return this.#read(() => choose(this.#statements).get(...values));
  }

  #readAll(choose: ChooseRead, ...values: SQLInputValue[]): BytesRow[] {
    return this.#read(() => choose(this.#statements).all(...values)) as unknown as BytesRow[];
  }

  #read<Result>(run: () => Result): Result {
    assertOpen(this.#hasClosed);
    try {
      return run();
    } catch (error) {
      throw sqliteError('read', error);
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
    ledger: prepare('SELECT revision, sealed FROM ledgers WHERE ledger_id = ?'),
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
