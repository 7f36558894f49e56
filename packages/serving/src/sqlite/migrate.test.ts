import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { migrate } from './migrate.ts';

const FIRST = 'CREATE TABLE one (value TEXT) STRICT; PRAGMA application_id = 0x48465641';
const SECOND = 'ALTER TABLE one ADD COLUMN more TEXT';

const schemaOf = (...steps: string[]) => ({
  owner: 'vault' as const,
  applicationId: 0x48465641,
  steps,
});
const columns = (database: DatabaseSync) =>
  database
    .prepare("SELECT name FROM pragma_table_info('one')")
    .all()
    .map(({ name }) => name);

test('migrate() makes the steps that are missing, and no step twice', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, schemaOf(FIRST));
  database.exec("INSERT INTO one VALUES ('kept')");
  for (let time = 0; time < 2; time++) migrate(database, schemaOf(FIRST, SECOND));
  assert.deepEqual(columns(database), ['value', 'more']);
  assert.equal(database.prepare('SELECT value FROM one').get()?.value, 'kept');
  database.close();
});

test('migrate() makes all steps or none', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, schemaOf(FIRST));
  assert.throws(() => migrate(database, schemaOf(FIRST, SECOND, 'NONSENSE')), /syntax error/);
  assert.deepEqual(columns(database), ['value']);
  migrate(database, schemaOf(FIRST, SECOND));
  assert.deepEqual(columns(database), ['value', 'more']);
  database.close();
});
