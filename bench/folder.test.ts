import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareFolders } from './folder.ts';

test('compareFolders() names files that are missing, of another size, of other bytes, or extra', async (t) => {
  const folders = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'bench-folder-'))));
  t.after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));
  const [expected, actual] = folders as [string, string];
  const big = Buffer.alloc(3 * 1024 * 1024, 1);
  const flipped = Buffer.from(big).fill(2, big.length - 1);
  await writeFile(join(expected, 'same'), big);
  await writeFile(join(actual, 'same'), big);
  assert.deepEqual(await compareFolders(expected, actual), []);

  await writeFile(join(expected, 'flipped'), big);
  await writeFile(join(actual, 'flipped'), flipped);
  await writeFile(join(expected, 'lost'), 'abc');
  await writeFile(join(expected, 'short'), 'abc');
  await writeFile(join(actual, 'short'), 'ab');
  await writeFile(join(actual, 'extra'), '');
  assert.deepEqual(await compareFolders(expected, actual), [
    'flipped has other bytes',
    'lost is missing',
    'short has 2 bytes, not 3',
    'extra was never backed up',
  ]);
});
