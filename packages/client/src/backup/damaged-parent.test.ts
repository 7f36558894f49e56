import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Address, decodeFileEntry, decodeTableNode } from '@holdfast/core/backup-format';
import { check } from '../check/check.ts';
import { damageBlob, damagedList } from '../fixture/damaged-list.ts';
import { assertSameTree, readTree } from '../fixture/folder-tree.ts';
import { makeLedger, readLedger, setLedger } from '../fixture/ledger.ts';
import { randomBytes } from '../fixture/random-bytes.ts';
import { type TemporaryBackup, temporaryBackup } from '../fixture/temporary-backup.ts';
import { findSnapshot } from '../snapshots/list-snapshots.ts';
import { findEntry } from '../table/index.ts';

/** That the newest snapshot is whole: it restores, and no damage concerns it. */
async function assertWhole(own: TemporaryBackup): Promise<void> {
  const { to, failed } = await own.restore();
  assert.deepEqual(failed, []);
  assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
  const backup = await own.open();
  const { number } = await findSnapshot(backup, 'latest');
  const { findings } = await check(backup);
  await backup.close();
  const affected = findings.flatMap(({ affects }) => affects);
  assert.ok(affected.includes(number === 3 ? 'snapshot 2' : 'snapshot 1'), `${affected}`);
}

describe('a backup on top of a snapshot whose list of files is damaged', () => {
  for (const device of ['phone', 'tablet']) {
    test(`goes on, and reads anew what is not listed: ${device}`, async (t) => {
      const own = await temporaryBackup(t);
      const names = await damagedList(own);
      const isGone = (_: string, i: number): boolean => i % 10 === 0;
      for (const name of names.filter(isGone)) rmSync(own.path(name));
      const { notes, snapshot, filesNew } = await own.backUp({ device });
      assert.equal(snapshot, 2);
      // A device that reads the list before it looks at the packs knows of the pack too.
      const codes = new Set(notes.map(({ code }) => code));
      assert.deepEqual([...codes.difference(new Set(['packs-lost']))], ['stored-anew']);
      assert.ok(filesNew > 10 && filesNew < 2000, `${filesNew} new files`);
      await assertWhole(own);
      // What lay in the same pack as the list is stored anew, once.
      await own.backUp({ device });
      assert.equal((await own.backUp({ device })).isNew, false);
    });
  }

  test('takes nothing over that an older layer says of such a path', async (t) => {
    const own = await temporaryBackup(t);
    const name = (i: number): string => own.path(randomBytes(110, i).toHex());
    for (let i = 0; i < 2000; i++) writeFileSync(name(i), 'first');
    await own.backUp();
    for (let i = 0; i < 1000; i++) writeFileSync(name(i), 'second');
    for (let i = 1000; i < 1500; i++) rmSync(name(i));
    await own.backUp();
    const backup = await own.open();
    const { files } = await findSnapshot(backup, '2');
    assert.equal(files.length, 2);
    const node = decodeTableNode(await backup.reader().read(files[1]?.root as Address));
    damageBlob(own, backup, node.addresses[5] as Address);
    await backup.close();
    const { notes, snapshot } = await own.backUp();
    assert.equal(snapshot, 3);
    assert.ok(notes.some(({ code }) => code === 'stored-anew'));
    await assertWhole(own);
  });

  test('makes a snapshot also when nothing else has changed', async (t) => {
    const own = await temporaryBackup(t);
    const names = await damagedList(own);
    for (const name of names) rmSync(own.path(name));
    const { snapshot, isNew } = await own.backUp();
    assert.deepEqual([snapshot, isNew], [2, true]);
    await assertWhole(own);
  });

  test('tells a dry run of it', async (t) => {
    const own = await temporaryBackup(t);
    await damagedList(own);
    const { notes } = await own.backUp({ dryRun: true });
    assert.deepEqual([...new Set(notes.map(({ code }) => code))], ['stored-anew']);
  });
});

describe('a backup of a database whose list of pages in the snapshot before is damaged', () => {
  test('goes on, and stores the pages anew that are not listed', async (t) => {
    const own = await temporaryBackup(t);
    makeLedger(own.path('a.db'), { rows: 12_000, pageBytes: 512 });
    await own.backUp();
    const backup = await own.open();
    const { read } = backup.reader();
    const { files } = await findSnapshot(backup, 'latest');
    const row = await findEntry(read, files, Buffer.from('source\0a.db'));
    assert.ok(row !== null);
    const entry = decodeFileEntry(row.addresses, row.value);
    assert.ok(entry.kind === 'database');
    const node = decodeTableNode(await read(entry.pages[0]?.root as Address));
    damageBlob(own, backup, node.addresses[1] as Address);
    await backup.close();
    setLedger(own.path('a.db'), 5);
    const { notes } = await own.backUp();
    assert.deepEqual(
      notes.map(({ code, path }) => [code, `${path}`]),
      [['stored-anew', own.path('a.db')]],
    );
    const { to } = await own.restore();
    assert.equal(readLedger(join(to, 'source', 'a.db')), 5);
    await assertWhole(own);
  });
});
