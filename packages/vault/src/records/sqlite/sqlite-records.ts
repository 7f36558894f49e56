/**
 * A vault's database in one SQLite file, for a vault of one node: commits go through a thread of
 * their own, reads see what is durable and nothing else.
 */
import { chmodSync, closeSync, fsyncSync, openSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';
import {
  assertOpen,
  checkedChange,
  checkedSetting,
  checkedSettingName,
  checkedTime,
  wrongLogNumber,
} from '../arguments.ts';
import type { CommitOutcome, LedgerChange, RecordStore, StoredLedger } from '../record-store.ts';
import { GroupCommit } from './group-commit.ts';
import { sqliteError } from './sqlite-error.ts';
import { SqliteReader } from './sqlite-reader.ts';
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
    return new SqliteRecords(commits, new SqliteReader(new DatabaseSync(file, READER)));
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
  readonly #reader: SqliteReader;
  #hasClosed: Promise<void> | null = null;

  constructor(commits: GroupCommit, reader: SqliteReader) {
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
