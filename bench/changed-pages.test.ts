import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { changedPages, isDatabase } from './changed-pages.ts';

const pageBytes = 1024;

function database(...fills: readonly number[]): Buffer {
  const pages = Buffer.concat(fills.map((fill) => Buffer.alloc(pageBytes, fill)));
  pages.write('SQLite format 3\0', 'latin1');
  pages.writeUInt16BE(pageBytes, 16);
  return pages;
}

test('changedPages() counts pages that differ by position, and those appended', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-pages-'));
  t.after(() => rm(folder, { recursive: true }));
  const [former, current] = [join(folder, 'former'), join(folder, 'current')];
  const many = Array.from({ length: 300 }, () => 7);
  await writeFile(former, database(0, 1, 2, ...many));
  await writeFile(current, database(0, 1, 3, ...many, 4, 5));
  const { pages, bytes, compressedBytes } = await changedPages(former, current);
  assert.equal(pages, 3);
  assert.equal(bytes, 3 * pageBytes);
  assert.ok(compressedBytes > 0 && compressedBytes < 200);
  assert.equal(await isDatabase(current), true);
  await writeFile(current, 'a note');
  assert.equal(await isDatabase(current), false);
});
