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
    if (row?.quick_check !== 'ok') {
      throw new HoldfastError(
        'damaged',
        "Cannot use a copy of the vault's database: it is damaged",
      );
    }
    return new SqliteReader(database);
  } catch (error) {
    database.close();
    throw error instanceof HoldfastError ? error : sqliteError('vault', 'open', error);
  }
}
