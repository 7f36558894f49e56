import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { pastTick } from '../fixture/past-tick.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { Xattrs } from '../platform/xattrs.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Restores the newest snapshot and compares it with the source as it is. */
async function assertRestores(own: TemporaryBackup): Promise<void> {
  const before = await readTree(own.source);
  const { to, failed } = await own.restore({ privileged: true });
  assert.deepEqual(failed, []);
  assertSameTree(await readTree(join(to, 'source')), before);
}

describe('backUp()', () => {
  test('keeps permissions, times, links, empty folders and empty files', async (t) => {
    const own = await temporaryBackup(t);
    mkdirSync(own.path('empty'));
    mkdirSync(own.path('locked'));
    writeFileSync(own.path('locked/inside'), 'x');
    writeFileSync(own.path('nothing'), '');
    writeFileSync(own.path('program'), '#!/bin/sh\n');
    chmodSync(own.path('program'), 0o4755);
    symlinkSync('../nowhere/at all', own.path('link'));
    symlinkSync('empty', own.path('link-to-folder'));
    lutimesSync(own.path('link'), 1_234_567_890.123456, 1_234_567_890.123456);
    utimesSync(own.path('program'), '-86400.25', '-86400.25');
    utimesSync(own.path('nothing'), 0, 0);
    utimesSync(own.path('empty'), 1_700_000_000.000001, 1_700_000_000.000001);
    chmodSync(own.path('locked'), 0o500);
    const { filesNew, folders, notes } = await own.backUp();
    assert.deepEqual([filesNew, folders, notes.length], [5, 3, 0]);
    await assertRestores(own);
  });

  test('keeps extended attributes', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('file'), 'x');
    const xattrs = await Xattrs.load();
    const name = Buffer.from('user.holdfast');
    const written = ['', 'file'].map((path) =>
      xattrs?.write(Buffer.from(own.path(path)), { name, value: Buffer.from([0, 255, 10]) }),
    );
    if (!written.every((one) => one === true)) {
      t.skip('extended attributes are not supported here');
      return;
    }
    await own.backUp();
    await assertRestores(own);
  });

  test('keeps names of any bytes', async (t) => {
    const own = await temporaryBackup(t);
    const names = [
      Buffer.from('a\nb'),
      Buffer.from('-rf'),
      Buffer.from('--help'),
      Buffer.from(' '),
      Buffer.from('...'),
      Buffer.from('*?[a]{b}'),
      Buffer.from([0xff, 0xfe, 0x80]),
      Buffer.from('\u{1f600} \u202e'),
      Buffer.alloc(255, 'n'),
    ];
    for (const name of names) {
      const path = Buffer.concat([Buffer.from(`${own.source}/`), name]);
      writeFileSync(path, name);
    }
    const folder = Buffer.concat([Buffer.from(`${own.source}/`), Buffer.from([0xc3, 0x28])]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/x')]), 'x');
    symlinkSync('target', Buffer.from(own.path('l'.repeat(255))));
    await own.backUp();
    await assertRestores(own);
  });

  test('keeps the holes of a sparse file', async (t) => {
    const own = await temporaryBackup(t);
    const fd = openSync(own.path('sparse'), 'w');
    writeSync(fd, 'begin', 0);
    writeSync(fd, 'middle', 20 * MIB + 5);
    truncateSync(own.path('sparse'), 70 * MIB + 3);
    writeFileSync(own.path('hole'), '');
    truncateSync(own.path('hole'), 3 * MIB);
    const { bytesAdded } = await own.backUp();
    assert.ok(bytesAdded <= 256 * KIB + 4096, `${bytesAdded} bytes for two holes`);
    const { to } = await own.restore();
    await assertRestores(own);
    const restored = join(to, 'source');
    assert.ok(statSync(join(restored, 'sparse')).blocks * 512 <= 2 * MIB);
    assert.equal(statSync(join(restored, 'hole')).blocks, 0);
  });

  test('keeps a file of more chunks than an entry lists', async (t) => {
    const own = await temporaryBackup(t);
    const bytes = Buffer.alloc(34 * MIB + 17);
    for (let at = 0; at < bytes.length; at += 4096)
      bytes.writeUInt32BE(at, at % 4000 === 0 ? at : at);
    writeFileSync(own.path('long'), bytes);
    await own.backUp();
    await assertRestores(own);
  });

  test('stores the same media once, and looks at the rest of a backup for it', async (t) => {
    const own = await temporaryBackup(t);
    const media = randomBytes(1_300_000);
    mkdirSync(own.path('sent'));
    writeFileSync(own.path('a.jpg'), media);
    copyFileSync(own.path('a.jpg'), own.path('sent/b.jpg'));
    const first = await own.backUp();
    assert.ok(first.bytesAdded < media.length + 512 * KIB, `added ${first.bytesAdded}`);
    copyFileSync(own.path('a.jpg'), own.path('c.jpg'));
    const second = await own.backUp();
    assert.ok(second.bytesAdded <= 256 * KIB + 4096, `added ${second.bytesAdded}`);
    own.forgetCache();
    copyFileSync(own.path('a.jpg'), own.path('d.jpg'));
    const third = await own.backUp({ device: 'other' });
    assert.ok(third.bytesAdded <= 256 * KIB + 4096, `added ${third.bytesAdded}`);
    await assertRestores(own);
  });

  test('compresses what is worth it', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('text'), 'All work and no play makes Jack a dull boy. '.repeat(100_000));
    assert.ok((await own.backUp()).bytesAdded <= 256 * KIB + 4096);
    writeFileSync(own.path('noise'), randomBytes(3 * MIB));
    const { bytesAdded } = await own.backUp();
    assert.ok(bytesAdded >= 3 * MIB && bytesAdded <= 3 * MIB + 256 * KIB + 4096);
    await assertRestores(own);
  });

  test('leaves out what the patterns exclude', async (t) => {
    const own = await temporaryBackup(t);
    for (const folder of ['cache', 'keep/cache', 'keep/deep']) {
      mkdirSync(own.path(folder), { recursive: true });
      writeFileSync(own.path(folder, 'file.tmp'), 'x');
      writeFileSync(own.path(folder, 'file.txt'), 'x');
    }
    await own.backUp({ exclude: ['*.tmp', 'source/cache', 'keep/**/none'] });
    const { to } = await own.restore();
    const paths = [...(await readTree(to)).keys()].filter((path) => path.includes('file'));
    assert.deepEqual(paths, ['./source/keep/cache/file.txt', './source/keep/deep/file.txt']);
  });

  test('takes several sources, files too, each under its own name', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('inside'), '1');
    writeFileSync(join(own.folder, 'alone'), '2');
    const paths = [`${own.source}/`, join(own.folder, 'alone')];
    await own.backUp({ paths });
    const { to } = await own.restore();
    const restored = await readTree(to);
    assert.deepEqual([...restored.keys()], ['.', './alone', './source', './source/inside']);
  });

  test('follows a source that is a link, under its name, and no link in it', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('inside'), '1');
    symlinkSync('inside', own.path('link-in-it'));
    const [toFolder, toFile] = [join(own.folder, 'to-folder'), join(own.folder, 'to-file')];
    symlinkSync('source', toFolder);
    symlinkSync('to-folder/inside', toFile);
    await pastTick();
    const paths = [`${toFolder}/`, toFile];
    await own.backUp({ paths });
    const again = await own.backUp({ paths });
    assert.deepEqual([again.isNew, again.filesUnmodified], [false, 3]);
    const { to } = await own.restore();
    assertSameTree(await readTree(join(to, 'to-folder')), await readTree(own.source));
    assert.equal(readFileSync(join(to, 'to-file'), 'utf8'), '1');
    const backup = await own.open();
    t.after(() => backup.close());
    const [snapshot] = await listSnapshots(backup);
    const listed = snapshot?.sources.map((path) => Buffer.from(path).toString());
    assert.deepEqual(listed, [toFile, toFolder]);
  });

  test('refuses a source that is a link to nothing, to the root, or into the store', async (t) => {
    const own = await temporaryBackup(t);
    const link = join(own.folder, 'link');
    const refuses = async (target: string, code: string): Promise<void> => {
      symlinkSync(target, link);
      await assert.rejects(own.backUp({ paths: [link] }), { code });
      rmSync(link);
    };
    await refuses('nowhere', 'source-unreadable');
    await refuses('link', 'source-unreadable');
    await refuses('/', 'usage');
    await refuses(own.storeFolder, 'usage');
  });

  test('refuses two sources of the same name, a missing one, and the root', async (t) => {
    const own = await temporaryBackup(t);
    mkdirSync(own.path('source'));
    const twice = [own.source, own.path('source')];
    await assert.rejects(own.backUp({ paths: twice }), { code: 'usage' });
    await assert.rejects(own.backUp({ paths: ['/'] }), { code: 'usage' });
    const missing = own.backUp({ paths: [own.source, own.path('missing')] });
    await assert.rejects(missing, { code: 'source-unreadable' });
    await assert.rejects(own.restore(), { code: 'snapshot-missing' });
  });

  test('writes nothing but a head when nothing has changed', async (t) => {
    const own = await temporaryBackup(t);
    mkdirSync(own.path('folder'));
    for (let i = 0; i < 50; i++) writeFileSync(own.path('folder', `file ${i}`), `text ${i}`);
    symlinkSync('folder', own.path('link'));
    await pastTick();
    const first = await own.backUp();
    const before = own.objects();
    const second = await own.backUp();
    assert.deepEqual([first.snapshot, first.isNew], [1, true]);
    assert.deepEqual([second.snapshot, second.isNew, second.filesUnmodified], [1, false, 51]);
    assert.deepEqual([second.bytesAdded, second.bytesRead], [4096, 0]);
    const added = [...own.objects()].filter(([name]) => !before.has(name));
    assert.deepEqual(added, [['heads/000000000003', 4096]]);
  });

  test('finds a restored folder unchanged, to the microsecond', async (t) => {
    const own = await temporaryBackup(t);
    for (let i = 0; i < 5; i++) writeFileSync(own.path(`file ${i}`), randomBytes(5 * KIB, i));
    symlinkSync('file 1', own.path('link'));
    await own.backUp();
    const { to } = await own.restore();
    const again = await own.backUp({ paths: [join(to, 'source')] });
    const { filesNew, filesChanged, filesMetadata, filesUnmodified } = again;
    assert.deepEqual([filesNew, filesChanged, filesMetadata, filesUnmodified], [0, 0, 0, 6]);
    chmodSync(join(to, 'source', 'file 1'), 0o600);
    const { filesMetadata: changed } = await own.backUp({ paths: [join(to, 'source')] });
    assert.equal(changed, 1);
  });

  test('is listed with what it has added to the store', async (t) => {
    const own = await temporaryBackup(t);
    for (let i = 0; i < 300; i++) writeFileSync(own.path(`file ${i}`), randomBytes(5 * KIB, i));
    const summaries = [await own.backUp()];
    chmodSync(own.path('file 1'), 0o600);
    summaries.push(await own.backUp());
    writeFileSync(own.path('film'), randomBytes(20 * MIB, 1));
    summaries.push(await own.backUp());
    const backup = await own.open();
    t.after(() => backup.close());
    const listed = await listSnapshots(backup);
    assert.deepEqual(
      listed.map(({ bytesAdded }) => bytesAdded),
      summaries.map(({ bytesAdded }) => bytesAdded),
    );
  });

  test('costs about as much as has changed', async (t) => {
    const own = await temporaryBackup(t);
    for (let i = 0; i < 400; i++) writeFileSync(own.path(`file ${i}`), randomBytes(8 * KIB, i));
    await own.backUp();
    for (const change of [10 * KIB, 300 * KIB, 2 * MIB]) {
      const before = own.storedBytes();
      writeFileSync(own.path('changed'), randomBytes(change, change));
      const { bytesAdded, filesChanged, filesNew } = await own.backUp();
      assert.equal(filesChanged + filesNew, 1);
      assert.equal(own.storedBytes() - before, bytesAdded);
      assert.ok(bytesAdded <= change + 256 * KIB + 4096, `${bytesAdded} bytes for ${change}`);
    }
    await assertRestores(own);
  });

  test('sees a change of permissions, of time, of kind, and what is gone', async (t) => {
    const own = await temporaryBackup(t);
    for (const name of ['mode', 'time', 'to-folder', 'to-link', 'gone', 'same-size']) {
      writeFileSync(own.path(name), 'text');
    }
    mkdirSync(own.path('to-file'));
    writeFileSync(own.path('to-file/inside'), 'x');
    await own.backUp();
    const before = await readTree(own.source);
    chmodSync(own.path('mode'), 0o600);
    utimesSync(own.path('time'), 1, 1);
    for (const name of ['to-folder', 'to-link', 'gone', 'to-file']) {
      rmSync(own.path(name), { recursive: true });
    }
    mkdirSync(own.path('to-folder'));
    symlinkSync('mode', own.path('to-link'));
    writeFileSync(own.path('to-file'), 'now a file');
    const { mtime } = statSync(own.path('same-size'));
    writeFileSync(own.path('same-size'), 'TEXT');
    utimesSync(own.path('same-size'), mtime, mtime);
    const { filesRemoved } = await own.backUp();
    assert.equal(filesRemoved, 2);
    await assertRestores(own);
    const old = await own.restore({ snapshot: '1' });
    assertSameTree(await readTree(join(old.to, 'source')), before);
  });

  test('only counts in a dry run, and leaves out what is never stored', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('file'), 'text');
    using database = new DatabaseSync(own.path('a.db'));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); PRAGMA wal_checkpoint');
    assert.ok(existsSync(own.path('a.db-wal')));
    const before = own.objects();
    const { filesNew, bytesRead, snapshot, isNew } = await own.backUp({ dryRun: true });
    const bytes = 4 + statSync(own.path('a.db')).size;
    assert.deepEqual([filesNew, bytesRead, snapshot, isNew], [2, bytes, null, false]);
    assert.deepEqual(own.objects(), before);
  });

  test('tells content that differs from permissions and times, as a comparison does', async (t) => {
    const own = await temporaryBackup(t);
    for (const name of ['content', 'mode', 'same']) writeFileSync(own.path(name), 'text');
    await own.backUp();
    writeFileSync(own.path('content'), 'other text');
    chmodSync(own.path('mode'), 0o600);
    const { filesNew, filesChanged, filesMetadata, filesUnmodified } = await own.backUp();
    assert.deepEqual([filesNew, filesChanged, filesMetadata, filesUnmodified], [0, 1, 1, 1]);
  });
});
