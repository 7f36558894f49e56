import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import type { Address } from '@holdfast/core/backup-format';
import { temporaryFolder } from '../fixture/temporary-backup.ts';
import { ChunkIndex } from './chunk-index.ts';

const tagOf = (entry: Uint8Array): Uint8Array =>
  createHmac('sha256', 'key').update(entry).digest().subarray(0, 8);

function address(offset: number): Address {
  const stream = Buffer.alloc(16, 3);
  return { kind: 'chunk', stream, offset, storedBytes: 10, plainBytes: 10, compressed: false };
}

function nameOf(i: number): Uint8Array {
  const name = Buffer.alloc(32, 9);
  name.writeUInt32BE(i);
  return name;
}

suite('ChunkIndex', () => {
  test('finds what was added, in the next run too', async (t) => {
    const folder = temporaryFolder(t);
    const first = await ChunkIndex.open(folder, tagOf);
    for (let i = 0; i < 2500; i++) first.add(nameOf(i), address(i * 10));
    first.close();
    const next = await ChunkIndex.open(folder, tagOf);
    assert.equal(next.find(nameOf(1234))?.offset, 12_340);
    assert.equal(next.find(nameOf(2500)), null);
    next.close();
  });

  test('does not believe an entry that stands under a wrong name', async (t) => {
    const folder = temporaryFolder(t);
    const index = await ChunkIndex.open(folder, tagOf);
    for (let i = 0; i < 3; i++) index.add(nameOf(i), address(i * 10));
    index.close();
    const database = new DatabaseSync(join(folder, 'chunks.sqlite'));
    database.prepare('UPDATE blob SET offset = 20 WHERE offset = 10').run();
    database.close();
    const next = await ChunkIndex.open(folder, tagOf);
    assert.equal(next.find(nameOf(1)), null);
    assert.equal(next.find(nameOf(2))?.offset, 20);
    next.close();
  });

  test('is made anew when its file is damaged, and never fails a backup', async (t) => {
    const folder = temporaryFolder(t);
    const index = await ChunkIndex.open(folder, tagOf);
    for (let i = 0; i < 5000; i++) index.add(nameOf(i), address(i * 10));
    index.close();
    const fd = openSync(join(folder, 'chunks.sqlite'), 'r+');
    writeSync(fd, Buffer.alloc(200_000, 0xff), 0, 200_000, 5 * 4096);
    closeSync(fd);
    const next = await ChunkIndex.open(folder, tagOf);
    for (let i = 0; i < 5000; i += 7) next.find(nameOf(i));
    next.add(nameOf(9999), address(1));
    assert.equal(next.find(nameOf(9999))?.offset, 1);
    next.flush();
    next.close();
  });
});
