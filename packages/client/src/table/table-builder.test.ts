import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BlobsInMemory } from '../fixture/blobs-in-memory.ts';
import { TableBuilder } from './table-builder.ts';
import { readTable } from './table-cursor.ts';

describe('TableBuilder', () => {
  test('makes no layer of no entries', async () => {
    assert.equal(await new TableBuilder(new BlobsInMemory().write).finish(), null);
  });

  test('refuses keys that do not rise', async () => {
    const builder = new TableBuilder(new BlobsInMemory().write);
    await builder.add(Buffer.from('b'), () => Buffer.from('1'));
    for (const key of ['a', 'b']) {
      assert.throws(() => builder.add(Buffer.from(key), () => Buffer.from('2')), RangeError);
    }
  });

  test('counts entries and stored bytes, and grows no higher than it must', async () => {
    const blobs = new BlobsInMemory();
    for (const entries of [1, 2, 5000]) {
      const before = blobs.writtenBytes;
      const builder = new TableBuilder(blobs.write);
      for (let i = 0; i < entries; i++) {
        const key = Buffer.alloc(4);
        key.writeUInt32BE(i);
        await builder.add(key, () => Buffer.alloc(100, 1));
      }
      const layer = await builder.finish();
      assert.ok(layer !== null);
      const expected = { entries, storedBytes: blobs.writtenBytes - before };
      assert.deepEqual({ entries: layer.entries, storedBytes: layer.storedBytes }, expected);
      assert.equal(layer.height, entries === 5000 ? 1 : 0);
      assert.equal((await readTable(blobs.read, [layer])).length, entries);
    }
  });
});
