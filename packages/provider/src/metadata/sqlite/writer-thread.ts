// The thread of a provider's database.
import { runWriter } from '@holdfast/serving/sqlite';
import { SqliteWriter } from './writer.ts';

runWriter((path) => new SqliteWriter(path));
