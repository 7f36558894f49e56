import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { FaultStore } from '@holdfast/testing/fault-store';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import { whenAwaited } from '../fixture/when-awaited.ts';

suite('a backup of a folder', () => {
  test('goes on when more files are gone than may wait in the queue', async (t) => {
    const backup = await temporaryBackup(t);
    mkdirSync(backup.path('old'));
    for (let i = 0; i < 2500; i++) writeFileSync(backup.path('old', `${i}`), `${i}`);
    await backup.backUp();
    rmSync(backup.path('old'), { recursive: true });
    writeFileSync(backup.path('new'), 'hello');
    const { filesRemoved, filesNew } = await backup.backUp();
    assert.deepEqual({ filesRemoved, filesNew }, { filesRemoved: 2500, filesNew: 1 });
  });

  test('does not count as removed what was of another source', async (t) => {
    const backup = await temporaryBackup(t);
    writeFileSync(backup.path('message'), 'hello');
    await backup.backUp();
    const other = join(backup.folder, 'other');
    mkdirSync(other);
    const { filesRemoved } = await backup.backUp({ paths: [other] });
    assert.equal(filesRemoved, 0);
  });

  test('leaves out the store and the key when they lie in it, and says so', async (t) => {
    const backup = await temporaryBackup(t);
    writeFileSync(backup.path('message'), 'hello');
    const { notes, filesNew } = await backup.backUp({ paths: [backup.folder] });
    assert.equal(filesNew, 1);
    const left = notes.filter(({ code }) => code === 'own-folder-skipped');
    const names = left.map(({ path }) => Buffer.from(path ?? []).toString());
    assert.ok(names.includes(backup.storeFolder), names.join());
    assert.ok(names.includes(backup.device().stateFolder), names.join());
  });

  test('says of each source in which there is no file that nothing was found there', async (t) => {
    const backup = await temporaryBackup(t);
    mkdirSync(backup.path('media'));
    const other = join(backup.folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'message'), 'hello');
    const emptyOf = async () => {
      const { notes } = await backup.backUp({ paths: [backup.path(), other] });
      return notes.filter(({ code }) => code === 'source-empty').map(({ path }) => `${path}`);
    };
    assert.deepEqual(await emptyOf(), [`${Buffer.from(backup.path())}`]);
    writeFileSync(backup.path('media/1.jpg'), 'x');
    assert.deepEqual(await emptyOf(), []);
  });

  test('counts a source without any file when the snapshot before has files of it', async (t) => {
    const backup = await temporaryBackup(t);
    const other = join(backup.folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, '1'), 'hello');
    writeFileSync(join(other, '2'), 'hello');
    const emptied = async (dryRun = false) =>
      (await backup.backUp({ paths: [backup.path(), other], dryRun })).emptied;
    assert.equal(await emptied(), 0);
    rmSync(join(other, '1'));
    assert.equal(await emptied(), 0);
    rmSync(join(other, '2'));
    assert.equal(await emptied(true), 1);
    assert.equal(await emptied(), 1);
    assert.equal(await emptied(), 0);
  });

  test('leaves out what a restore has not finished, and says so', async (t) => {
    const backup = await temporaryBackup(t);
    mkdirSync(backup.path('.holdfast-partial-folder'));
    writeFileSync(backup.path('.holdfast-partial-folder/file'), 'x');
    writeFileSync(backup.path('.holdfast-partial-0123456789abcdef'), 'x');
    writeFileSync(backup.path('message'), 'hello');
    const { notes, filesNew } = await backup.backUp();
    assert.equal(filesNew, 1);
    assert.deepEqual(
      notes.map(({ code, path }) => `${code} ${basename(Buffer.from(path ?? []).toString())}`),
      [
        'partial-skipped .holdfast-partial-0123456789abcdef',
        'partial-skipped .holdfast-partial-folder',
      ],
    );
    const { to, failed } = await backup.restore();
    assert.deepEqual([failed, readdirSync(join(to, 'source'))], [[], ['message']]);
  });

  test('is refused when it is the store, lies in it, or has no name', async (t) => {
    const backup = await temporaryBackup(t);
    for (const path of [backup.storeFolder, join(backup.storeFolder, 'heads'), '']) {
      await assert.rejects(backup.backUp({ paths: [path] }), { code: 'usage' });
    }
  });

  test('keeps a file that only has the name of a side file', async (t) => {
    const backup = await temporaryBackup(t);
    const database = new DatabaseSync(backup.path('diary'));
    database.exec('CREATE TABLE day (content TEXT)');
    database.close();
    writeFileSync(backup.path('diary-journal'), 'Monday: nothing');
    await backup.backUp();
    const { to } = await backup.restore();
    assert.deepEqual(readdirSync(join(to, 'source')).sort(), ['diary', 'diary-journal']);
  });

  test('fails when the folder is another one at the end than at the beginning', async (t) => {
    const backup = await temporaryBackup(t);
    writeFileSync(backup.path('a'), 'hello');
    await backup.backUp();
    const replace = (): void => {
      renameSync(backup.source, `${backup.source}-unmounted`);
      mkdirSync(backup.source);
    };
    const fault = { kind: 'hold', until: whenAwaited(replace) } as const;
    const store = new FaultStore(backup.store, [{ call: 'list', prefix: 'packs/', nth: 1, fault }]);
    await assert.rejects(backup.backUp({ store }), { code: 'source-unreadable' });
  });
});
