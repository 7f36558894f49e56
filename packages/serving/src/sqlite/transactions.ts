import type { DatabaseSync } from 'node:sqlite';

/**
 * Does work in one transaction, durable when it returns; what the work throws takes all of it back.
 *
 * @param database That of `openDurable`.
 */
export function transactionsOf(database: DatabaseSync): <Result>(work: () => Result) => Result {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  return (work) => {
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  };
}
