import assert from 'node:assert/strict';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { decodeFileEntry, forEachStretch } from '@holdfast/core/backup-format';
import { type CheckOptions, check } from '../check/check.ts';
import { flipByte } from '../fixture/damaged-list.ts';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { pastTick } from '../fixture/past-tick.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { forget } from '../forget/forget.ts';
import { prune } from '../prune/prune.ts';
import { packName } from '../repository/object-names.ts';
import { findSnapshot } from '../snapshots/list-snapshots.ts';
import { findEntry } from '../table/index.ts';

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

/** Enough for one pack that holds all there is. */
function fillLittle(backup: TemporaryBackup): void {
  for (let i = 0; i < 6; i++) writeFileSync(backup.path(`photo-${i}`), randomBytes(200_000, i));
  const database = new DatabaseSync(backup.path('messages.db'));
  database.exec('CREATE TABLE message (content BLOB)');
  const insert = database.prepare('INSERT INTO message VALUES (?)');
  for (let i = 0; i < 30; i++) insert.run(randomBytes(4000, 1000 + i));
  database.close();
}

/** Changes one byte of a photo as it is stored. @returns Puts it right again. */
async function damagePhoto(own: TemporaryBackup, device = 'phone'): Promise<() => void> {
  const backup = await own.open(device);
  const { files } = await findSnapshot(backup, 'latest');
  const row = await findEntry(backup.reader().read, files, Buffer.from('source\0photo-0'));
  assert.ok(row !== null);
  const entry = decodeFileEntry(row.addresses, row.value);
  assert.ok(entry.kind === 'file' && entry.chunks.kind === 'inline');
  const [chunk] = entry.chunks.chunks;
  assert.ok(chunk);
  const { stream, offset, storedBytes } = chunk.address;
  // Far from all tables.
  const [range] = backup.state.segments.resolve(stream, offset + (storedBytes >> 1), 1);
  assert.ok(range);
  const path = join(own.storeFolder, packName(range.pack.name));
  const flip = (): void => forEachStretch(range.contentOffset, 1, (at) => flipByte(path, at));
  flip();
  await backup.close();
  return flip;
}

async function checked(backup: TemporaryBackup, options: CheckOptions = {}, device = 'phone') {
  const opened = await backup.open(device);
  const { findings, packsRead } = await check(opened, options);
  await opened.close();
  return { affected: findings.flatMap(({ affects }) => affects), packsRead };
}

suite('a store with a damaged pack', () => {
  for (const finder of ['check', 'restore']) {
    test(`gets back what it held once ${finder} has found it, though nothing has changed`, async (t) => {
      const backup = await temporaryBackup(t);
      fillLittle(backup);
      await pastTick();
      await backup.backUp();
      await damagePhoto(backup);
      assert.equal((await backup.backUp()).isNew, false);
      if (finder === 'restore') assert.ok((await backup.restore()).failed.length > 0);
      else await checked(backup, { readData: 'all' });

      const healed = await backup.backUp();
      assert.ok(healed.notes.some(({ code }) => code === 'packs-lost'));
      assert.ok(healed.isNew);
      const { filesStoredAgain, filesChanged, filesMetadata, filesUnmodified } = healed;
      assert.deepEqual([filesChanged, filesMetadata], [0, 0]);
      assert.equal(filesStoredAgain + filesUnmodified, 7);
      assert.ok(filesStoredAgain > 0);
      const { to, failed } = await backup.restore();
      assert.deepEqual(failed, []);
      assertSameTree(await readTree(join(to, 'source')), await readTree(backup.source));
      const { affected } = await checked(backup, { readData: 'all' });
      assert.ok(affected.includes('snapshot 1'), affected.join());
      const after = await backup.backUp();
      assert.deepEqual([after.isNew, after.bytesRead], [false, 0]);
    });
  }

  test('is not relied on for what is new, or by another device once that has looked', async (t) => {
    const backup = await temporaryBackup(t);
    fillLittle(backup);
    await backup.backUp({ device: 'laptop' });
    await damagePhoto(backup);
    await checked(backup, { readData: 'all' }, 'phone');
    mkdirSync(join(backup.folder, 'other'));
    for (let i = 0; i < 6; i++) {
      writeFileSync(join(backup.folder, 'other', `copy-${i}`), randomBytes(200_000, i));
    }
    await backup.backUp({ paths: [join(backup.folder, 'other')] });
    const { failed } = await backup.restore();
    assert.deepEqual(failed, []);
  });

  test('is relied on again when it was put back and a check has read it', async (t) => {
    const backup = await temporaryBackup(t);
    fillLittle(backup);
    await pastTick();
    await backup.backUp();
    const repair = await damagePhoto(backup);
    await checked(backup, { readData: 'all' });
    assert.equal((await checked(backup)).packsRead, 1);
    repair();
    const { affected, packsRead } = await checked(backup);
    assert.deepEqual([affected, packsRead], [[], 1]);
    assert.equal((await checked(backup)).packsRead, 0);
    assert.equal((await backup.backUp()).isNew, false);
  });

  test('is used no more after forget and prune, as long as it is not deleted', async (t) => {
    const backup = await temporaryBackup(t);
    fillLittle(backup);
    await backup.backUp();
    await damagePhoto(backup);
    await checked(backup, { readData: 'all' });
    const opened = await backup.open();
    await forget(opened, { numbers: [1], evenLast: true });
    await prune(opened);
    await opened.close();
    await backup.backUp();
    const { failed } = await backup.restore();
    assert.deepEqual(failed, []);
  });
});
