import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FaultStore } from '@holdfast/testing/fault-store';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { makeLedger, readLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { whenAwaited } from '../fixture/when-awaited.ts';

const MIB = 1024 * 1024;

async function sampleBackup(t: { after(fn: () => void): void }): Promise<TemporaryBackup> {
  const own = await temporaryBackup(t);
  mkdirSync(own.path('photos/2026'), { recursive: true, mode: 0o750 });
  mkdirSync(own.path('notes'));
  writeFileSync(own.path('photos/one.jpg'), randomBytes(200_000, 1));
  writeFileSync(own.path('photos/2026/two.jpg'), randomBytes(300_000, 2));
  writeFileSync(own.path('notes/a[1].txt'), 'first note');
  writeFileSync(own.path('notes/b.txt'), 'second note');
  symlinkSync('../photos/one.jpg', own.path('notes/link'));
  for (const name of ['photos', 'photos/2026', 'notes']) utimesSync(own.path(name), 1e9, 1e9);
  await own.backUp();
  return own;
}

async function restoredPaths(folder: string): Promise<string[]> {
  const tree = [...(await readTree(folder))];
  return tree.filter(([, { kind }]) => kind !== 'folder').map(([name]) => name.slice(2));
}

describe('restore()', () => {
  test('restores a path, several, or what a pattern chooses', async (t) => {
    const own = await sampleBackup(t);
    const all = [
      'source/notes/a[1].txt',
      'source/notes/b.txt',
      'source/notes/link',
      'source/photos/2026/two.jpg',
      'source/photos/one.jpg',
    ];
    const cases: [string[], string[]][] = [
      [['source'], all],
      [['source/'], all],
      [['source/photos'], all.slice(3)],
      [['/source/photos/2026/two.jpg'], all.slice(3, 4)],
      [['source/notes/a[1].txt'], all.slice(0, 1)],
      [['*.jpg'], all.slice(3)],
      [['source/*/*.txt'], all.slice(0, 2)],
      [['**/2026/*'], all.slice(3, 4)],
      [
        ['link', 'source/photos/one.jpg'],
        [all[2] as string, all[4] as string],
      ],
      [['source/notes/b.txt', 'source/photos/2026'], all.slice(1, 2).concat(all.slice(3, 4))],
    ];
    for (const [include, expected] of cases) {
      const { to, failed, files } = await own.restore({ include });
      assert.deepEqual(failed, []);
      assert.deepEqual(await restoredPaths(to), expected, include.join());
      assert.equal(files, expected.length, include.join());
    }
    for (const include of [['source/none'], ['*.gif'], ['source//photos']]) {
      const to = join(own.folder, 'nothing');
      await assert.rejects(own.restore({ include, to }), { code: 'path-missing' }, include.join());
      assert.ok(!existsSync(to), include.join());
    }
  });

  test('names each of the chosen paths and patterns that nothing matches', async (t) => {
    const own = await sampleBackup(t);
    const cases: [include: string[], unmatched: string[]][] = [
      [['source/notes', 'source/none'], ['source/none']],
      [['source/notes', 'source/notes/none', '/source/photos/'], ['source/notes/none']],
      [
        ['*.jpg', '*.gif', 'source/notes/b.txt', 'source/none'],
        ['*.gif', 'source/none'],
      ],
      [['*.jpg', 'two.jpg'], []],
    ];
    for (const [include, expected] of cases) {
      const { unmatched, failed } = await own.restore({ include });
      assert.deepEqual([unmatched, failed], [expected, []], include.join());
    }
    assert.deepEqual((await own.restore()).unmatched, []);
  });

  test('gives the folders on the way their own times and permissions', async (t) => {
    const own = await sampleBackup(t);
    for (const include of [['source/photos/2026/two.jpg'], ['two.jpg']]) {
      const { to } = await own.restore({ include });
      for (const name of ['', 'photos', 'photos/2026']) {
        const [restored, original] = [statSync(join(to, 'source', name)), statSync(own.path(name))];
        assert.equal(restored.mode, original.mode, `${include}: ${name}`);
        const offMs = Math.abs(restored.mtimeMs - original.mtimeMs);
        assert.ok(offMs < 0.001, `${include}: ${name} is ${offMs} ms off`);
      }
    }
  });

  test('takes a path once that several of the chosen ones hold', async (t) => {
    const own = await sampleBackup(t);
    const include = [
      'source/photos/one.jpg',
      'source/photos',
      'source/photos/',
      'source/photos/2026',
    ];
    const { to, failed, files } = await own.restore({ include });
    assert.deepEqual([failed, files], [[], 2]);
    assert.deepEqual(await restoredPaths(to), [
      'source/photos/2026/two.jpg',
      'source/photos/one.jpg',
    ]);
  });

  test('replaces nothing unless it is told to', async (t) => {
    const own = await sampleBackup(t);
    const to = join(own.folder, 'target');
    mkdirSync(join(to, 'source/notes'), { recursive: true });
    mkdirSync(join(to, 'source/photos/one.jpg'), { recursive: true });
    writeFileSync(join(to, 'source/notes/b.txt'), 'mine, and newer');
    writeFileSync(join(to, 'source/notes/link'), 'mine too');
    writeFileSync(join(to, 'source/notes/mine'), 'not in the backup');
    symlinkSync('nowhere', join(to, 'source/notes/a[1].txt'));
    const first = await own.restore({ to });
    assert.deepEqual(first.failed.map(({ path, code }) => `${Buffer.from(path)} ${code}`).sort(), [
      'source/notes/a[1].txt target-unusable',
      'source/notes/b.txt target-unusable',
      'source/notes/link target-unusable',
      'source/photos/one.jpg target-unusable',
    ]);
    assert.equal(readFileSync(join(to, 'source/notes/b.txt'), 'utf8'), 'mine, and newer');
    assert.equal(readlinkSync(join(to, 'source/notes/a[1].txt')), 'nowhere');
    assert.equal(readFileSync(join(to, 'source/notes/link'), 'utf8'), 'mine too');
    assert.equal(first.files, 1);

    const second = await own.restore({ to, overwrite: true });
    assert.deepEqual(
      second.failed.map(({ path }) => Buffer.from(path).toString()),
      ['source/photos/one.jpg'],
    );
    assert.equal(readFileSync(join(to, 'source/notes/b.txt'), 'utf8'), 'second note');
    assert.equal(readFileSync(join(to, 'source/notes/a[1].txt'), 'utf8'), 'first note');
    assert.equal(readlinkSync(join(to, 'source/notes/link')), '../photos/one.jpg');
    assert.equal(readFileSync(join(to, 'source/notes/mine'), 'utf8'), 'not in the backup');
    assert.equal(existsSync(join(to, 'source/notes/nowhere')), false);
  });

  test('takes the log of the database that it replaces away', async (t) => {
    const own = await temporaryBackup(t);
    makeLedger(own.path('a.db'));
    await own.backUp();
    const { to } = await own.restore();
    writeFileSync(join(to, 'source/a.db-wal'), Buffer.from('377f0682002de218', 'hex'));
    writeFileSync(join(to, 'source/a.db-journal'), Buffer.from('d9d505f920a163d7', 'hex'));
    writeFileSync(join(to, 'source/a.db'), 'another');
    await own.restore({ to, overwrite: true });
    assert.deepEqual(readdirSync(join(to, 'source')), ['a.db']);
    assert.equal(readLedger(join(to, 'source/a.db')), 0);
  });

  test('leaves what only has the name of such a log', async (t) => {
    const own = await temporaryBackup(t);
    makeLedger(own.path('a.db'));
    writeFileSync(own.path('a.db-wal'), 'a note, and no log');
    makeLedger(own.path('b.db'));
    await own.backUp();
    const to = join(own.folder, 'target');
    mkdirSync(join(to, 'source/b.db-journal'), { recursive: true });
    writeFileSync(join(to, 'source/b.db-journal/note'), 'one more');
    writeFileSync(join(to, 'source/a.db-shm'), 'mine');
    symlinkSync('a.db-shm', join(to, 'source/b.db-wal'));
    const { failed } = await own.restore({ to });
    assert.deepEqual(failed, []);
    const textOf = (name: string): string => readFileSync(join(to, 'source', name), 'utf8');
    assert.equal(textOf('a.db-wal'), 'a note, and no log');
    assert.equal(textOf('b.db-journal/note'), 'one more');
    assert.equal(textOf('a.db-shm'), 'mine');
    assert.equal(readlinkSync(join(to, 'source/b.db-wal')), 'a.db-shm');
    for (const name of ['a.db', 'b.db']) {
      const restored = readFileSync(join(to, 'source', name));
      assert.ok(restored.equals(readFileSync(own.path(name))), name);
    }
  });

  test('takes no folder for its own because of a link where it notes them', async (t) => {
    const own = await sampleBackup(t);
    const to = join(own.folder, 'target');
    mkdirSync(join(to, 'source/photos/2026'), { recursive: true });
    mkdirSync(join(to, 'source/notes'), { mode: 0o711 });
    const outside = join(own.folder, 'outside');
    writeFileSync(outside, `${Buffer.from('source\0notes').toString('hex')}\n`);
    symlinkSync(outside, join(to, '.holdfast-partial-folders'));
    const { failed } = await own.restore({ to });
    assert.deepEqual(failed, []);
    assert.equal(statSync(join(to, 'source/notes')).mode & 0o777, 0o711);
    assert.ok(existsSync(outside));
  });

  test('tells root once when others can rename what is on the way', async (t) => {
    if (process.geteuid?.() !== 0) return t.skip('this is about root');
    const own = await sampleBackup(t);
    const cases = [
      { uid: 0, mode: 0o755, told: 0 },
      { uid: 0, mode: 0o1777, told: 0 },
      { uid: 0, mode: 0o777, told: 1 },
      { uid: 65_534, mode: 0o700, told: 1 },
    ];
    for (const { uid, mode, told } of cases) {
      const around = join(own.folder, `around ${uid} ${mode}`);
      mkdirSync(around);
      chmodSync(around, mode);
      chownSync(around, uid, 0);
      const notes: string[] = [];
      await own.restore({
        to: join(around, 'target'),
        onEvent: (event) => {
          if (event.type === 'note') notes.push(event.code);
        },
      });
      assert.deepEqual(
        notes,
        Array.from({ length: told }, () => 'target-shared'),
      );
    }
  });

  test('keeps a file that can not be given its owner, for nobody else to read', async (t) => {
    if (process.geteuid?.() !== 0) return t.skip('only root gives files away');
    const own = await temporaryBackup(t);
    writeFileSync(own.path('file'), 'whole', { mode: 0o644 });
    chownSync(own.path('file'), 1234, 1234);
    mkdirSync(own.path('folder'), { mode: 0o755 });
    chownSync(own.path('folder'), 1234, 1234);
    await own.backUp();
    const script = new URL('../fixture/backup-process.ts', import.meta.url).pathname;
    const without = ['--bounding-set=-chown', '--inh-caps=-chown'];
    const settings = [...without, process.execPath, script, 'restore', own.folder];
    const { error, status, stderr } = spawnSync('setpriv', settings, { encoding: 'utf8' });
    if (error !== undefined) return t.skip('this needs setpriv');
    assert.equal(status, 0, stderr);
    const restored = join(own.folder, 'restored-elsewhere/source');
    assert.equal(readFileSync(join(restored, 'file'), 'utf8'), 'whole');
    const { mode, uid } = statSync(join(restored, 'file'));
    assert.deepEqual([mode & 0o7777, uid], [0o600, 0]);
    assert.equal(statSync(join(restored, 'folder')).mode & 0o7777, 0o700);
  });

  test('goes on where it was stopped', async (t) => {
    const own = await temporaryBackup(t);
    for (let i = 0; i < 12; i++) writeFileSync(own.path(`file ${i}`), randomBytes(3 * MIB, i));
    mkdirSync(own.path('folder'), { mode: 0o755 });
    writeFileSync(own.path('folder/last'), 'x');
    utimesSync(own.path('folder'), 1e9, 1e9);
    await own.backUp();
    const to = join(own.folder, 'target');
    const abort = new AbortController();
    const fault = { kind: 'hold', until: whenAwaited(() => abort.abort()) } as const;
    const store = new FaultStore(own.store, [{ call: 'get', prefix: 'packs/', nth: 12, fault }]);
    const stopped = own.restore({ to, store, signal: abort.signal });
    await assert.rejects(stopped, { code: 'cancelled' });
    const left = readdirSync(join(to, 'source')).filter((name) => name.startsWith('.holdfast'));
    assert.deepEqual(left, [], 'unfinished files were left behind');
    assert.deepEqual(readdirSync(to), ['.holdfast-partial-folders', 'source']);
    const { failed, skipped, files } = await own.restore({ to });
    assert.deepEqual(failed, []);
    assert.equal(skipped + files, 13);
    assert.deepEqual(readdirSync(to), ['source']);
    const again = await own.restore({ to });
    assert.deepEqual([again.skipped, again.files, again.failed], [13, 0, []]);
    assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
  });

  test('writes nothing in a dry run', async (t) => {
    const own = await sampleBackup(t);
    const to = join(own.folder, 'target');
    const { files, bytes } = await own.restore({ to, dryRun: true });
    assert.deepEqual([files, bytes, existsSync(to)], [5, 500_021, false]);
  });

  test('does not write by way of a link that stands in the target', async (t) => {
    const own = await sampleBackup(t);
    const outside = join(own.folder, 'outside');
    mkdirSync(join(outside, '2026'), { recursive: true });
    for (const overwrite of [false, true]) {
      const to = join(own.folder, `target-${overwrite}`);
      mkdirSync(join(to, 'source'), { recursive: true });
      symlinkSync(outside, join(to, 'source/photos'));
      const { failed } = await own.restore({ to, overwrite });
      assert.ok(failed.length >= 2);
      for (const { path, code } of failed) {
        assert.equal(code, 'target-unusable');
        assert.match(Buffer.from(path).toString(), /^source\/photos/);
      }
      assert.deepEqual(readdirSync(outside, { recursive: true }), ['2026']);
      assert.ok(lstatSync(join(to, 'source/photos')).isSymbolicLink());
      assert.equal(readFileSync(join(to, 'source/notes/b.txt'), 'utf8'), 'second note');
    }
  });

  test("says so when the target can't be a folder", async (t) => {
    const own = await sampleBackup(t);
    const to = own.path('notes/b.txt');
    await assert.rejects(own.restore({ to }), { code: 'target-unusable' });
    await assert.rejects(own.restore({ to: join(to, 'below') }), { code: 'target-unusable' });
  });

  test("stops when the store can't be reached, and leaves nothing unfinished", async (t) => {
    const own = await temporaryBackup(t);
    for (let i = 0; i < 6; i++) writeFileSync(own.path(`file ${i}`), randomBytes(4 * MIB, i));
    await own.backUp();
    const fault = { kind: 'fail', code: 'store-unreachable' } as const;
    const store = new FaultStore(own.store, [
      { call: 'get', prefix: 'packs/', nth: 8, times: 1000, fault },
    ]);
    const to = join(own.folder, 'target');
    await assert.rejects(own.restore({ to, store }), { code: 'store-unreachable' });
    const names = readdirSync(join(to, 'source'));
    assert.deepEqual(
      names.filter((name) => name.startsWith('.')),
      [],
    );
    const { failed } = await own.restore({ to });
    assert.deepEqual(failed, []);
    assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
  });
});
