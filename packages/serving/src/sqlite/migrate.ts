/**
 * Tables as numbered steps: `user_version` is the last one that was made. A released step never changes.
 */
import type { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '@holdfast/core/errors';
import type { DatabaseOwner } from './sqlite-error.ts';

export interface Schema {
  readonly owner: DatabaseOwner;
  /** Four letters, so that no other program's database is taken for this one. */
  readonly applicationId: number;
  /** The first sets `application_id`. */
  readonly steps: readonly string[];
}

/**
 * Brings the tables up to date, in one transaction: of many who try at once, one does it.
 *
 * @throws {HoldfastError} `format-too-new` for a newer version's, `store-invalid` for another program's.
 */
export function migrate(database: DatabaseSync, schema: Schema): void {
  const { steps } = schema;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = assertKnown(database, schema);
    for (const step of steps.slice(version)) database.exec(step);
    if (version < steps.length) database.exec(`PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

/**
 * Whether the tables are those of today, for who must not change them.
 *
 * @throws {HoldfastError} as `migrate()`; `store-invalid` for an older version's, too.
 */
export function assertMigrated(database: DatabaseSync, schema: Schema): void {
  if (assertKnown(database, schema) === schema.steps.length) return;
  const state = 'its tables are of an older version. Make a new copy';
  throw new HoldfastError(
    'store-invalid',
    `Cannot use a copy of the ${schema.owner}'s database: ${state}`,
  );
}

/** @returns The version of the tables; 0 for none. */
function assertKnown(database: DatabaseSync, { owner, applicationId, steps }: Schema): number {
  const version = pragma(database, 'user_version');
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  const isNew = isEmpty && version === 0;
  if (!isNew && pragma(database, 'application_id') !== applicationId) {
    throw new HoldfastError(
      'store-invalid',
      `Cannot open the ${owner}'s database: the file is another program's`,
    );
  }
  if (version <= steps.length) return version;
  throw new HoldfastError(
    'format-too-new',
    `Cannot open the ${owner}'s database: its tables are of version ${version}, and this program ` +
      `knows them up to ${steps.length}. Install the version that made them, or a newer one`,
  );
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return (database.prepare(`PRAGMA ${name}`).get() as Record<typeof name, number>)[name];
}
