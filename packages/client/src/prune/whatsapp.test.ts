/** A WhatsApp folder over many days: databases that change in place, and media that come and go. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addDay, generateSample } from '@holdfast/testing/sample-whatsapp';
import { check } from '../check/check.ts';
import { assertSameTree, type FolderTree, readTree } from '../fixture/folder-tree.ts';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import { forget } from '../forget/forget.ts';
import { prune } from './prune.ts';

const DAYS = process.env.SLOW === '1' ? 60 : 8;

test('a store of many days shrinks to what one of the days left takes', async (t) => {
  const own = await temporaryBackup(t);
  const folder = own.path('WhatsApp');
  mkdirSync(folder);
  generateSample(folder, { messages: 4000, mediaFiles: 10, mediaBytes: 1_000_000 });
  const trees = new Map<number, FolderTree>();
  for (let day = 1; day <= DAYS; day++) {
    if (day > 1) addDay(folder, { newMessages: 200, editedFraction: 0.08, seed: day });
    const { snapshot } = await own.backUp();
    trees.set(snapshot as number, await readTree(own.source));
  }
  const before = own.storedBytes();
  const backup = await own.open();
  t.after(() => backup.close());
  await forget(backup, { last: 2 });
  const { deleted, bytesFreed } = await prune(backup, { graceMs: 0 });
  assert.ok(deleted > 0);
  const after = own.storedBytes();
  // As small as a store that has never known the other days.
  const fresh = await temporaryBackup(t);
  await fresh.backUp({ paths: [own.source] });
  const most = fresh.storedBytes() * 1.25 + 2_000_000;
  assert.ok(after < most, `${before} → ${after}, fresh ${fresh.storedBytes()}`);
  assert.ok(before - after > 0.3 * before && bytesFreed > 0.3 * before, `${before} → ${after}`);
  for (const number of [DAYS - 1, DAYS]) {
    const { to, failed } = await own.restore({ snapshot: String(number), device: `new-${number}` });
    assert.deepEqual(failed, []);
    const expected = trees.get(number) as FolderTree;
    assertSameTree(await readTree(join(to, 'source')), expected);
  }
  const { findings } = await check(backup, { readData: 'all' });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'damage'),
    [],
  );
  // The next day is a small backup as ever.
  addDay(folder, { newMessages: 20, seed: 99 });
  const { bytesAdded } = await own.backUp();
  assert.ok(bytesAdded < 1_500_000, `${bytesAdded} bytes added`);
  const { to } = await own.restore();
  assertSameTree(await readTree(join(to, 'source')), await readTree(own.source));
});
