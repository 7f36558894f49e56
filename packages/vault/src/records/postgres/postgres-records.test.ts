import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import {
  type PostgresQuorum,
  postgresMissing,
  startPostgresQuorum,
} from '@holdfast/testing/engines';
import pg from 'pg';
import { eventually } from '../fixture/eventually.ts';
import { sampleChange } from '../fixture/sample-change.ts';
import { openPostgresRecords, type PostgresOptions } from './postgres-records.ts';
import { migrate } from './schema.ts';

const UNSAFE = { name: 'HoldfastError', code: 'database-unsafe' };

describe('openPostgresRecords()', { skip: postgresMissing() }, () => {
  let quorum: PostgresQuorum;
  let databases = 0;

  before(async () => {
    quorum = await startPostgresQuorum();
  });
  after(() => quorum?.stop());

  async function newDatabase(): Promise<PostgresOptions> {
    const name = `vault${++databases}`;
    await quorum.sql('n1', `CREATE DATABASE ${name}`);
    return { urls: quorum.urlsOf(name) };
  }

  /** Changes a setting of the primary while `run` runs. */
  async function withSetting(name: string, value: string, run: () => Promise<void>) {
    const settle = async (statement: string): Promise<void> => {
      const before = await quorum.sql('n1', 'SELECT pg_conf_load_time()');
      await quorum.sql('n1', statement);
      await quorum.sql('n1', 'SELECT pg_reload_conf()');
      await eventually('new settings', async () => {
        return (await quorum.sql('n1', 'SELECT pg_conf_load_time()')) !== before;
      });
    };
    await settle(`ALTER SYSTEM SET ${name} = '${value}'`);
    try {
      await run();
    } finally {
      const reset = name === 'synchronous_standby_names' ? `SET ${name} = '*'` : `RESET ${name}`;
      await settle(`ALTER SYSTEM ${reset}`);
    }
  }

  for (const [name, value] of [
    ['synchronous_commit', 'off'],
    ['synchronous_commit', 'local'],
    ['fsync', 'off'],
    ['full_page_writes', 'off'],
  ] as const) {
    test(`refuses a server with ${name} ${value}, also a single one`, async () => {
      const options = await newDatabase();
      await withSetting(name, value, async () => {
        await assert.rejects(openPostgresRecords(options), UNSAFE);
        await assert.rejects(openPostgresRecords({ ...options, singleNode: true }), UNSAFE);
      });
    });
  }

  test('refuses a server that goes on after a failed sync', async () => {
    const options = await newDatabase();
    const startAnew = async () => {
      await quorum.fault('kill', 'n1');
      await quorum.fault('start', 'n1');
      await eventually('n1', () => quorum.sql('n1', 'SELECT 1').then(Boolean, () => false));
    };
    await quorum.sql('n1', 'ALTER SYSTEM SET data_sync_retry = on');
    await startAnew();
    await assert.rejects(openPostgresRecords({ ...options, singleNode: true }), UNSAFE);
    await quorum.sql('n1', 'ALTER SYSTEM RESET data_sync_retry');
    await startAnew();
    await (await openPostgresRecords(options)).close();
  });

  test('refuses a server without synchronous standbys, unless it is a single one', async () => {
    const options = await newDatabase();
    await withSetting('synchronous_standby_names', '', async () => {
      await assert.rejects(openPostgresRecords(options), {
        ...UNSAFE,
        message: /synchronous_standby_names must name standbys/,
      });
      const records = await openPostgresRecords({ ...options, singleNode: true });
      await records.check();
      assert.equal(await records.commit(sampleChange()), 'committed');
      await records.close();
    });
  });

  test('commits nothing once an open server has become unsafe', async () => {
    const records = await openPostgresRecords(await newDatabase());
    const first = sampleChange();
    await records.commit(first);
    const second = sampleChange({ ledgerId: first.ledgerId, expectedRevision: 1 });
    for (const [name, value] of [
      ['synchronous_standby_names', ''],
      ['fsync', 'off'],
    ] as const) {
      await withSetting(name, value, async () => {
        await assert.rejects(records.commit(second), UNSAFE);
        await assert.rejects(records.writeSetting('name', null, first.sealed), UNSAFE);
        await assert.rejects(records.readSettled(first.ledgerId), UNSAFE);
        await assert.rejects(records.check(), UNSAFE);
        assert.equal((await records.read(first.ledgerId))?.revision, 1);
      });
    }
    assert.equal(await records.readSetting('name'), null);
    assert.equal(await records.commit(second), 'committed');
    await records.close();
  });

  test('refuses a server that can only be read, and notices when it becomes one', async () => {
    const options = await newDatabase();
    const unreachable = { name: 'HoldfastError', code: 'store-unreachable' };
    const standbys = { urls: quorum.urlsOf('postgres').slice(1) };
    await assert.rejects(openPostgresRecords(standbys), unreachable);
    const records = await openPostgresRecords(options);
    await withSetting('default_transaction_read_only', 'on', async () => {
      await assert.rejects(records.check(), unreachable);
      await assert.rejects(records.commit(sampleChange()), unreachable);
      await assert.rejects(openPostgresRecords(options), unreachable);
    });
    await records.check();
    await records.close();
  });

  test('tells what is wrong, without the password', async () => {
    const [url = ''] = quorum.urlsOf('nowhere');
    await quorum.sql('n1', 'CREATE ROLE shut NOLOGIN');
    for (const [broken, code] of [
      [url.replace('postgres@', 'postgres:hunter2@'), 'store-invalid'],
      [url.replace('postgres@', 'shut:hunter2@').replace('nowhere', 'postgres'), 'store-denied'],
      ['postgres://postgres:hunter2@127.0.0.1:1/nowhere', 'store-unreachable'],
      // Without a word it would go on in the clear.
      [`${url.replace('postgres@', 'postgres:hunter2@')}?sslmode=verify-full`, 'store-unreachable'],
    ] as const) {
      const error: unknown = await openPostgresRecords({ urls: [broken] }).catch((e) => e);
      assert.equal((error as { code?: unknown }).code, code, broken);
      const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      assert.ok(!shown.includes('hunter2'), shown);
    }
    const records = await openPostgresRecords(await newDatabase());
    assert.ok(!inspect(records, { depth: 9, showHidden: true }).includes('postgres:'));
    await records.close();
    await assert.rejects(openPostgresRecords({ urls: [] }), RangeError);
    for (const wrong of [0, -1, 1.5, Number.NaN, 1e9]) {
      await assert.rejects(openPostgresRecords({ urls: [url], connections: wrong }), RangeError);
      await assert.rejects(openPostgresRecords({ urls: [url], timeoutMs: wrong }), RangeError);
    }
  });

  test('makes the tables once when many nodes open a new database together', async () => {
    const options = { ...(await newDatabase()), connections: 2 };
    const nodes = await Promise.all(Array.from({ length: 10 }, () => openPostgresRecords(options)));
    for (const node of nodes) assert.equal(await node.commit(sampleChange()), 'committed');
    assert.equal((await nodes[0]?.listLedgers(null, 20))?.length, 10);
    await Promise.all(nodes.map((node) => node.close()));
  });

  test("refuses a newer version's tables, and makes all steps of a newer one or none", async () => {
    const options = await newDatabase();
    const client = new pg.Client({ connectionString: options.urls[0] });
    await client.connect();
    const first = 'CREATE TABLE holdfast_vault.one (value text)';
    const second = 'ALTER TABLE holdfast_vault.one ADD COLUMN more text';
    const columns = async () =>
      (
        await client.query(
          "SELECT attname FROM pg_attribute WHERE attnum > 0 AND attrelid = 'holdfast_vault.one'::regclass ORDER BY attnum",
        )
      ).rows.map(({ attname }) => attname);
    await migrate(client, [first]);
    await assert.rejects(migrate(client, [first, second, 'NONSENSE']), /syntax error/);
    assert.deepEqual(await columns(), ['value']);
    for (let time = 0; time < 2; time++) await migrate(client, [first, second]);
    assert.deepEqual(await columns(), ['value', 'more']);
    await client.end();
    await assert.rejects(openPostgresRecords(options), { code: 'format-too-new' });
  });

  test('waits for who holds a ledger, but not for ever', async () => {
    const options = { ...(await newDatabase()), timeoutMs: 500 };
    const records = await openPostgresRecords(options);
    const first = sampleChange();
    await records.commit(first);
    const holder = new pg.Client({ connectionString: options.urls[0] });
    await holder.connect();
    await holder.query('BEGIN; SELECT 1 FROM holdfast_vault.ledgers FOR UPDATE');
    const second = sampleChange({ ledgerId: first.ledgerId, expectedRevision: 1 });
    await assert.rejects(records.commit(second), { code: 'contention' });
    assert.equal((await records.read(first.ledgerId))?.revision, 1);
    const waiting = records.commit(second);
    await holder.query('ROLLBACK');
    assert.equal(await waiting, 'committed');
    await holder.end();
    await records.close();
  });
});
