import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { temporaryBackup } from '../fixture/temporary-backup.ts';
import type { Backup } from '../repository/backup.ts';
import { listSnapshots, type Snapshot } from '../snapshots/list-snapshots.ts';
import { findHolder, findInOtherCase } from './find-path.ts';

/** Of three snapshots: with a photo and notes, with the notes, and with a letter instead. */
async function threeSnapshots(
  t: TestContext,
): Promise<{ backup: Backup; snapshots: readonly Snapshot[] }> {
  const own = await temporaryBackup(t);
  mkdirSync(own.path('Media'), { recursive: true });
  writeFileSync(own.path('Media', 'One.jpg'), 'photo');
  writeFileSync(own.path('notes.txt'), 'notes');
  await own.backUp();
  rmSync(own.path('Media'), { recursive: true });
  await own.backUp();
  rmSync(own.path('notes.txt'));
  writeFileSync(own.path('letter.txt'), 'letter');
  await own.backUp();
  const backup = await own.open();
  t.after(() => backup.close());
  return { backup, snapshots: await listSnapshots(backup) };
}

test('findInOtherCase() names the path of which only the case differs', async (t) => {
  const { backup, snapshots } = await threeSnapshots(t);
  const cases: [path: string, number: number, found: string | null][] = [
    ['source/media', 1, 'source/Media'],
    ['/Source/media/', 1, 'source/Media'],
    ['one.JPG', 1, 'source/Media/One.jpg'],
    ['*.JPG', 1, 'source/Media/One.jpg'],
    ['source/none', 1, null],
    ['source/media', 2, null],
  ];
  for (const [path, number, expected] of cases) {
    const found = await findInOtherCase(backup, snapshots[number - 1] as Snapshot, path);
    assert.equal(found === null ? null : String(Buffer.from(found)), expected, path);
  }
});

test('findHolder() finds the newest snapshot that holds what is asked for', async (t) => {
  const { backup, snapshots } = await threeSnapshots(t);
  const cases: [path: string, number: number | undefined][] = [
    ['source/Media', 1],
    ['*.jpg', 1],
    ['source/notes.txt', 2],
    ['*.txt', 3],
    ['source/none', undefined],
  ];
  for (const [path, expected] of cases) {
    assert.equal((await findHolder(backup, snapshots, path))?.number, expected, path);
  }
});
