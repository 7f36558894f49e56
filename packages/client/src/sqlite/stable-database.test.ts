import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import {
  crashLedgerWriter,
  leaveLedgerLog,
  makeLedger,
  readLedger,
  setLedger,
  startLedgerWriter,
  tryElsewhere,
} from '../fixture/ledger.ts';
import { pastTick } from '../fixture/past-tick.ts';
import { temporaryFolder } from '../fixture/temporary-backup.ts';
import { withoutRights } from '../fixture/without-rights.ts';
import { openStableDatabase, type StableDatabase } from './stable-database.ts';

const SQLITE_BUSY = '5';

interface Place {
  readonly folder: string;
  readonly path: string;
  readonly temporaryFolder: string;
}

function place(t: TestContext): Place {
  const root = temporaryFolder(t);
  const folder = join(root, 'app');
  mkdirSync(folder);
  mkdirSync(join(root, 'copies'));
  return { folder, path: join(folder, 'a.db'), temporaryFolder: join(root, 'copies') };
}

async function open(at: Place): Promise<StableDatabase> {
  const database = await openStableDatabase(Buffer.from(at.path), at);
  assert.ok(database !== null);
  return database;
}

function bytesOf({ fd, bytes }: StableDatabase): Buffer {
  const all = Buffer.alloc(bytes);
  assert.equal(readSync(fd, all, 0, bytes, 0), bytes);
  return all;
}

/** Everything that reading must leave as it is. */
function look(folder: string) {
  const times = (path: string) => {
    const { mtimeNs, size, ino } = statSync(path, { bigint: true });
    // A folder's time is set back to the microsecond.
    return { mtime: mtimeNs / 1000n, size, ino };
  };
  const names = readdirSync(folder).sort();
  // The index of a log is memory that all readers share.
  const files = names
    .filter((name) => !name.endsWith('-shm'))
    .map((name) => ({
      name,
      ...times(join(folder, name)),
      bytes: readFileSync(join(folder, name)),
    }));
  return { names, files, folder: times(folder) };
}

/** Reads a database as a backup does, and checks that nothing tells of it afterwards. */
async function readQuietly(at: Place): Promise<Buffer> {
  utimesSync(at.folder, 1_600_000_000.5, 1_600_000_000.5);
  const before = look(at.folder);
  const database = await open(at);
  const bytes = bytesOf(database);
  await database.release();
  assert.deepEqual(look(at.folder), before);
  assert.deepEqual(readdirSync(at.temporaryFolder), []);
  return bytes;
}

function ledgerIn(t: TestContext, bytes: Buffer): number {
  const path = join(temporaryFolder(t), 'restored.db');
  writeFileSync(path, bytes);
  return readLedger(path);
}

describe('openStableDatabase()', () => {
  for (const journal of ['wal', 'delete'] as const) {
    test(`reads a database at rest bit for bit, in ${journal} mode`, async (t) => {
      const at = place(t);
      makeLedger(at.path, { journal });
      const expected = readFileSync(at.path);
      assert.deepEqual(await readQuietly(at), expected);
    });

    test(`holds one transaction's state while another writes, in ${journal} mode`, async (t) => {
      const at = place(t);
      makeLedger(at.path, { journal });
      const writer = await startLedgerWriter(at.path);
      for (let round = 0; round < 5; round++) {
        const database = await open(at);
        const first = bytesOf(database);
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.deepEqual(bytesOf(database), first, 'the bytes moved');
        await database.release();
        assert.ok(ledgerIn(t, first) >= 0);
      }
      const last = await writer.stop();
      assert.equal(readLedger(at.path), last);
      assert.deepEqual(readdirSync(at.folder), ['a.db']);
    });
  }

  test('reads a database in a folder of somebody else', async (t) => {
    const at = place(t);
    makeLedger(at.path, { journal: 'wal' });
    const expected = readFileSync(at.path);
    chmodSync(dirname(at.folder), 0o755);
    chmodSync(at.folder, 0o777);
    chmodSync(at.path, 0o666);
    await pastTick();
    await withoutRights(at.temporaryFolder, async () => {
      const database = await open(at);
      assert.deepEqual(bytesOf(database), expected);
      await database.release();
    });
    assert.deepEqual(readdirSync(at.folder), ['a.db']);
  });

  test("keeps its lock until it is released, and drops nobody else's", async (t) => {
    const at = place(t);
    makeLedger(at.path);
    const database = await open(at);
    bytesOf(database);
    assert.equal(tryElsewhere(at.path, 'UPDATE ledger SET number = 1'), SQLITE_BUSY);
    await database.release();
    assert.equal(tryElsewhere(at.path, 'UPDATE ledger SET number = 1'), 'done');
    assert.equal(readLedger(at.path), 1);
  });

  test('keeps a checkpoint from writing to the pages it reads', async (t) => {
    const at = place(t);
    makeLedger(at.path, { journal: 'wal' });
    const database = await open(at);
    const before = bytesOf(database);
    const write = 'UPDATE ledger SET number = 1; PRAGMA wal_checkpoint(TRUNCATE)';
    tryElsewhere(at.path, write);
    assert.deepEqual(bytesOf(database), before);
    await database.release();
    assert.equal(ledgerIn(t, before), 0);
    assert.equal(readLedger(at.path), 1);
  });

  test('includes what is in the log only, though nobody has it open', async (t) => {
    const at = place(t);
    makeLedger(at.path, { journal: 'wal' });
    leaveLedgerLog(at.path);
    assert.deepEqual(readdirSync(at.folder), ['a.db', 'a.db-shm', 'a.db-wal']);
    assert.equal(ledgerIn(t, await readQuietly(at)), 7);
    rmSync(`${at.path}-shm`);
    assert.equal(ledgerIn(t, await readQuietly(at)), 7);
  });

  test('rolls a hot journal back, in a copy', async (t) => {
    const at = place(t);
    makeLedger(at.path);
    setLedger(at.path, 3);
    const before = readFileSync(at.path);
    crashLedgerWriter(at.path);
    assert.notDeepEqual(readFileSync(at.path), before, 'the crash left the file untouched');
    assert.equal(ledgerIn(t, await readQuietly(at)), 3);
  });

  test('waits for a writer that holds the database alone', async (t) => {
    const at = place(t);
    makeLedger(at.path);
    const writer = new DatabaseSync(at.path);
    writer.exec('BEGIN EXCLUSIVE; UPDATE ledger SET number = 4');
    setTimeout(() => {
      writer.exec('COMMIT');
      writer.close();
    }, 250);
    const database = await open(at);
    assert.equal(ledgerIn(t, bytesOf(database)), 4);
    await database.release();
  });

  test('gives up on a writer that never lets go, and at once when it is told to stop', async (t) => {
    const at = place(t);
    makeLedger(at.path);
    using writer = new DatabaseSync(at.path);
    writer.exec('BEGIN EXCLUSIVE');
    const path = Buffer.from(at.path);
    const impatient = openStableDatabase(path, { ...at, busyTimeoutMs: 1 });
    await assert.rejects(impatient, { code: 'source-unreadable' });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    const stopped = openStableDatabase(path, { ...at, signal: abort.signal });
    await assert.rejects(stopped, { code: 'cancelled' });
  });

  test('says of what is no sound database that it is none', async (t) => {
    const at = place(t);
    const spoil: Record<string, (bytes: Buffer) => Buffer> = {
      'another length of page': (bytes) => bytes.fill(0x20, 16, 17),
      'an impossible format': (bytes) => bytes.fill(0xff, 44, 48),
      'a read version of the future': (bytes) => bytes.fill(9, 19, 20),
      'a garbled schema': (bytes) => bytes.fill(0xaa, 100, 4096),
      'half a page': (bytes) => bytes.subarray(0, 4096 + 2048),
      'only its header': (bytes) => bytes.subarray(0, 512),
    };
    for (const [what, change] of Object.entries(spoil)) {
      rmSync(at.path, { force: true });
      makeLedger(at.path);
      writeFileSync(at.path, change(readFileSync(at.path)));
      const found = await openStableDatabase(Buffer.from(at.path), at);
      await found?.release();
      assert.equal(found, null, what);
      assert.deepEqual(readdirSync(at.folder), ['a.db'], what);
    }
  });

  test('reads a database whose pages are garbage as it is', async (t) => {
    const at = place(t);
    makeLedger(at.path);
    const bytes = readFileSync(at.path).fill(0x5a, 3 * 4096, 9 * 4096);
    writeFileSync(at.path, bytes);
    assert.deepEqual(await readQuietly(at), bytes);
    truncateSync(at.path, 20 * 4096);
    assert.equal(await openStableDatabase(Buffer.from(at.path), at), null);
  });

  test('reads from a file system that takes no writes', async (t) => {
    const at = place(t);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', at.folder], {
        stdio: 'pipe',
      });
    } catch {
      t.skip('this needs root, and mount');
      return;
    }
    try {
      makeLedger(at.path, { journal: 'wal' });
      execFileSync('mount', ['-o', 'remount,ro', at.folder]);
      const database = await open(at);
      assert.equal(ledgerIn(t, bytesOf(database)), 0);
      await database.release();
    } finally {
      execFileSync('umount', [at.folder]);
    }
  });

  test('reads a database whose name leaves no room for side files, or is no text', async (t) => {
    const at = place(t);
    const names = [Buffer.alloc(255, 'n'), Buffer.from([0x64, 0xff, 0xfe]), Buffer.from('?#%20 ')];
    for (const name of names) {
      makeLedger(at.path);
      const path = Buffer.concat([Buffer.from(`${at.folder}/`), name]);
      writeFileSync(path, readFileSync(at.path));
      rmSync(at.path);
      const database = await openStableDatabase(path, at);
      assert.ok(database !== null, name.toString('latin1'));
      assert.equal(ledgerIn(t, bytesOf(database)), 0);
      await database.release();
    }
    assert.equal(readdirSync(at.folder).length, names.length);
  });
});
