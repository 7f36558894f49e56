// The thread of a vault's database.
import { runWriter } from '@holdfast/serving/sqlite';
import { unpackWrites } from './packed-writes.ts';
import { SqliteWriter } from './writer.ts';

runWriter((path) => new SqliteWriter(path), unpackWrites);
