/** The records of a vault: in SQLite in its data folder, or in PostgreSQL where its settings say so. */
import { HoldfastError } from '@holdfast/core/errors';
import { openSqliteRecords, type RecordStore } from '@holdfast/vault/records';
import type { Environment } from '../command.ts';
import { CommandError, usageError } from '../command-error.ts';
import { readPrivateText } from '../settings/read-secret.ts';
import { variableName } from '../settings/read-settings.ts';
import { VAULT_REALM, type VaultSettings } from '../settings/vault-settings.ts';
import type { DataFolder } from './data-folder.ts';

/** They hold passwords. */
const POSTGRES_VARIABLE = variableName(VAULT_REALM, 'postgres-urls');

export type RecordSettings = Pick<VaultSettings, 'postgresUrlsFile' | 'singleNode'>;

/**
 * Addresses of the servers of a database; null when there is none.
 *
 * @throws {HoldfastError} `usage` when the file can't be read, is empty, or everybody can read it.
 */
export async function readPostgresUrls(
  { postgresUrlsFile: path, singleNode }: RecordSettings,
  env: Environment,
): Promise<string[] | null> {
  const text = path === undefined ? (env[POSTGRES_VARIABLE] ?? '') : await readPrivateText(path);
  const urls = text.split(/\s+/).filter((word) => word !== '');
  if (urls.length > 0) return urls;
  if (path !== undefined) throw usageError(`Cannot use ${path}: it is empty`);
  if (singleNode) throw usageError('Cannot use --single-node: it is about PostgreSQL');
  return null;
}

/**
 * @param urls Of PostgreSQL; null for SQLite.
 * @throws {HoldfastError} what the record stores say.
 */
export async function openRecords(
  urls: readonly string[] | null,
  { recordsPath }: DataFolder,
  { singleNode = false }: RecordSettings,
): Promise<RecordStore> {
  try {
    if (urls === null) return await openSqliteRecords(recordsPath);
    // A vault on SQLite does without its client for PostgreSQL, and the 10 MB of that.
    const { openPostgresRecords } = await import('@holdfast/vault/records/postgres');
    return await openPostgresRecords({ urls, singleNode });
  } catch (cause) {
    if (!(cause instanceof HoldfastError)) throw cause;
    const nextStep = urls === null ? `It is ${recordsPath}` : adviseOn(cause);
    throw new CommandError(cause.code, cause.message, {
      cause,
      ...(nextStep === undefined ? {} : { nextStep }),
    });
  }
}

function adviseOn({ code }: HoldfastError): string | undefined {
  if (code !== 'database-unsafe') return undefined;
  return 'docs/running-a-vault.md says how to set it up; --single-node does without standbys.';
}
