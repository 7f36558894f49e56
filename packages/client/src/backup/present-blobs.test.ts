import assert from 'node:assert/strict';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { pastTick } from '../fixture/past-tick.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';

const MEBIBYTE = 1024 * 1024;

/** Enough for full packs that hold nothing but data: tables lie in the smaller ones. */
function fill(backup: TemporaryBackup): void {
  for (let i = 0; i < 6; i++)
    writeFileSync(backup.path(`photo-${i}`), randomBytes(3 * MEBIBYTE, i));
  writeFileSync(backup.path('film'), randomBytes(40 * MEBIBYTE, 77));
  const database = new DatabaseSync(backup.path('messages.db'));
  database.exec('CREATE TABLE message (content BLOB)');
  const insert = database.prepare('INSERT INTO message VALUES (?)');
  for (let i = 0; i < 3000; i++) insert.run(randomBytes(4000, 1000 + i));
  database.close();
}

function fullPacks(backup: TemporaryBackup): string[] {
  const packs = [...backup.objects('packs/')].filter(([, bytes]) => bytes === 16 * MEBIBYTE);
  return packs.map(([name]) => join(backup.storeFolder, name));
}

suite('a store that has lost packs', () => {
  test('gets back what the sources still have, and no more than that', async (t) => {
    const backup = await temporaryBackup(t);
    fill(backup);
    await backup.backUp();
    const packs = fullPacks(backup);
    assert.ok(packs.length >= 3, `got ${packs.length} full packs`);
    rmSync(packs[0] as string);
    truncateSync(packs[1] as string, 1000);
    const broken = await backup.restore();
    assert.ok(broken.failed.length > 0);

    const healed = await backup.backUp();
    assert.ok(healed.notes.some(({ code }) => code === 'packs-lost'));
    assert.ok(healed.bytesAdded < 40 * MEBIBYTE, `added ${healed.bytesAdded}`);
    const { to, failed } = await backup.restore();
    assert.deepEqual(failed, []);
    assertSameTree(await readTree(join(to, 'source')), await readTree(backup.source));
  });

  test('is not looked through for an unchanged database when nothing is lost', async (t) => {
    const backup = await temporaryBackup(t);
    fill(backup);
    await pastTick();
    await backup.backUp();
    const again = await backup.backUp();
    assert.equal(again.bytesRead, 0);
    assert.equal(again.isNew, false);
  });
});
