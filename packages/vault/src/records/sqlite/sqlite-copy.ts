/** A copy of a vault's database that lies in one file: to look at, and never changed. */
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { HoldfastError } from '@holdfast/core/errors';
import { assertMigrated, sqliteError } from '@holdfast/serving/sqlite';
import type { RecordReader } from '../record-store.ts';
import { SCHEMA } from './schema.ts';
import { SqliteReader } from './sqlite-reader.ts';

/**
 * Opens a copy, which nobody writes to meanwhile. Only this one file counts: a log beside it, as a plain copy
 * of a running vault's files has, is not looked at.
 *
 * @throws {HoldfastError} `damaged`, `store-invalid`, `format-too-new`, `store-unreachable`, `store-denied`.
 */
export function openSqliteCopy(path: string): RecordReader {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(url, { readOnly: true });
  } catch (error) {
    throw sqliteError('vault', 'open', error);
  }
  try {
    assertMigrated(database, SCHEMA);
    const [row] = database.prepare('PRAGMA quick_check(1)').all();
    if (row?.quick_check !== 'ok') throw damaged();
    return new SqliteReader(database);
  } catch (error) {
    database.close();
    if (error instanceof HoldfastError) throw error;
    const told = sqliteError('vault', 'open', error);
    throw told.code === 'damaged' ? damaged(error) : told;
  }
}

/** The database itself may be sound. */
function damaged(cause?: unknown): HoldfastError {
  const state = 'it is damaged, or no database. Make a new one';
  return new HoldfastError('damaged', `Cannot use a copy: ${state}`, { cause });
}
