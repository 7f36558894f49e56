import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { generateSample, startWriter } from '@holdfast/testing/sample-whatsapp';
import {
  crashLedgerWriter,
  leaveLedgerLog,
  makeLedger,
  readLedger,
  setLedger,
  startLedgerWriter,
} from '../fixture/ledger.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';

const KIB = 1024;
const SMALLEST_STEP = 256 * KIB + 4096;

/** Backs up, restores, and compares the database with the one in the source, byte for byte. */
async function assertKept(own: TemporaryBackup, name = 'a.db') {
  const summary = await own.backUp();
  assert.deepEqual(summary.notes, []);
  const { to, failed } = await own.restore();
  assert.deepEqual(failed, []);
  const restored = readFileSync(join(to, 'source', name));
  assert.ok(restored.equals(readFileSync(own.path(name))), `${name} is not what it was`);
  return summary;
}

describe('a database in a backup', () => {
  for (const journal of ['delete', 'wal'] as const) {
    for (const suffix of ['-journal', '-shm', '-wal']) {
      test(`is kept beside what is no file and has the name of its ${suffix}: ${journal}`, async (t) => {
        const own = await temporaryBackup(t);
        makeLedger(own.path('a.db'), { journal });
        mkdirSync(own.path(`a.db${suffix}`));
        writeFileSync(own.path(`a.db${suffix}/inside`), 'inside');
        await assertKept(own);
        await assertKept(own, `a.db${suffix}/inside`);
        rmSync(own.path(`a.db${suffix}`), { recursive: true });
        execFileSync('mkfifo', [own.path(`a.db${suffix}`)]);
        writeFileSync(own.path('a.db'), readFileSync(own.path('a.db')));
        const { notes, unreadable } = await own.backUp();
        assert.deepEqual(
          [unreadable, notes.map(({ code }) => code)],
          [0, ['special-file-skipped']],
        );
      });
    }
  }

  test('is the same byte for byte, whatever the length of its pages', async (t) => {
    const own = await temporaryBackup(t);
    const lengths = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];
    for (const pageBytes of lengths) makeLedger(own.path(`${pageBytes}.db`), { pageBytes });
    await own.backUp();
    for (const pageBytes of lengths) setLedger(own.path(`${pageBytes}.db`), pageBytes);
    await own.backUp();
    const [before, after] = [await own.restore({ snapshot: '1' }), await own.restore()];
    for (const pageBytes of lengths) {
      const name = join('source', `${pageBytes}.db`);
      assert.equal(readLedger(join(before.to, name)), 0);
      assert.equal(readLedger(join(after.to, name)), pageBytes);
      assert.ok(readFileSync(join(after.to, name)).equals(readFileSync(join(own.folder, name))));
    }
  });

  test('costs about the pages that have changed', async (t) => {
    const own = await temporaryBackup(t);
    const path = own.path('a.db');
    makeLedger(path, { rows: 3000 });
    {
      using database = new DatabaseSync(path);
      database.exec('UPDATE ledger SET ballast = randomblob(1500)');
    }
    assert.ok((await own.backUp()).bytesAdded > 4_000_000);
    {
      using database = new DatabaseSync(path);
      database.exec('UPDATE ledger SET number = 1 WHERE id % 60 = 0');
    }
    const { bytesAdded, filesChanged } = await assertKept(own);
    assert.equal(filesChanged, 1);
    // Fifty pages of 4 KiB, of which a good half does not compress.
    assert.ok(bytesAdded <= 200 * KIB + SMALLEST_STEP, `added ${bytesAdded}`);
    assert.equal((await own.backUp()).bytesAdded, 4096);
  });

  test('follows VACUUM, another length of page, shrinking, growing and replacement', async (t) => {
    const own = await temporaryBackup(t);
    const path = own.path('a.db');
    makeLedger(path, { rows: 800, autoVacuum: true });
    const change = (sql: string): void => {
      using database = new DatabaseSync(path);
      database.exec(sql);
    };
    await assertKept(own);
    change('DELETE FROM ledger WHERE id > 100');
    await assertKept(own);
    change('INSERT INTO ledger SELECT id + 1000, 0, randomblob(1500) FROM ledger');
    await assertKept(own);
    change('PRAGMA journal_mode = WAL; DELETE FROM ledger WHERE id > 50');
    await assertKept(own);
    change('PRAGMA journal_mode = DELETE; PRAGMA page_size = 1024; VACUUM');
    await assertKept(own);
    rmSync(path);
    makeLedger(path, { rows: 30, pageBytes: 1024 });
    await assertKept(own);
    writeFileSync(path, 'no database at all');
    await assertKept(own);
    rmSync(path);
    assert.equal((await own.backUp()).filesRemoved, 1);
    const oldest = await own.restore({ snapshot: '1' });
    assert.equal(readLedger(join(oldest.to, 'source/a.db')), 0);
  });

  test('is stored without its log, which is merged into it', async (t) => {
    const own = await temporaryBackup(t);
    makeLedger(own.path('a.db'), { journal: 'wal' });
    await own.backUp();
    leaveLedgerLog(own.path('a.db'));
    const sideFiles = readdirSync(own.source);
    assert.deepEqual((await own.backUp()).notes, []);
    assert.deepEqual(readdirSync(own.source), sideFiles);
    const { to } = await own.restore();
    assert.deepEqual(readdirSync(join(to, 'source')), ['a.db']);
    assert.equal(readLedger(join(to, 'source/a.db')), 7);
    assert.equal((await own.backUp()).isNew, false, 'an old log looked like a change');
    setLedger(own.path('a.db'), 8);
    await assertKept(own);
  });

  test('with a hot journal is stored as it was before the transaction', async (t) => {
    const own = await temporaryBackup(t);
    makeLedger(own.path('a.db'));
    setLedger(own.path('a.db'), 2);
    crashLedgerWriter(own.path('a.db'));
    await own.backUp();
    const { to } = await own.restore();
    assert.deepEqual(readdirSync(join(to, 'source')), ['a.db']);
    assert.equal(readLedger(join(to, 'source/a.db')), 2);
    assert.ok(existsSync(own.path('a.db-journal')), 'the source lost its journal');
  });

  test('that is not sound is stored as a plain file, with what lies beside it', async (t) => {
    const own = await temporaryBackup(t);
    makeLedger(own.path('a.db'));
    const spoilt = readFileSync(own.path('a.db')).fill(0xff, 44, 48);
    writeFileSync(own.path('a.db'), spoilt);
    writeFileSync(own.path('a.db-wal'), 'left over');
    const { notes } = await own.backUp();
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['database-as-file'],
    );
    const { to } = await own.restore();
    assert.deepEqual(readFileSync(join(to, 'source/a.db')), spoilt);
    assert.equal(readFileSync(join(to, 'source/a.db-wal'), 'utf8'), 'left over');
  });

  for (const journal of ['wal', 'delete'] as const) {
    test(`is of one moment while another process writes in ${journal} mode`, async (t) => {
      const own = await temporaryBackup(t);
      makeLedger(own.path('a.db'), { journal, rows: 2000 });
      const writer = await startLedgerWriter(own.path('a.db'));
      let newest = -1;
      for (let round = 0; round < 3; round++) {
        assert.deepEqual((await own.backUp()).notes, []);
        const { to } = await own.restore();
        const number = readLedger(join(to, 'source/a.db'));
        assert.ok(number > newest, `state ${number} came after ${newest}`);
        newest = number;
      }
      const last = await writer.stop();
      assert.equal(readLedger(own.path('a.db')), last);
    });
  }

  test('is sound while a messenger keeps writing to it', async (t) => {
    const own = await temporaryBackup(t);
    const size = { messages: 3000, mediaFiles: 5, mediaBytes: 200_000 };
    generateSample(own.source, size);
    await own.backUp();
    const writer = await startWriter(own.source);
    for (let round = 0; round < 2; round++) await own.backUp();
    const { to, failed } = await own.restore();
    await writer.stop();
    assert.deepEqual(failed, []);
    const names = readdirSync(join(to, 'source/Databases'));
    assert.deepEqual(
      names.filter((name) => /-(wal|shm|journal)$/.test(name)),
      [],
    );
    using database = new DatabaseSync(join(to, 'source/Databases/msgstore.db'));
    const checked = database.prepare('PRAGMA integrity_check').all();
    assert.deepEqual(
      checked.map((row) => row.integrity_check),
      ['ok'],
    );
  });

  // It waits for fifteen seconds.
  const slowly = process.env.SLOW === '1' ? test : null;
  slowly?.('that another process holds alone is left out, and leaves no log behind', async (t) => {
    const own = await temporaryBackup(t);
    makeLedger(own.path('a.db'));
    copyFileSync(own.path('a.db'), own.path('b.db'));
    using writer = new DatabaseSync(own.path('a.db'));
    writer.exec('BEGIN EXCLUSIVE; UPDATE ledger SET number = 1');
    const { notes, unreadable } = await own.backUp();
    assert.deepEqual([notes.map(({ code }) => code), unreadable], [['database-busy'], 1]);
    const { to } = await own.restore();
    assert.deepEqual(readdirSync(join(to, 'source')), ['b.db']);
  });
});
