import { after, before, describe } from 'node:test';
import {
  type PostgresQuorum,
  postgresMissing,
  startPostgresQuorum,
} from '@holdfast/testing/engines';
import {
  type RecordsUnderTest,
  testRecordStoreContract,
} from '@holdfast/testing/record-store-contract';
import { openPostgresRecords, type PostgresOptions } from './postgres-records.ts';

describe('on PostgreSQL with two synchronous standbys,', { skip: postgresMissing() }, () => {
  let quorum: PostgresQuorum;
  let databases = 0;

  before(async () => {
    quorum = await startPostgresQuorum();
  });
  after(() => quorum?.stop());

  async function makeRecords(): Promise<RecordsUnderTest> {
    databases++;
    const database = `vault${databases}`;
    await quorum.sql('n1', `CREATE DATABASE ${database}`);
    const place: PostgresOptions = { urls: quorum.urlsOf(database) };
    const records = await openPostgresRecords(place);
    return {
      records,
      place,
      openAgain: () => openPostgresRecords(place),
      destroy: () => records.close(),
    };
  }

  testRecordStoreContract('PostgreSQL', makeRecords, {
    module: import.meta.resolve('./postgres-records.ts'),
    name: 'openPostgresRecords',
  });
});
