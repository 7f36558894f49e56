/**
 * A vault's database in one SQLite file, for a vault of one node: commits go through a thread of
 * their own, reads see what is durable and nothing else.
 */
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { claimDatabaseFile, GroupCommit, sqliteError } from '@holdfast/serving/sqlite';
import {
  assertOpen,
  checkedChange,
  checkedSetting,
  checkedSettingName,
  checkedTime,
  wrongLogNumber,
} from '../arguments.ts';
import type { CommitOutcome, LedgerChange, RecordStore, StoredLedger } from '../record-store.ts';
import { packWrite, type Write } from './packed-writes.ts';
import { SqliteReader } from './sqlite-reader.ts';
import type { DroppedTokens, Written, WrongLogNumber } from './writer.ts';

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
  claimDatabaseFile('vault', file);
  const thread = new URL('./writer-thread.ts', import.meta.url);
  const commits = await GroupCommit.open<Write, Written>({
    owner: 'vault',
    path: file,
    thread,
    pack: packWrite,
  });
  try {
    return new SqliteRecords(commits, new SqliteReader(new DatabaseSync(file, READER)));
  } catch (error) {
    await commits.close();
    throw sqliteError('vault', 'open', error);
  }
}

class SqliteRecords implements RecordStore {
  readonly #commits: GroupCommit<Write, Written>;
  readonly #reader: SqliteReader;
  #hasClosed: Promise<void> | null = null;

  constructor(commits: GroupCommit<Write, Written>, reader: SqliteReader) {
    this.#commits = commits;
    this.#reader = reader;
  }

  async read(ledgerId: Uint8Array): Promise<StoredLedger | null> {
    return await this.#opened.read(ledgerId);
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
    return await this.#opened.readLog(ledgerId, fromNumber, count);
  }

  async readObject(ledgerId: Uint8Array, name: Uint8Array): Promise<Uint8Array | null> {
    return await this.#opened.readObject(ledgerId, name);
  }

  async listDue(atMs: number, limit: number): Promise<Uint8Array[]> {
    return await this.#opened.listDue(atMs, limit);
  }

  async listLedgers(after: Uint8Array | null, limit: number): Promise<Uint8Array[]> {
    return await this.#opened.listLedgers(after, limit);
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
    return await this.#opened.readSetting(name);
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
    await this.#reader.close();
    await this.#commits.close();
  }

  #write(write: Write): Promise<Written> {
    assertOpen(this.#hasClosed);
    return this.#commits.write(write);
  }

  get #opened(): SqliteReader {
    assertOpen(this.#hasClosed);
    return this.#reader;
  }
}
