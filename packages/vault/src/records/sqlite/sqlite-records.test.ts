import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { sampleChange } from '../fixture/sample-change.ts';
import type { RecordStore } from '../record-store.ts';
import { openSqliteRecords } from './sqlite-records.ts';

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-records-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('openSqliteRecords()', () => {
  test('lets nobody but the owner read its files', async (t) => {
    const file = join(temporaryFolder(t), 'vault.db');
    const modes = () => ['', '-wal', '-shm'].map((end) => statSync(file + end).mode & 0o777);
    let records = await openSqliteRecords(file);
    await records.commit(sampleChange());
    assert.deepEqual(modes(), [0o600, 0o600, 0o600]);
    await records.close();
    chmodSync(file, 0o644);
    records = await openSqliteRecords(file);
    await records.commit(sampleChange());
    assert.deepEqual(modes(), [0o600, 0o600, 0o600]);
    await records.close();
  });

  test('keeps all in one file once it is closed', async (t) => {
    const file = join(temporaryFolder(t), 'vault.db');
    const records = await openSqliteRecords(file);
    const change = sampleChange();
    await records.commit(change);
    await records.close();
    assert.equal(statSync(`${file}-wal`, { throwIfNoEntry: false }), undefined);
    const again = await openSqliteRecords(file);
    assert.equal((await again.read(change.ledgerId))?.revision, 1);
    await again.close();
  });

  test('makes the tables once when many open a new file together', async (t) => {
    const file = join(temporaryFolder(t), 'vault.db');
    const all = await Promise.all(Array.from({ length: 6 }, () => openSqliteRecords(file)));
    const changes = all.map(() => sampleChange());
    await Promise.all(all.map((records, i) => records.commit(changes[i] ?? sampleChange())));
    for (const { ledgerId } of changes) {
      assert.equal((await all[0]?.read(ledgerId))?.revision, 1);
    }
    await Promise.all(all.map((records) => records.close()));
  });

  test("refuses a newer version's database and another program's, and leaves them as they are", async (t) => {
    const folder = temporaryFolder(t);
    for (const [name, sql, code] of [
      ['newer', 'PRAGMA user_version = 99', 'format-too-new'],
      ['other', 'PRAGMA application_id = 7', 'store-invalid'],
    ] as const) {
      const file = join(folder, name);
      await (await openSqliteRecords(file)).close();
      const database = new DatabaseSync(file);
      database.exec(sql);
      await assert.rejects(openSqliteRecords(file), { name: 'HoldfastError', code });
      const { n } = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as {
        n: number;
      };
      assert.ok(n > 0);
      database.close();
    }
  });

  test('tells what else is no database', async (t) => {
    const folder = temporaryFolder(t);
    const rubbish = join(folder, 'rubbish');
    writeFileSync(rubbish, 'no database, but long enough to have a header. '.repeat(10));
    await assert.rejects(openSqliteRecords(rubbish), { code: 'damaged' });
    await assert.rejects(openSqliteRecords(folder), { code: 'store-unreachable' });
    const nowhere = join(folder, 'nowhere', 'vault.db');
    await assert.rejects(openSqliteRecords(nowhere), { code: 'store-unreachable' });
  });
});

describe('an SQLite record store', () => {
  test('waits for the transaction of another process, but not for ever', async (t) => {
    const file = join(temporaryFolder(t), 'vault.db');
    const records = await openSqliteRecords(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const change = sampleChange();
    const underWay = records.commit(change);
    setTimeout(() => other.exec('ROLLBACK'), 200);
    assert.equal(await underWay, 'committed');
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(records.commit(sampleChange()), { code: 'contention' });
    assert.equal((await records.read(change.ledgerId))?.revision, 1, 'reads go on');
    other.exec('ROLLBACK');
    other.close();
    assert.equal(await records.commit(sampleChange()), 'committed');
    await records.close();
  });

  test('goes on when a full disk has room again', async (t) => {
    const folder = join(temporaryFolder(t), 'small-disk');
    mkdirSync(folder);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
    } catch {
      t.skip('this needs root, and mount');
      return;
    }
    let records: RecordStore | undefined;
    try {
      records = await openSqliteRecords(join(folder, 'vault.db'));
      await fillAndGoOn(records, () => execFileSync('mount', ['-o', 'remount,size=20m', folder]));
    } finally {
      await records?.close();
      execFileSync('umount', [folder]);
    }
  });

  test('commits nothing more once the disk has failed, until it is opened anew', async (t) => {
    const file = join(temporaryFolder(t), 'vault.db');
    const limitFiles = (bytes: number | 'unlimited') =>
      execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:unlimited`]);
    const records = await openSqliteRecords(file);
    const first = sampleChange();
    await records.commit(first);
    const { size } = statSync(`${file}-wal`);
    limitFiles(size + 10_000);
    try {
      const sealed = new Uint8Array(60_000);
      const failing = [sampleChange({ sealed }), sampleChange()].map((one) => records.commit(one));
      for (const one of failing) await assert.rejects(one, { code: 'outcome-unknown' });
    } finally {
      limitFiles('unlimited');
    }
    await assert.rejects(records.commit(sampleChange()), { code: 'store-unreachable' });
    await assert.rejects(records.check(), { code: 'store-unreachable' });
    assert.equal((await records.read(first.ledgerId))?.revision, 1, 'reads go on');
    await records.close();
    const again = await openSqliteRecords(file);
    assert.equal(await again.commit({ ...first, expectedRevision: 1 }), 'committed');
    await again.close();
  });
});

async function fillAndGoOn(records: RecordStore, makeRoom: () => void): Promise<void> {
  const change = () => sampleChange({ sealed: new Uint8Array(60_000) });
  const first = change();
  await records.commit(first);
  await assert.rejects(
    async () => {
      for (let i = 0; i < 100; i++) await records.commit(change());
    },
    { code: 'disk-full' },
  );
  await assert.rejects(records.commit(change()), { code: 'disk-full' });
  assert.equal((await records.read(first.ledgerId))?.revision, 1);
  makeRoom();
  await records.check();
  assert.equal(await records.commit({ ...first, expectedRevision: 1 }), 'committed');
}
