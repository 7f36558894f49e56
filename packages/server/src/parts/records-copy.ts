/** A copy of a vault's records: an SQLite file, or a PostgreSQL database that a copy was restored to. */
import { stat } from 'node:fs/promises';
import { openSqliteCopy, type RecordReader } from '@holdfast/vault/records';
import { CommandError, usageError } from '../command-error.ts';
import { systemState } from '../output/system-state.ts';
import { readPrivateText } from '../settings/read-secret.ts';
import { openRecords } from './records.ts';
import type { VaultParts } from './vault-parts.ts';

/**
 * @param path Of the SQLite file; with PostgreSQL, of a file that holds the restored copy's address.
 * @throws {HoldfastError} `usage` when it is not there, or the vault's own; what the record stores say.
 */
export async function openRecordsCopy(
  path: string,
  { folder, isOnPostgres }: VaultParts,
): Promise<RecordReader> {
  if (isOnPostgres) {
    const urls = (await readPrivateText(path)).split(/\s+/).filter((word) => word !== '');
    if (urls.length !== 1) throw usageError(`Cannot use ${path}: it must hold one address`);
    return await openRecords(urls, folder, { singleNode: true });
  }
  if (await isSameFile(path, folder.recordsPath)) {
    throw usageError(`Cannot use ${path} as a copy: it is the vault's own file`);
  }
  return openSqliteCopy(path);
}

async function isSameFile(path: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([stat(path), stat(other)]);
    return a.dev === b.dev && a.ino === b.ino;
  } catch (cause) {
    throw new CommandError('usage', `Cannot use ${path}: ${systemState(cause)}`, { cause });
  }
}
