export { claimDatabaseFile, openDurable } from './database-file.ts';
export { GroupCommit, type GroupCommitOptions } from './group-commit.ts';
export { assertMigrated, migrate, type Schema } from './migrate.ts';
export { type DatabaseWriter, runWriter } from './run-writer.ts';
export { type DatabaseOwner, sqliteError } from './sqlite-error.ts';
export { transactionsOf } from './transactions.ts';
