import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '@holdfast/testing/memory-store';
import { storeShelf } from './store-shelf.ts';

test('listVersions() lists every version, however many names a store shows', async () => {
  const store = new MemoryStore();
  const shelf = storeShelf(store);
  for (let version = 1; version <= 100; version++) {
    await shelf.putRecord(version, new Uint8Array(16_384).fill(version));
  }
  const versions = await shelf.listVersions();
  assert.deepEqual([versions.length, Math.min(...versions)], [100, 1]);
});
