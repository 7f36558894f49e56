import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import { listSnapshots, type Snapshot } from './list-snapshots.ts';
import { newestOfEach, newestWithFiles } from './series.ts';

test('newestWithFiles() passes over what is empty, of other folders, or of another device', async (t) => {
  const own = await temporaryBackup(t);
  const [a = '', b = ''] = ['a', 'b'].map((name) => join(own.folder, name));
  for (const path of [a, b]) mkdirSync(path);
  const backUp = async (device: string, path: string, content: string | null) => {
    if (content === null) rmSync(join(path, 'file'));
    else writeFileSync(join(path, 'file'), content);
    await own.backUp({ device, paths: [path] });
  };
  await backUp('phone', a, 'first');
  await backUp('phone', a, 'second');
  await backUp('phone', b, 'other');
  await backUp('tablet', a, 'third');
  await backUp('phone', a, null);
  await backUp('phone', b, null);
  const backup = await own.open();
  t.after(() => backup.close());
  const snapshots = await listSnapshots(backup);
  const newest = (number: number): number | undefined =>
    newestWithFiles(snapshots, snapshots[number - 1] as Snapshot)?.number;
  assert.deepEqual([5, 6, 4, 1].map(newest), [2, 3, 4, 2]);
  assert.equal(newestWithFiles(snapshots.slice(4), snapshots[4] as Snapshot), null);
});

test('newestOfEach() leaves out sources that were all backed up later', async (t) => {
  const own = await temporaryBackup(t);
  const [a = '', b = ''] = ['a', 'b'].map((name) => join(own.folder, name));
  for (const path of [a, b]) mkdirSync(path);
  for (const paths of [[a, b], [a], [a], [b]]) {
    writeFileSync(join(paths[0] as string, 'file'), `${Math.random()}`);
    await own.backUp({ paths });
  }
  const backup = await own.open();
  t.after(() => backup.close());
  const snapshots = await listSnapshots(backup);
  const numbers = (many: readonly Snapshot[], later: readonly number[] = []): number[] =>
    newestOfEach(many, ({ number }) => number + 10 * (later.indexOf(number) + 1)).map(
      ({ number }) => number,
    );
  assert.deepEqual(numbers(snapshots), [4, 3]);
  assert.deepEqual(numbers(snapshots.slice(0, 3)), [3, 1]);
  assert.deepEqual(numbers(snapshots, [1]), [1]);
  assert.deepEqual(numbers(snapshots, [1, 3]), [3, 1]);
});
