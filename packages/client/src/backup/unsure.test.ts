import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ByteWriter } from '@holdfast/core/bytes';
import { PLAIN_FIELDS } from '../fixture/craft-snapshot.ts';
import { readTree } from '../fixture/folder-tree.ts';
import { makeLedger } from '../fixture/ledger.ts';
import { pastTick } from '../fixture/past-tick.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { whenFound } from '../fixture/when-found.ts';
import { withoutRights } from '../fixture/without-rights.ts';
import { Xattrs } from '../platform/xattrs.ts';
import { findSnapshot } from '../snapshots/list-snapshots.ts';
import { isSettled } from './source-stat.ts';

async function restoredNames(own: TemporaryBackup): Promise<string[]> {
  const { to, failed } = await own.restore();
  assert.deepEqual(failed, []);
  return [...(await readTree(join(to, 'source'))).keys()].filter((name) => name !== '.');
}

async function unreadableIn(own: TemporaryBackup, snapshot: number): Promise<number> {
  const backup = await own.open();
  const { unreadableCount } = await findSnapshot(backup, String(snapshot));
  await backup.close();
  return unreadableCount;
}

describe('a file that was changed right before it was read', () => {
  test('is read once more, and only once', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('old'), 'old');
    await pastTick();
    writeFileSync(own.path('file'), 'text');
    makeLedger(own.path('a.db'));
    const change = (): void => {
      for (const name of ['file', 'a.db']) chmodSync(own.path(name), 0o600);
    };
    await own.backUp({ signal: whenFound(change) });
    const again = await own.backUp();
    assert.ok(again.bytesRead >= 4, `${again.bytesRead} bytes`);
    assert.deepEqual([again.isNew, again.filesUnmodified, again.bytesAdded], [false, 3, 4096]);
    const third = await own.backUp();
    assert.deepEqual([third.isNew, third.bytesRead], [false, 0]);
    // A snapshot of other sources does not change that.
    await own.backUp({ paths: [own.path('old')] });
    assert.equal((await own.backUp()).bytesRead, 0);
  });

  test('is told by the tick of its file system', () => {
    const at = (ctimeNs: bigint) => ({ ...PLAIN_FIELDS, ctimeNs, kind: 'folder' }) as const;
    assert.equal(isSettled(at(5_000_000_000n), 7000), false);
    assert.equal(isSettled(at(5_000_000_000n), 7001), true);
    assert.equal(isSettled(at(5_000_000_001n), 5100), false);
    assert.equal(isSettled(at(5_000_000_001n), 5101), true);
    assert.equal(isSettled(at(9_000_000_001n), 5101), false);
  });

  test('is told by the log of a database too', () => {
    const walStamp = new ByteWriter(24).u64(4096n).i64(5_000_000_001n).u64(7n).finish();
    const database = { kind: 'database', bytes: 4096, pageBytes: 4096, pages: [] } as const;
    const entry = { ...PLAIN_FIELDS, ctimeNs: 1n, ...database };
    assert.equal(isSettled({ ...entry, walStamp }, 5100), false);
    assert.equal(isSettled({ ...entry, walStamp }, 5101), true);
    assert.equal(isSettled({ ...entry, walStamp: new Uint8Array(0) }, 200), true);
  });
});

test('what another device recorded of a file does not spare reading it', async (t) => {
  const own = await temporaryBackup(t);
  writeFileSync(own.path('file'), randomBytes(400_000));
  await pastTick();
  await own.backUp();
  const { bytesRead, bytesAdded } = await own.backUp({ device: 'tablet' });
  assert.equal(bytesRead, 400_000);
  assert.ok(bytesAdded < 300_000, `${bytesAdded} bytes`);
});

describe('what can not be read', () => {
  test('stays as it was in the snapshot before, and is counted in a new one', async (t) => {
    const own = await temporaryBackup(t);
    mkdirSync(own.path('closed/deep'), { recursive: true });
    for (const name of ['a', 'b', 'closed/one', 'closed/deep/two', 'z']) {
      writeFileSync(own.path(name), name);
    }
    makeLedger(own.path('ledger.db'), { journal: 'wal' });
    await withoutRights(own.folder, async () => {
      await pastTick();
      const first = await own.backUp();
      const names = await restoredNames(own);
      for (const name of ['a', 'ledger.db', 'closed']) chmodSync(own.path(name), 0);
      const summary = await own.backUp();
      assert.deepEqual([summary.isNew, summary.unreadable, summary.carried], [true, 3, 4]);
      assert.deepEqual([summary.filesRemoved, summary.totalBytes], [0, first.totalBytes]);
      assert.deepEqual(
        summary.notes.map(({ code }) => code),
        ['unreadable', 'unreadable', 'unreadable'],
      );
      assert.deepEqual(await restoredNames(own), names);
      assert.equal(await unreadableIn(own, 2), 3);
      assert.equal((await own.backUp()).isNew, false);
      chmodSync(own.path('closed'), 0o755);
      renameSync(own.path('closed/one'), own.path('closed/three'));
      writeFileSync(own.path('b'), 'new');
      const third = await own.backUp();
      assert.deepEqual([third.unreadable, third.carried, third.filesRemoved], [2, 2, 1]);
      for (const name of ['a', 'ledger.db']) chmodSync(own.path(name), 0o644);
      assert.deepEqual((await own.backUp()).unreadable, 0);
      assert.equal(await unreadableIn(own, 4), 0);
    });
  });

  test('is not filled in with what another device, or another folder, had', async (t) => {
    const own = await temporaryBackup(t);
    const [one, two] = ['one', 'two'].map((name) => {
      const path = join(own.folder, name, 'chats');
      mkdirSync(join(path, 'deep'), { recursive: true });
      for (const file of ['open', 'closed', 'deep/file']) writeFileSync(join(path, file), name);
      return path;
    }) as [string, string];
    await withoutRights(own.folder, async () => {
      await own.backUp({ paths: [one] });
      const others = [
        { device: 'phone', path: two },
        { device: 'tablet', path: one },
      ];
      for (const { device, path } of others) {
        if (device === 'tablet') await own.backUp({ device: 'desk', paths: [one] });
        for (const name of ['closed', 'deep']) chmodSync(join(path, name), 0);
        const { unreadable, carried, notes } = await own.backUp({ device, paths: [path] });
        for (const name of ['closed', 'deep']) chmodSync(join(path, name), 0o755);
        assert.deepEqual([unreadable, carried, notes.length], [2, 0, 2]);
        for (const { message } of notes) assert.doesNotMatch(message, /stays/);
        const { to } = await own.restore();
        const names = [...(await readTree(join(to, 'chats'))).keys()];
        assert.ok(names.includes('./open'));
        assert.deepEqual(
          names.filter((name) => /closed|file/.test(name)),
          [],
        );
      }
    });
  });

  test('is not taken to be settled by the time at which it could not be read', async (t) => {
    const own = await temporaryBackup(t);
    const file = own.path('file');
    writeFileSync(file, 'text');
    await withoutRights(own.folder, async () => {
      const compared = async (number: number): Promise<number | null> => {
        const backup = await own.open();
        const atMs = await backup.device.comparedAtMs(number);
        await backup.close();
        return atMs;
      };
      await own.backUp();
      const before = await compared(1);
      assert.ok(before !== null);
      chmodSync(file, 0);
      const { snapshot } = await own.backUp();
      assert.equal(await compared(snapshot as number), before);
      assert.equal((await own.backUp()).isNew, false);
      assert.equal(await compared(snapshot as number), before);
      chmodSync(file, 0o644);
      await own.backUp();
      assert.ok(((await compared(3)) ?? 0) > before);
    });
  });
});

test('an attribute of a folder is seen to change though nothing else has', async (t) => {
  const own = await temporaryBackup(t);
  mkdirSync(own.path('folder'));
  const xattrs = await Xattrs.load();
  const set = (value: string): boolean | undefined =>
    xattrs?.write(Buffer.from(own.path('folder')), {
      name: Buffer.from('user.note'),
      value: Buffer.from(value),
    });
  if (!set('one')) {
    t.skip('this file system has no extended attributes');
    return;
  }
  await own.backUp();
  assert.equal((await own.backUp()).isNew, false);
  set('two');
  assert.equal((await own.backUp()).isNew, true);
});
