import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PACK_MAX_BYTES, PACK_MAX_K } from '@holdfast/core/backup-format';
import { FaultStore } from '@holdfast/testing/fault-store';
import { backUp } from '../backup/back-up.ts';
import { readTree } from '../fixture/folder-tree.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { listSnapshots } from '../snapshots/list-snapshots.ts';
import { WriteSession } from './write-session.ts';

async function snapshotNumbers(own: TemporaryBackup, device?: string): Promise<number[]> {
  const backup = await own.open(device);
  const numbers = (await listSnapshots(backup)).map(({ number }) => number);
  await backup.close();
  return numbers;
}

describe('two devices that write at once', () => {
  test('both have their snapshots', async (t) => {
    const own = await temporaryBackup(t);
    const folders = ['phone', 'tablet'].map((name) => join(own.folder, `of-${name}`));
    for (const [i, folder] of folders.entries()) {
      mkdirSync(folder);
      writeFileSync(join(folder, 'own'), randomBytes(300_000, i));
      writeFileSync(join(folder, 'shared'), randomBytes(200_000, 77));
    }
    for (let round = 1; round <= 2; round++) {
      const made = await Promise.all([
        own.backUp({ device: 'phone', paths: [folders[0] as string] }),
        own.backUp({ device: 'tablet', paths: [folders[1] as string] }),
      ]);
      const numbers = made.map(({ snapshot }) => snapshot as number).sort();
      assert.deepEqual(numbers, [2 * round - 1, 2 * round]);
      for (const { snapshot, isNew } of made) {
        assert.ok(isNew);
        const { to, failed } = await own.restore({ snapshot: String(snapshot), device: 'third' });
        assert.deepEqual(failed, []);
        const [folder] = (await readTree(to)).keys().filter((name) => name.endsWith('/own'));
        const restored = readFileSync(join(to, folder as string));
        const i = (folder as string).includes('phone') ? 0 : 1;
        assert.ok(restored.equals(readFileSync(join(folders[i] as string, 'own'))));
      }
      for (const folder of folders) writeFileSync(join(folder, 'new'), randomBytes(1000, round));
    }
  });

  test('the one whose head comes second tries again, and sends its data once', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('file'), randomBytes(2_000_000));
    const other = join(own.folder, 'other');
    writeFileSync(other, 'other');
    const otherIsDone = Promise.withResolvers<void>();
    const headIsDue = Promise.withResolvers<void>();
    const until = {
      // biome-ignore lint/suspicious/noThenProperty: tells that it is awaited
      then: ((...settled) => {
        headIsDue.resolve();
        return otherIsDone.promise.then(...settled);
      }) as PromiseLike<void>['then'],
    };
    const fault = { kind: 'hold', until } as const;
    const store = new FaultStore(own.store, [{ call: 'put', prefix: 'heads/', nth: 1, fault }]);
    const slow = own.backUp({ store });
    await headIsDue.promise;
    assert.equal((await own.backUp({ device: 'tablet', paths: [other] })).snapshot, 1);
    otherIsDone.resolve();
    const { snapshot, bytesAdded } = await slow;
    assert.equal(snapshot, 2);
    assert.ok(bytesAdded < 2_000_000 + 1_100_000, `sent ${bytesAdded}`);
    assert.deepEqual(await snapshotNumbers(own, 'third'), [1, 2]);
    const { to } = await own.restore({ snapshot: '2' });
    assert.ok(readFileSync(join(to, 'source/file')).equals(readFileSync(own.path('file'))));
  });

  test('gives up when others are first every time, and loses nothing by it', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('file'), 'text');
    const fault = { kind: 'exists' } as const;
    const store = new FaultStore(own.store, [{ call: 'put', prefix: 'heads/', fault }]);
    await assert.rejects(own.backUp({ store }), { code: 'contention' });
    assert.deepEqual(await snapshotNumbers(own), []);
    assert.equal((await own.backUp()).snapshot, 1);
  });
});

describe('a commit', () => {
  test('whose answer is lost counts all the same', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('file'), 'text');
    // The object is there, and a second try is told that it exists.
    const fault = { kind: 'hold', until: Promise.resolve() } as const;
    const store = new FaultStore(own.store, [{ call: 'put', fault }]);
    const put = store.put.bind(store);
    store.put = async (name, bytes, options) => {
      await put(name, bytes, options);
      return await put(name, bytes, options);
    };
    const { snapshot, isNew } = await own.backUp({ store });
    assert.deepEqual([snapshot, isNew], [1, true]);
    assert.deepEqual(await snapshotNumbers(own), [1]);
  });

  test('names few packs in the head, however much its change has written', async (t) => {
    const own = await temporaryBackup(t);
    const backup = await own.open();
    t.after(() => backup.close());
    const session = new WriteSession(backup, { packBuffers: 3 });
    const { headState } = await session.commit([], async (base, { write }) => {
      for (let i = 0; i < 34; i++) await write(randomBytes(1024 * 1024, i));
      return { catalog: base?.root.catalog ?? [], nextSnapshotNumber: 1 };
    });
    assert.equal(
      [...own.objects('packs/').values()].filter((bytes) => bytes === PACK_MAX_BYTES).length,
      2,
    );
    for (const { pack } of headState.segments) assert.ok(pack.k < PACK_MAX_K);
    // Only backups take up packs of one that was cut off.
    assert.deepEqual(await backup.device.unfinishedPacks(), []);
    assert.deepEqual(await snapshotNumbers(own, 'third'), []);
  });

  test('that confirms a state adds nothing to it that no index names', async (t) => {
    const own = await temporaryBackup(t);
    writeFileSync(own.path('small'), 'text');
    const at = new Date(1_700_000_000_000);
    utimesSync(own.source, at, at);
    await own.backUp();
    const file = own.path('file');
    writeFileSync(file, randomBytes(36 * 1024 * 1024));
    const abort = new AbortController();
    const store = new FaultStore(own.store);
    store.put = async (name, bytes, options) => {
      const answer = await own.store.put(name, bytes, options);
      abort.abort();
      return answer;
    };
    await assert.rejects(own.backUp({ store, signal: abort.signal }), { code: 'cancelled' });
    const away = join(own.folder, 'away');
    renameSync(file, away);
    utimesSync(own.source, at, at);
    const backup = await own.open();
    t.after(() => backup.close());
    assert.equal((await backUp(backup, [own.source])).isNew, false);
    renameSync(away, file);
    assert.equal((await backUp(backup, [own.source])).isNew, true);
    const { to, failed } = await own.restore();
    assert.deepEqual(failed, []);
    assert.ok(readFileSync(join(to, 'source/file')).equals(readFileSync(file)));
  });
});
