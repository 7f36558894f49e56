import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type RecordsUnderTest,
  testRecordStoreContract,
} from '@holdfast/testing/record-store-contract';
import { openSqliteRecords } from './sqlite-records.ts';

async function makeRecords(): Promise<RecordsUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-records-'));
  const place = join(folder, 'vault.db');
  const records = await openSqliteRecords(place);
  return {
    records,
    place,
    openAgain: () => openSqliteRecords(place),
    destroy: async () => {
      await records.close();
      rmSync(folder, { recursive: true });
    },
  };
}

testRecordStoreContract('SQLite', makeRecords, {
  module: import.meta.resolve('./sqlite-records.ts'),
  name: 'openSqliteRecords',
});
