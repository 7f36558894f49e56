import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import { listSnapshots, type Snapshot } from './list-snapshots.ts';
import { otherSources } from './other-sources.ts';

test('otherSources() names the newest snapshot of each set of folders that one lacks', async (t) => {
  const own = await temporaryBackup(t);
  const [a = '', b = ''] = ['a', 'b'].map((name) => join(own.folder, name));
  for (const path of [a, b]) mkdirSync(path);
  const backUp = async (device: string, ...paths: readonly string[]) => {
    for (const path of paths) writeFileSync(join(path, 'file'), `${Math.random()}`);
    await own.backUp({ device, paths });
  };
  await backUp('phone', a);
  await backUp('phone', a);
  await backUp('phone', b);
  await backUp('tablet', a);
  await backUp('phone', a, b);
  const backup = await own.open();
  t.after(() => backup.close());
  const snapshots = await listSnapshots(backup);
  const others = (number: number): number[] =>
    otherSources(snapshots, snapshots[number - 1] as Snapshot).map((other) => other.number);
  assert.deepEqual(others(5), [4]);
  // What 5 covers is not named beside it.
  assert.deepEqual(others(3), [5, 4]);
  assert.deepEqual(others(4), [5]);
  assert.deepEqual(otherSources(snapshots.slice(0, 2), snapshots[1] as Snapshot), []);
});

test('otherSources() passes over what is empty, and what lies in a folder of a newer one', async (t) => {
  const own = await temporaryBackup(t);
  const [a = '', inA = '', ab = '', empty = ''] = ['a', 'a/in', 'ab', 'empty'].map((name) =>
    join(own.folder, name),
  );
  for (const path of [a, inA, ab, empty]) mkdirSync(path);
  for (const path of [inA, ab]) writeFileSync(join(path, 'file'), path);
  for (const path of [inA, ab, empty, a]) await own.backUp({ paths: [path] });
  const backup = await own.open();
  t.after(() => backup.close());
  const snapshots = await listSnapshots(backup);
  const others = (number: number): number[] =>
    otherSources(snapshots, snapshots[number - 1] as Snapshot).map((other) => other.number);
  assert.deepEqual(others(4), [2]);
  assert.deepEqual(others(2), [4]);
});
